/**
 * An image of simulated kernel memory, opened without libkvm: the truth that tests compare with, and the lever by which they bring
 * about what a kernel does only in rare moments.
 */
import { constants } from 'node:os';
import { offsetOf } from './model/ctypes.js';
import { elfFile, linkerFile } from './model/kernelTypes.js';
import type { ModuleName } from './model/files.js';
import { releaseOf, type Release } from './profiles.js';
import { cpuClasses } from './model/traffic.js';
import {
  activityField,
  activityKind,
  fileField,
  header,
  moduleSets,
  recordSize,
  segmentField,
  setBounds,
  symbolField,
  sysctlField,
} from './format.js';
import { ImageRecords } from './imageRecords.js';
import { Movements } from './movements.js';

export interface ImageSymbol {
  readonly address: bigint;
  readonly size: number;
}

/** What a steady workload does to one value; the time of CPUs has one for each CPU. */
export interface SteadyRate {
  readonly symbol: string;
  /** Number of the counter within the symbol. */
  readonly index: number;
  /** Per second, over all CPUs; 0 for a gauge, whose parts move but not its sum. */
  readonly rate: number;
  /** By CPU id. */
  readonly perCpu: readonly number[];
}

/** A file that the kernel has loaded, itself or a module. */
export interface LoadedFile {
  readonly name: string;
  /** Where its struct elf_file is. */
  readonly object: bigint;
  /** Bytes of its memory. */
  readonly size: number;
}

interface SegmentRecord {
  readonly address: bigint;
  readonly end: bigint;
  readonly length: number;
  readonly offset: number;
  readonly firstPage: number;
}

export class ImageFile {
  readonly pageSize: number;
  /** `mp_maxid`. */
  readonly maxId: number;
  private readonly file: ImageRecords;
  private readonly segments: readonly SegmentRecord[];
  /** Where the last address was: most come in runs. */
  private last: SegmentRecord | undefined;
  private movements: Movements | undefined;
  /** Which headers its structs follow. */
  readonly release: Release;
  private readonly offsetByPcpu: boolean;
  /** Where each symbol record is in the file, by name. */
  private readonly symbolRecords = new Map<string, number>();

  constructor(readonly path: string) {
    this.file = new ImageRecords(path);
    const { head } = this.file;
    this.pageSize = head.readUInt32LE(header.pageSize);
    this.maxId = head.readUInt32LE(header.maxId);
    this.offsetByPcpu = head.readUInt32LE(header.offsetByPcpu) !== 0;
    this.segments = this.file.records('segments').map(({ bytes }) => {
      const address = bytes.readBigUInt64LE(segmentField.address);
      const length = bytes.readBigUInt64LE(segmentField.length);
      return {
        address,
        end: address + length,
        length: Number(length),
        offset: Number(bytes.readBigUInt64LE(segmentField.offset)),
        firstPage: Number(bytes.readBigUInt64LE(segmentField.firstPage)),
      };
    });
    for (const { bytes, at } of this.file.records('symbols')) {
      this.symbolRecords.set(this.file.text(bytes.readUInt32LE(symbolField.name)), at);
    }
    this.release = releaseOf(this.read(this.require('osreldate').address, 4).readInt32LE());
  }

  close(): void {
    this.file.close();
  }

  /** Where `name` is: a plain symbol of a loaded file that is not hidden, else one of the host's vnet; undefined where there is none. */
  symbol(name: string): ImageSymbol | undefined {
    const plain = this.lookUp(name);
    if (plain !== undefined) return plain;
    const entry = this.lookUp(`vnet_entry_${name}`);
    if (entry === undefined) return undefined;
    const start = this.require('__start_set_vnet').address;
    const stop = this.require('__stop_set_vnet').address;
    const isInSet = entry.address >= start && entry.address < stop;
    const inSet = isInSet ? entry.address : this.fromTemplate('vnet', entry.address);
    const vnet = this.word(this.require('vnet0').address);
    return { address: BigInt.asUintN(64, inSet + this.word(vnet + 40n)), size: entry.size };
  }

