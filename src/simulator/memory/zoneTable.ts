/** What UMA does to its lists: creates kegs and zones, and destroys them. */
import { offsetOf, sizeOf, type StructType } from '../model/ctypes.js';
import { UMA_INTERNAL, UMA_SECONDARY, umaCache, umaDomain, umaKeg, umaZone, umaZoneDomain } from '../model/umaTypes.js';
import type { Profile } from '../profiles.js';
import { elementsOf, insertAt, removeFrom } from './lists.js';
import type { Words } from './words.js';

export interface ZoneKernel {
  readonly kernel: Pick<Profile, 'machine' | 'release'>;
  readonly maxId: number;
  /** How many memory domains there are. */
  readonly domains: number;
  /** Where the lists of kegs, and of zones without one, begin. */
  readonly kegs: bigint;
  readonly cacheZones: bigint;
}

export interface KegDescription {
  readonly size: number;
  readonly perSlab: number;
  readonly slabPages: number;
  readonly isInternal?: boolean;
  /** Pages it has, and items free in them. */
  readonly pages: number;
  readonly free: number;
}

export interface ZoneDescription {
  readonly name: string;
  readonly size: number;
  /** Undefined for a zone that is only a cache. */
  readonly keg: bigint | undefined;
  readonly isSecondary?: boolean;
  readonly limit?: number;
  /** Items it has, which a limit is held against. */
  readonly items?: number;
}

/** Room for a name behind a zone. */
const NAME_ROOM = 64;

export class ZoneTable {
  readonly kegBytes: number;
  readonly zoneBytes: number;
  readonly cacheBytes: number;
  readonly isOld: boolean;
  readonly types: Readonly<Record<'keg' | 'domain' | 'zone' | 'cache' | 'zoneDomain', StructType>>;
  private readonly zoneLink: bigint;
  private readonly kegLink: bigint;
  private readonly zonesOfKeg: bigint;

  constructor(
    private readonly words: Words,
    private readonly own: ZoneKernel,
  ) {
    const { kernel, domains } = own;
    this.isOld = kernel.release === 12;
    this.types = {
      keg: umaKeg(kernel),
      domain: umaDomain(kernel),
      zone: umaZone(kernel),
      cache: umaCache(kernel),
      zoneDomain: umaZoneDomain(kernel),
    };
    this.cacheBytes = sizeOf(this.types.cache);
    this.kegBytes = sizeOf(this.types.keg) + domains * sizeOf(this.types.domain);
    this.zoneBytes = this.domainsAt + domains * sizeOf(this.types.zoneDomain) + NAME_ROOM;
    this.zoneLink = BigInt(offsetOf(this.types.zone, 'uz_link'));
    this.kegLink = BigInt(offsetOf(this.types.keg, 'uk_link'));
    this.zonesOfKeg = BigInt(offsetOf(this.types.keg, 'uk_zones'));
  }

  /** Bytes from a zone's start to what it has of each memory domain. */
  private get domainsAt(): number {
    return sizeOf(this.types.zone) + (this.own.maxId + 1) * this.cacheBytes;
  }

  zoneMember(zone: bigint, path: string): bigint {
    return zone + BigInt(offsetOf(this.types.zone, path));
  }

  /** A member of one CPU's cache. */
  cacheMember(zone: bigint, cpu: number, path: string): bigint {
    return this.zoneMember(zone, 'uz_cpu') + BigInt(cpu * this.cacheBytes + offsetOf(this.types.cache, path));
  }

  zoneDomainMember(zone: bigint, domain: number, path: string): bigint {
    const { zoneDomain } = this.types;
    return zone + BigInt(this.domainsAt + domain * sizeOf(zoneDomain) + offsetOf(zoneDomain, path));
  }

