/** The routing tables of each network stack, one for each FIB and family, and the next hops in them. */
import { ifnet } from '../model/interfaceTypes.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { nhControl, nhopItem, nhopObject, nhopPriv, ribHead } from '../model/routeTypes.js';
import type { Profile } from '../profiles.js';
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';
import type { Spares } from './spareStacks.js';
import type { Words } from './words.js';

type Kernel = Pick<Profile, 'machine' | 'release'>;

export const families = { ipv4: 2, ipv6: 28 } as const;
export type FamilyName = keyof typeof families;
/** `AF_LINK`. */
const LINK = 18;
/** `AF_MAX` + 1, which is one less before 14.0-RELEASE. */
const tablesOfFib = ({ release }: Kernel): number => (release >= 15 ? 45 : 44);
const HOST_FIBS = 2;
/** Buckets of a table, and of one that has grown. */
export const BUCKETS = 16;
export const MORE_BUCKETS = 64;
const SPARE_HOPS = 100;
const SPARE_TABLES = 4;
/** Packets a second at load 1, of the first next hops of a table. */
const rates = [38_000, 2_041_000, 12, 0, 910];

/** Where a next hop leads. */
export interface NextHop {
  readonly index: number;
  readonly fib: number;
  readonly family: number;
  /** Bytes of the address; undefined for what is on the link. */
  readonly gateway: readonly number[] | undefined;
  readonly ifnet: bigint;
  readonly interfaceIndex: number;
  readonly vnet: bigint;
}

export function fillNextHops(image: KernelImage, vnets: readonly PlacedStruct[], spares: Spares): void {
  const { profile, memory, heap } = image;
  if (profile.release < 13) return;
  for (const [nth, vnet] of vnets.entries()) {
    const fibs = nth === 0 ? HOST_FIBS : 1;
    const perFib = tablesOfFib(profile);
    const tables = heap.reserve(8 * fibs * perFib, 64);
    memory.store(image.inVnet(image.addressOf('vnet_entry_rt_tables'), nth), tables);
    memory.store(image.inVnet(image.addressOf('vnet_entry__rt_numfibs'), nth), BigInt(fibs), 4);
    for (let fib = 0; fib < fibs; fib++) {
      for (const [name, family] of Object.entries(families)) {
        const rib = PlacedStruct.allocate(memory, heap, ribHead(profile));
        memory.store(tables + BigInt(8 * (fib * perFib + family)), rib.address);
        fillTable(image, rib, { nth, vnet: vnet.address, fib, family, label: `${name} ${fib}` });
      }
    }
  }
  for (let nth = 0; nth < SPARE_HOPS; nth++) {
    spares.give('nextHop', heap.reserve(sizeOf(nhopItem(profile)), 128));
    spares.give('counter', image.counters.allocate());
  }
  for (let nth = 0; nth < SPARE_TABLES; nth++) spares.give('nextHopTable', heap.reserve(8 * MORE_BUCKETS, 64));
}

interface Table {
  readonly nth: number;
  readonly vnet: bigint;
  readonly fib: number;
  readonly family: number;
  readonly label: string;
}

function fillTable(image: KernelImage, rib: PlacedStruct, { nth, vnet, fib, family, label }: Table): void {
  const { profile, memory, heap, vnets } = image;
  const control = PlacedStruct.allocate(memory, heap, nhControl(profile));
  const buckets = heap.reserve(8 * MORE_BUCKETS, 64);
  rib.put({ rib_vnet: vnet, rib_family: family, rib_fibnum: fib, nh_control: control.address, rnh_prefixes: 5 });
  control.put({ 'nh_head.hash_size': BUCKETS, 'nh_head.ptr': buckets, ctl_rh: rib.address });
  const { label: prefix = '', scale = 0, isStill = true } = vnets[nth] ?? {};
  for (const [place, interfaceAt] of interfacesOf(image, nth).slice(0, rates.length).entries()) {
    const item = heap.reserve(sizeOf(nhopItem(profile)), 128);
    const index = place + 1;
    const gateway = place === 1 ? gatewayOf(family, fib) : undefined;
    const hop = { index, fib, family, gateway, ifnet: interfaceAt, interfaceIndex: index, vnet };
    const cell = writeNextHop(memory, profile, item, hop);
    const rate = isStill ? 0 : (rates[place] ?? 0) * scale * (family === families.ipv4 ? 1 : 0.02);
    image.addCounter(cell, { rate, cpuClass: 'tx' }, `${prefix}nexthop ${label}`, index, 'kernel', 1000 * index);
    linkNextHop(memory, profile, control.address, item);
  }
}