  /**
   * As if no CPU above this id had started, or as if it had by now: the kernel's own sums go up to it. What libkvm has once read of it stays
   * as it was. For kernels without holes in their ids.
   */
  setMaxId(maxId: number): void {
    this.file.writeU32(header.maxId, maxId);
    this.writeInt(this.require('mp_maxid').address, BigInt(maxId), 4);
    this.writeInt(this.require('mp_ncpus').address, BigInt(maxId + 1), 4);
  }

  /** The bytes of memory at `address`, mapped or not. */
  read(address: bigint, length: number): Buffer {
    return this.file.readAt(this.fileOffset(address, length), length);
  }

  write(address: bigint, bytes: Uint8Array): void {
    this.file.writeAt(this.fileOffset(address, bytes.length), bytes);
  }

  /** The workload moves nothing from `address` to `address + length` any more. A tick of it that is under way may still end there. */
  stopWorkload(address: bigint, length: number): void {
    this.movements ??= new Movements(this.file);
    this.movements.stop(this.fileOffset(address, length), length);
  }

  /** The addresses of all pages that are mapped now, ascending. */
  mappedPages(): bigint[] {
    const { offset, count } = this.file.table('presence');
    const presence = this.file.readAt(offset, count);
    return this.segments.flatMap(({ address, length, firstPage }) =>
      Array.from({ length: length / this.pageSize }, (_, page) => page)
        .filter((page) => presence[firstPage + page] !== 0)
        .map((page) => address + BigInt(page * this.pageSize)),
    );
  }

  /** What a cell of a counter or zpcpu symbol holds: the pointer as the kernel stores it. */
  cell(symbol: string, index = 0): bigint {
    return this.word(this.require(symbol).address + BigInt(8 * index));
  }