  /** Names itself after its first zone. */
  createKeg(memory: bigint, { size, perSlab, slabPages, isInternal, pages, free }: KegDescription): void {
    const put = (path: string, value: number, bytes: number): void => {
      this.words.store(memory + BigInt(offsetOf(this.types.keg, path)), BigInt(value), bytes);
    };
    put('uk_align', 7, 4);
    put('uk_size', size, 4);
    put('uk_rsize', Math.ceil(size / 8) * 8, 4);
    put('uk_ppera', slabPages, 2);
    put('uk_ipers', perSlab, 2);
    put('uk_flags', isInternal === true ? UMA_INTERNAL : 0, 4);
    if (this.isOld) {
      put('uk_pages', pages, 4);
      put('uk_free', free, 4);
    }
    for (let domain = 0; domain < this.own.domains && !this.isOld; domain++) {
      const at = (path: string): bigint =>
        memory +
        BigInt(sizeOf(this.types.keg) + domain * sizeOf(this.types.domain) + offsetOf(this.types.domain, path));
      const part = (whole: number): bigint =>
        BigInt(domain === 0 ? whole - (this.own.domains - 1) * (whole >> 1) : whole >> 1);
      this.words.store(at('ud_pages'), part(pages), 4);
      this.words.store(at('ud_free_items'), part(free), 4);
    }
    insertAt(this.words, this.own.kegs, memory, this.kegLink);
  }

  createZone(memory: bigint, { name, size, keg, isSecondary, limit = 0, items = 0 }: ZoneDescription): void {
    if (name.length >= NAME_ROOM) throw new Error(`a zone's name has fewer than ${NAME_ROOM} characters here`);
    const { words } = this;
    const put = (path: string, value: bigint, bytes = 8): void => {
      words.store(this.zoneMember(memory, path), value, bytes);
    };
    const text = memory + BigInt(this.zoneBytes - NAME_ROOM);
    words.storeText(text, name);
    put('uz_name', text);
    put('uz_size', BigInt(size), 4);
    put('uz_flags', BigInt(isSecondary === true ? UMA_SECONDARY : 0), 4);
    if (this.isOld) put('uz_domain', memory + BigInt(this.domainsAt));
    if (keg === undefined) {
      insertAt(words, this.own.cacheZones, memory, this.zoneLink);
      return;
    }
    if (this.isOld) {
      put('uz_klink.kl_keg', keg);
      put('uz_klink.kl_link.le_prev', this.zoneMember(memory, 'uz_kegs'));
      put('uz_kegs', this.zoneMember(memory, 'uz_klink'));
      if (limit > 0) this.limitKeg(keg, limit);
    } else {
      put('uz_keg', keg);
      put('uz_max_items', BigInt(limit));
      put('uz_items', BigInt(limit > 0 ? items : 0));
    }
    const others = this.zonesOf(keg);
    if (others.length === 0) words.store(keg + BigInt(offsetOf(this.types.keg, 'uk_name')), text);
    // A secondary zone comes last.
    const last = others.at(-1);
    insertAt(words, last === undefined ? keg + this.zonesOfKeg : last + this.zoneLink, memory, this.zoneLink);
  }

  /** Takes a zone off its list; returns its keg where that goes with it, as it has no other zone. */
  destroyZone(zone: bigint): bigint | undefined {
    const keg = this.kegOf(zone);
    removeFrom(this.words, zone, this.zoneLink);
    if (keg === undefined || this.zonesOf(keg).length > 0) return undefined;
    removeFrom(this.words, keg, this.kegLink);
    return keg;
  }

  kegOf(zone: bigint): bigint | undefined {
    const keg = this.words.load(this.zoneMember(zone, this.isOld ? 'uz_klink.kl_keg' : 'uz_keg'));
    return keg === 0n ? undefined : keg;
  }

  zonesOf(keg: bigint): bigint[] {
    return elementsOf(this.words, keg + this.zonesOfKeg, this.zoneLink);
  }

  /** All of them, as the kernel's walks meet them. */
  zones(): bigint[] {
    const kegs = elementsOf(this.words, this.own.kegs, this.kegLink);
    return [...kegs.flatMap((keg) => this.zonesOf(keg)), ...elementsOf(this.words, this.own.cacheZones, this.zoneLink)];
  }

  /** In 12 a limit is the keg's, in pages. */
  private limitKeg(keg: bigint, limit: number): void {
    const at = (path: string): bigint => keg + BigInt(offsetOf(this.types.keg, path));
    const [pages, items] = ['uk_ppera', 'uk_ipers'].map((path) => Number(this.words.load(at(path)) & 0xffffn)) as [
      number,
      number,
    ];
    this.words.store(at('uk_maxpages'), BigInt(Math.ceil(limit / items) * pages), 4);
  }
}