function gatewayOf(family: number, fib: number): number[] {
  if (family === families.ipv4) return [192, 0, 2, 1 + fib];
  // Link-local, with its interface in the second group, as the kernel keeps it.
  return [0xfe, 0x80, 0, 2, ...Array<number>(11).fill(0), 1 + fib];
}

function interfacesOf(image: KernelImage, vnet: number): bigint[] {
  const { memory, profile } = image;
  const next = BigInt(offsetOf(ifnet(profile.release), 'if_link.cstqe_next'));
  const found: bigint[] = [];
  let at = memory.load(image.inVnet(image.addressOf('vnet_entry_ifnet'), vnet));
  for (; at !== 0n; at = memory.load(at + next)) found.push(at);
  return found;
}

/** What is known of a next hop before it comes into its table. Returns the cell of its counter. */
export function writeNextHop(words: Words, kernel: Kernel, item: bigint, hop: NextHop): bigint {
  const whole = nhopItem(kernel);
  const object = item + BigInt(offsetOf(whole, 'object'));
  const priv = item + BigInt(offsetOf(whole, 'priv'));
  const put = (at: bigint, value: bigint | number, size: number): void => {
    words.store(at, BigInt(value), size);
  };
  const inObject = (path: string): bigint => object + BigInt(offsetOf(nhopObject(kernel), path));
  const inPriv = (path: string): bigint => priv + BigInt(offsetOf(nhopPriv(kernel), path));
  put(inObject('nh_flags'), hop.gateway === undefined ? 0 : 0x10, 2);
  put(inObject('nh_mtu'), 1500, 2);
  for (const [at, byte] of sockaddrOf(hop).entries()) put(inObject('gw_buf') + BigInt(at), byte, 1);
  put(inObject('nh_ifp'), hop.ifnet, 8);
  put(inObject('nh_aifp'), hop.ifnet, 8);
  put(inObject('nh_priv'), priv, 8);
  put(inPriv('nh_upper_family'), hop.family, 1);
  put(inPriv('nh_neigh_family'), hop.family, 1);
  put(inPriv('nh_idx'), hop.index, 4);
  put(inPriv('nh_fibnum'), hop.fib, 4);
  put(inPriv('nh_refcnt'), 1, 4);
  put(inPriv('nh_linked'), 2, 4);
  put(inPriv('nh'), object, 8);
  put(inPriv('nh_vnet'), hop.vnet, 8);
  return inObject('nh_pksent');
}

function sockaddrOf({ family, gateway, interfaceIndex }: NextHop): number[] {
  if (gateway === undefined)
    return [16, LINK, interfaceIndex & 0xff, interfaceIndex >> 8, ...Array<number>(24).fill(0)];
  const length = gateway.length === 4 ? 16 : 28;
  const before = gateway.length === 4 ? 2 : 6;
  const bytes = [length, family, ...Array<number>(before).fill(0), ...gateway];
  return [...bytes, ...Array<number>(28 - bytes.length).fill(0)];
}

/** As link_nhop(): at the head of its chain. */
export function linkNextHop(words: Words, kernel: Kernel, control: bigint, item: bigint): void {
  const head = (path: string): bigint => control + BigInt(offsetOf(nhControl(kernel), `nh_head.${path}`));
  const priv = item + BigInt(offsetOf(nhopItem(kernel), 'priv'));
  const inPriv = (path: string): bigint => priv + BigInt(offsetOf(nhopPriv(kernel), path));
  const bucket = bucketOf(words, kernel, control, priv);
  words.store(inPriv('nh_control'), control);
  words.store(inPriv('nh_next'), words.load(bucket));
  words.store(bucket, priv);
  words.store(head('items_count'), (words.load(head('items_count')) & 0xffff_ffffn) + 1n, 4);
}

/** Where the chain of a next hop begins: by its address, which is as good as the kernel's hash of what it leads to. */
export function bucketOf(words: Words, kernel: Kernel, control: bigint, priv: bigint): bigint {
  const head = (path: string): bigint => control + BigInt(offsetOf(nhControl(kernel), `nh_head.${path}`));
  const size = words.load(head('hash_size')) & 0xffff_ffffn;
  return words.load(head('ptr')) + 8n * ((priv >> 7n) % size);
}