  setCell(symbol: string, index: number, pointer: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, pointer));
    this.write(this.require(symbol).address + BigInt(8 * index), bytes);
  }

  /** What a reader adds to stored zpcpu pointers. */
  get bias(): bigint {
    return this.offsetByPcpu ? this.word(this.require('__pcpu').address) : 0n;
  }

  /** Where `cpu`'s copy of the item is that a cell points to. */
  copyAddress(symbol: string, index: number, cpu: number): bigint {
    return BigInt.asUintN(64, this.cell(symbol, index) + this.bias + BigInt(cpu * this.pageSize));
  }

  /** A counter's copies, by CPU id from 0 to mp_maxid. */
  counterCopies(symbol: string, index = 0): bigint[] {
    return Array.from({ length: this.maxId + 1 }, (_, cpu) => this.word(this.copyAddress(symbol, index, cpu)));
  }

  /** Their sum modulo 2^64. */
  counterSum(symbol: string, index = 0): bigint {
    return BigInt.asUintN(
      64,
      this.counterCopies(symbol, index).reduce((sum, copy) => sum + copy, 0n),
    );
  }

  /** Takes the pages from `address` to `address + length` away: reads of them fail until map() puts them back. */
  unmap(address: bigint, length: number): void {
    this.setPresence(address, length, 0);
  }

  map(address: bigint, length: number): void {
    this.setPresence(address, length, 1);
  }

  /**
   * As kldload(8): its symbols appear, at another address than the last time unless `inPlace`, and its counters start at 0. Returns the
   * file id.
   */
  loadModule(name: ModuleName, inPlace = false): number {
    const { bytes, at, index } = this.module(name);
    if (bytes.readUInt32LE(fileField.id) !== 0) throw new Error(`${name} is loaded already`);
    if (inPlace) {
      // unloadModule() had prepared the other place.
      bytes.writeUInt32LE(1 - bytes.readUInt32LE(fileField.variant), fileField.variant);
      this.file.writeU32(at + fileField.variant, bytes.readUInt32LE(fileField.variant));
    }
    const loaded = this.file.records('files').filter((file) => file.bytes.readUInt32LE(fileField.id) !== 0);
    const ids = new Set(loaded.map((file) => file.bytes.readUInt32LE(fileField.id)));
    let id = 1;
    while (ids.has(id)) id++;
    this.zeroCounters(index);
    this.setModulePages(bytes, 1);
    const order = Math.max(...loaded.map((file) => file.bytes.readUInt32LE(fileField.order))) + 1;
    this.file.writeU32(at + fileField.order, order);
    this.file.writeU32(at + fileField.id, id);
    this.linkFiles(index);
    return id;
  }

  /** As kldunload(8): its symbols and its pages go; its counters' items go back to UMA with what they held. */
  unloadModule(name: ModuleName): void {
    const { bytes, at } = this.module(name);
    if (bytes.readUInt32LE(fileField.id) === 0) throw new Error(`${name} is not loaded`);
    this.file.writeU32(at + fileField.id, 0);
    this.setModulePages(bytes, 0);
    this.linkFiles();
    this.file.writeU32(at + fileField.variant, 1 - bytes.readUInt32LE(fileField.variant));
  }

  /** Unloads a module and loads it again: it has the same id and lies at the same place. */
  replaceModule(name: ModuleName): void {
    this.unloadModule(name);
    const { bytes, at } = this.module(name);
    this.file.writeU32(at + fileField.variant, 1 - bytes.readUInt32LE(fileField.variant));
    this.loadModule(name);
  }

  /** The kernel itself, and the modules that are loaded now. */
  loadedFiles(): LoadedFile[] {
    return this.file
      .records('files')
      .filter(({ bytes }) => bytes.readUInt32LE(fileField.id) !== 0)
      .map(({ bytes }) => {
        const base = bytes.readBigUInt64LE(fileField.base + 8 * bytes.readUInt32LE(fileField.variant));
        return {
          name: this.file.text(bytes.readUInt32LE(fileField.name)),
          object: bytes.readBigUInt64LE(fileField.object),
          size: this.segments.find(({ address }) => address === base)?.length ?? 0,
        };
      });
  }

  /** Has a sysctl tell its value number `index` plus `delta`; 0 ends the lie. */
  lie(sysctl: string, delta: bigint, index = 0): void {
    const found = this.file
      .records('sysctls')
      .find(({ bytes }) => this.file.text(bytes.readUInt32LE(sysctlField.name)) === sysctl);
    if (found === undefined) throw new Error(`the simulated kernel has no sysctl ${sysctl}`);
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt.asIntN(64, delta));
    this.file.writeU32(found.at + sysctlField.lieIndex, index);
    this.file.writeAt(found.at + sysctlField.lie, bytes);
  }

  /** Makes a symbol (plain, else of a vnet or DPCPU) unknown to kldsym(2), as in a kernel that was built without it. */
  hideSymbol(name: string): void {
    this.failSymbol(name, 'ENOENT');
  }

  /** Has kldsym(2) fail for a symbol with this error. */
  failSymbol(name: string, error: keyof typeof constants.errno): void {
    this.file.writeU32(this.symbolRecord(name) + symbolField.hidden, constants.errno[error]);
  }

  showSymbol(name: string): void {
    this.file.writeU32(this.symbolRecord(name) + symbolField.hidden, 0);
  }

  /** The constant rates of the workload `steady`; what is at rest is left out. */
  steadyRates(): SteadyRate[] {
    const { offset, count } = this.file.table('weights');
    const table = this.file.readAt(offset, count * recordSize.weights);
    const weights = cpuClasses.map((_, cpuClass) =>
      Array.from({ length: this.maxId + 1 }, (__, cpu) => table.readDoubleLE(8 * (cpuClass * (this.maxId + 1) + cpu))),
    );
    return this.file.records('activities').flatMap(({ bytes }): SteadyRate[] => {
      const rate = bytes.readDoubleLE(activityField.rate);
      if (rate === 0) return [];
      const symbol = this.file.text(bytes.readUInt32LE(activityField.name));
      const index = bytes.readUInt32LE(activityField.index);
      if (bytes.readUInt32LE(activityField.kind) === activityKind.gauge) {
        const gained = this.maxId > 0 ? rate : 0;
        const perCpu = Array.from({ length: this.maxId + 1 }, (_, cpu) =>
          cpu === 0 ? -gained : cpu === this.maxId ? gained : 0,
        );
        return [{ symbol, index, rate: 0, perCpu }];
      }
      if (bytes.readUInt32LE(activityField.kind) !== activityKind.counter) {
        const only = bytes.readUInt32LE(activityField.cpu);
        return [
          {
            symbol,
            index,
            rate,
            perCpu: Array.from({ length: this.maxId + 1 }, (_, cpu) => (cpu === only ? rate : 0)),
          },
        ];
      }
      const ofClass = weights[bytes.readUInt32LE(activityField.cpuClass)];
      if (ofClass === undefined) throw new Error(`the image has no weights for ${symbol}`);
      return [{ symbol, index, rate, perCpu: ofClass.map((weight) => rate * weight) }];
    });
  }

  /** What a file's counters hold on each CPU, those that are neighbours at once. */
  private zeroCounters(file: number): void {
    const own = this.file.records('activities').filter(({ bytes }) => bytes.readUInt32LE(activityField.file) === file);
    const values = own
      .map(({ bytes }) => ({
        offset: Number(bytes.readBigUInt64LE(activityField.offset)),
        stride: Number(bytes.readBigUInt64LE(activityField.stride)),
      }))
      .sort((a, b) => a.offset - b.offset);
    const runs: { readonly offset: number; readonly stride: number; length: number }[] = [];
    for (const { offset, stride } of values) {
      const last = runs.at(-1);
      if (last !== undefined && offset === last.offset + last.length && stride === last.stride) last.length += 8;
      else runs.push({ offset, stride, length: 8 });
    }
    for (const { offset, stride, length } of runs) {
      const zeros = Buffer.alloc(length);
      for (let cpu = 0; cpu <= this.maxId; cpu++) this.file.writeAt(offset + cpu * stride, zeros);
    }
  }

  private lookUp(name: string): ImageSymbol | undefined {
    const at = this.symbolRecords.get(name);
    if (at === undefined) return undefined;
    const index = (at - this.file.table('symbols').offset) / recordSize.symbols;
    const file = this.file.records('files').find(({ bytes }) => {
      const first = bytes.readUInt32LE(fileField.firstSymbol);
      return index >= first && index < first + bytes.readUInt32LE(fileField.symbolCount);
    });
    const bytes = this.file.readAt(at, recordSize.symbols);
    if (file === undefined || file.bytes.readUInt32LE(fileField.id) === 0) return undefined;
    if (bytes.readUInt32LE(symbolField.hidden) !== 0) return undefined;
    const variant = file.bytes.readUInt32LE(fileField.variant);
    return {
      address: bytes.readBigUInt64LE(symbolField.value + 8 * variant),
      size: Number(bytes.readBigUInt64LE(symbolField.size)),
    };
  }

  /** The place in the kernel's set of what lies at `address` in the template of a loaded module. */
  private fromTemplate(set: (typeof moduleSets)[number], address: bigint): bigint {
    for (const { bytes } of this.file.records('files')) {
      const { start, stop, base } = setOf(bytes, set);
      if (bytes.readUInt32LE(fileField.id) !== 0 && address >= start && address < stop) return address - start + base;
    }
    throw new Error(`no loaded module has a template at 0x${address.toString(16)}`);
  }

  private require(name: string): ImageSymbol {
    const found = this.symbol(name);
    if (found === undefined) throw new Error(`the simulated kernel has no ${name}`);
    return found;
  }

  private symbolRecord(name: string): number {
    for (const prefix of ['', 'vnet_entry_', 'pcpu_entry_']) {
      const at = this.symbolRecords.get(prefix + name);
      if (at !== undefined) return at;
    }
    throw new Error(`the simulated kernel has no ${name}`);
  }

  private module(name: ModuleName): { bytes: Buffer; at: number; index: number } {
    const files = this.file.records('files');
    const index = files.findIndex(({ bytes }) => this.file.text(bytes.readUInt32LE(fileField.name)) === `${name}.ko`);
    const file = files[index];
    if (file === undefined) throw new Error(`the simulated kernel has no ${name}.ko`);
    return { ...file, index };
  }

  /** Links the struct linker_file of each loaded file into the list. `loaded` is the index of the one that was loaded just now. */
  private linkFiles(loaded?: number): void {
    const all = this.file.records('files').map(({ bytes }, index) => ({
      index,
      bytes,
      object: bytes.readBigUInt64LE(fileField.object),
      id: bytes.readUInt32LE(fileField.id),
      order: bytes.readUInt32LE(fileField.order),
    }));
    const type = linkerFile(this.release);
    const at = (object: bigint, path: string): bigint => object + BigInt(offsetOf(type, path));
    const loads = all.map(({ object }) => this.read(at(object, 'loadcnt'), 4).readInt32LE());
    const head = this.require('linker_files').address;
    let link = head;
    for (const { index, bytes, object, id } of all.filter((file) => file.id !== 0).sort((a, b) => a.order - b.order)) {
      if (index === loaded) {
        const base = bytes.readBigUInt64LE(fileField.base + 8 * bytes.readUInt32LE(fileField.variant));
        this.writeInt(at(object, 'id'), BigInt(id), 4);
        this.writeInt(at(object, 'loadcnt'), BigInt(Math.max(...loads) + 1), 4);
        this.writeInt(at(object, 'address'), base);
        this.writeSets(object, bytes);
      }
      this.writeInt(link, object);
      this.writeInt(at(object, 'link.tqe_prev'), link);
      link = at(object, 'link.tqe_next');
    }
    this.writeInt(link, 0n);
    this.writeInt(head + 8n, link);
  }

  /** Where the module's own VNET and DPCPU data is, into its struct elf_file, where that tells it. */
  private writeSets(object: bigint, bytes: Buffer): void {
    for (const set of moduleSets) {
      const values = setOf(bytes, set);
      if (values.start === 0n) continue;
      for (const bound of setBounds) {
        this.writeInt(object + BigInt(offsetOf(elfFile(this.release), `${set}_${bound}`)), values[bound]);
      }
    }
  }

  private writeInt(address: bigint, value: bigint, size = 8): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    this.write(address, bytes.subarray(0, size));
  }

  /** The module's own segment, in the variant that its record says. */
  private setModulePages(bytes: Buffer, value: 0 | 1): void {
    const base = bytes.readBigUInt64LE(fileField.base + 8 * bytes.readUInt32LE(fileField.variant));
    const segment = this.segments.find(({ address }) => address === base);
    if (segment === undefined) throw new Error(`the image has no segment for the module at ${base}`);
    this.setPresence(base, segment.length, value);
  }

  private setPresence(address: bigint, length: number, value: 0 | 1): void {
    const segment = this.segmentOf(address, length);
    const first = Math.floor(Number(address - segment.address) / this.pageSize);
    const end = Math.ceil((Number(address - segment.address) + length) / this.pageSize);
    const bytes = Buffer.alloc(end - first, value);
    this.file.writeAt(this.file.table('presence').offset + segment.firstPage + first, bytes);
  }

  private segmentOf(address: bigint, length: number): SegmentRecord {
    const end = address + BigInt(length);
    const isIn = (one: SegmentRecord): boolean => address >= one.address && end <= one.end;
    const found = this.last !== undefined && isIn(this.last) ? this.last : this.segments.find(isIn);
    if (found === undefined) throw new Error(`the image has no ${length} bytes at 0x${address.toString(16)}`);
    this.last = found;
    return found;
  }

  /** Where in the file what lies at `address` is. */
  fileOffset(address: bigint, length: number): number {
    const segment = this.segmentOf(address, length);
    return segment.offset + Number(address - segment.address);
  }

  private word(address: bigint): bigint {
    return this.read(address, 8).readBigUInt64LE();
  }
}

/** Start, stop and base of a module's own data at the place where it is, or will be, loaded; zeros where its struct elf_file tells none. */
function setOf(file: Buffer, set: (typeof moduleSets)[number]): Readonly<Record<(typeof setBounds)[number], bigint>> {
  const variant = file.readUInt32LE(fileField.variant);
  const at = fileField.sets + 48 * moduleSets.indexOf(set) + 8 * variant;
  const [start, stop, base] = [0, 16, 32].map((offset) => file.readBigUInt64LE(at + offset)) as [
    bigint,
    bigint,
    bigint,
  ];
  return { start, stop, base };
}
