/**
 * The sockets of TCP in each vnet: their control blocks in the hash and on the list of tcbinfo, and what of them listens. There may be a hundred
 * thousand, so they are written as bytes, by offsets that were looked up once.
 */
import { hostListeners, HOST_LISTENERS, jailListeners, type ListenerModel } from '../model/listeners.js';
import { roundUp, sizeOf, type StructType } from '../model/ctypes.js';
import { placeOf } from '../model/members.js';
import { hasOwnHash, inpcb, inpcbinfo, pcbFlags } from '../model/pcbTypes.js';
import { SOCKET_PLACES } from '../model/socketSymbols.js';
import { SO_ACCEPTCONN, socket } from '../model/socketTypes.js';
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';
import { fillUnixSockets, type UnixPlaces } from './unixSockets.js';

const HOST_CONNECTIONS = 200;
const JAIL_CONNECTIONS = 3;
/** Where no memory is: nobody has a reason to look at a connection's socket. */
const NO_MEMORY = 0xffff_f8ff_dead_0000n;
/** Sockets that neither listen nor are connected. */
const IDLE = 2;
/** What a socket without an accept queue has where others have theirs. */
const GARBAGE = 0xdead_c0de;

export function fillSockets(image: KernelImage, vnets: readonly PlacedStruct[]): void {
  const { spec } = image;
  const unix = fillUnixSockets(image);
  for (const [nth, vnet] of vnets.entries()) {
    const isHost = nth === 0;
    const listeners = isHost ? hostListeners(spec.listeners ?? HOST_LISTENERS) : jailListeners(nth - 1);
    const connections = isHost ? (spec.sockets ?? HOST_CONNECTIONS) : JAIL_CONNECTIONS;
    const table = new TcpTable(image, nth, vnet.address, listeners.length + connections + IDLE, isHost);
    table.fill(listeners, connections);
    if (isHost) table.tellPlaces(unix);
  }
}

/** Elements of one size side by side, made as bytes and written at once. */
class Slab {
  readonly base: bigint;
  readonly stride: number;
  private readonly bytes: Buffer;
  private readonly offsets = new Map<string, { offset: number; size: number }>();

  constructor(
    private readonly image: KernelImage,
    private readonly type: StructType,
    readonly count: number,
  ) {
    this.stride = roundUp(sizeOf(type), 64);
    this.base = image.heap.reserve(this.stride * count, 64);
    this.bytes = Buffer.alloc(this.stride * count);
  }

  at(index: number, path = ''): bigint {
    return this.base + BigInt(index * this.stride + (path === '' ? 0 : this.place(path).offset));
  }

  offset(path: string): bigint {
    return BigInt(this.place(path).offset);
  }

  put(index: number, path: string, value: bigint | number): void {
    const { offset, size } = this.place(path);
    const at = index * this.stride + offset;
    if (size === 8) this.bytes.writeBigUInt64LE(BigInt(value), at);
    else this.bytes.writeUIntLE(Number(value), at, size);
  }

  putBytes(index: number, path: string, bytes: Uint8Array): void {
    this.bytes.set(bytes, index * this.stride + this.place(path).offset);
  }

  write(): void {
    const { segment, at } = this.image.memory.locate(this.base);
    segment.bytes.set(this.bytes, at);
  }

  private place(path: string): { offset: number; size: number } {
    let place = this.offsets.get(path);
    if (place === undefined) this.offsets.set(path, (place = placeOf(this.type, path)));
    return place;
  }
}

/** A hash table of chains while it is filled: each comes to the head of its chain. */
class Chains {
  readonly base: bigint;
  private readonly firsts: BigUint64Array;
  private readonly indexes: Int32Array;

  constructor(
    private readonly image: KernelImage,
    private readonly pcbs: Slab,
    private readonly link: string,
    buckets: number,
  ) {
    this.base = image.heap.reserve(8 * buckets, 64);
    this.firsts = new BigUint64Array(buckets);
    this.indexes = new Int32Array(buckets).fill(-1);
  }

  insert(index: number, hash: number): void {
    const bucket = hash & (this.firsts.length - 1);
    const next = this.indexes[bucket]!;
    const { pcbs, link } = this;
    pcbs.put(index, `${link}.cle_next`, this.firsts[bucket]!);
    pcbs.put(index, `${link}.cle_prev`, this.base + BigInt(8 * bucket));
    if (next >= 0) pcbs.put(next, `${link}.cle_prev`, pcbs.at(index, `${link}.cle_next`));
    this.firsts[bucket] = pcbs.at(index);
    this.indexes[bucket] = index;
  }

  write(): void {
    const { segment, at } = this.image.memory.locate(this.base);
    segment.bytes.set(new Uint8Array(this.firsts.buffer), at);
  }
}

class TcpTable {
  private readonly pcbs: Slab;
  private readonly sockets: Slab;
  private readonly info: PlacedStruct;
  private readonly exact: Chains;
  /** Of those that are connected to nobody. */
  private readonly wild: Chains;
  private readonly buckets: number;
  private readonly listHead: bigint;
  private readonly isSplit: boolean;
  private readonly gencntAt: bigint;
  private used = 0;
  private usedSockets = 0;
  private generation = 1000;

  constructor(
    private readonly image: KernelImage,
    private readonly vnetNumber: number,
    private readonly vnet: bigint,
    count: number,
    hasSpare: boolean,
  ) {
    const { profile, memory, heap } = image;
    const spare = hasSpare ? 64 + (count >> 3) : 0;
    this.buckets = count > 4096 ? 16_384 : hasSpare ? 1024 : 128;
    this.pcbs = new Slab(image, inpcb(profile), count + spare);
    this.sockets = new Slab(image, socket(profile), Math.min(count, 4096) + spare + (image.spec.listeners ?? 0));
    this.isSplit = hasOwnHash(profile);
    this.exact = new Chains(image, this.pcbs, this.isSplit ? 'inp_hash_exact' : 'inp_hash', this.buckets);
    this.wild = this.isSplit ? new Chains(image, this.pcbs, 'inp_hash_wild', this.buckets) : this.exact;
    const type = inpcbinfo(profile);
    this.info = new PlacedStruct(memory, type, image.inVnet(image.addressOf('vnet_entry_tcbinfo'), vnetNumber));
    this.listHead = profile.release <= 13 ? heap.reserve(8, 64) : this.info.at('ipi_listhead.clh_first');
    this.gencntAt = image.addressOf('so_gencnt');
  }

  fill(listeners: readonly ListenerModel[], connections: number): void {
    const kinds = [
      ...listeners,
      ...Array.from({ length: IDLE }, () => 'idle' as const),
      ...Array.from({ length: connections }, () => 'connection' as const),
    ];
    // As they come: one after the other in memory, in any order.
    const random = this.image.random;
    for (let last = kinds.length - 1; last > 0; last--) {
      const other = random.bits() % (last + 1);
      [kinds[last], kinds[other]] = [kinds[other]!, kinds[last]!];
    }
    for (const kind of kinds) {
      if (kind === 'connection') this.connect();
      else if (kind === 'idle') this.bind();
      else this.listen(kind);
    }
    this.link();
  }

  private connect(): void {
    const { image, pcbs } = this;
    const { random } = image;
    const index = this.add(pcbFlags.ipv4);
    const from = Buffer.alloc(4);
    from.writeUInt32BE(random.bits() >>> 0);
    const port = 1024 + (random.bits() % 64_000);
    this.putPorts(index, port, 443);
    pcbs.putBytes(index, `${PATH}.ie_dependfaddr.id46_addr.ia46_addr4`, from);
    pcbs.putBytes(index, `${PATH}.ie_dependladdr.id46_addr.ia46_addr4`, Buffer.from([192, 0, 2, 17]));
    pcbs.put(index, 'inp_socket', index % 3 === 0 && this.isRoomy ? this.addSocket(index, 0) : NO_MEMORY);
    this.exact.insert(index, from.readUInt32BE() ^ port);
  }

  /** While enough sockets are left for those that are looked at. */
  private get isRoomy(): boolean {
    return this.usedSockets < this.sockets.count / 3;
  }

  /** To a port, and no more. */
  private bind(): void {
    const index = this.add(pcbFlags.ipv4);
    const port = 4000 + (this.used % 1000);
    this.putPorts(index, 0, port);
    this.pcbs.put(index, 'inp_socket', this.used % 2 === 0 ? this.addSocket(index, 0) : 0n);
    this.wild.insert(index, port);
  }

  private listen({ family, address, port, queue: [waiting, incomplete, limit] }: ListenerModel): void {
    const { pcbs, sockets } = this;
    const index = this.add({ '4': pcbFlags.ipv4, '6': pcbFlags.ipv6, '46': pcbFlags.ipv4 | pcbFlags.ipv6 }[family]);
    this.putPorts(index, 0, port);
    const local = `${PATH}.ie_dependladdr.${address?.length === 16 ? 'id6_addr' : 'id46_addr.ia46_addr4'}`;
    if (address !== undefined) pcbs.putBytes(index, local, Uint8Array.from(address));
    pcbs.put(index, 'inp_socket', this.addSocket(index, SO_ACCEPTCONN));
    const own = this.usedSockets - 1;
    sockets.put(own, 'use.sol.sol_qlen', waiting);
    sockets.put(own, 'use.sol.sol_incqlen', incomplete);
    sockets.put(own, 'use.sol.sol_qlimit', limit);
    this.wild.insert(index, port);
  }

  private add(vflag: number): number {
    const index = this.used++;
    this.pcbs.put(index, 'inp_vflag', vflag);
    this.pcbs.put(index, 'inp_ip_p', 6);
    this.pcbs.put(index, 'inp_refcount', 1);
    this.pcbs.put(index, 'inp_pcbinfo', this.info.address);
    this.pcbs.put(index, 'inp_gencnt', ++this.generation);
    return index;
  }

  private putPorts(index: number, foreign: number, local: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt16BE(foreign);
    bytes.writeUInt16BE(local, 2);
    this.pcbs.putBytes(index, `${PATH}.ie_fport`, bytes);
  }

  private addSocket(pcb: number, options: number): bigint {
    const { sockets, image } = this;
    const index = this.usedSockets++;
    if (index >= sockets.count) throw new Error('the simulated kernel has no socket left');
    const generation = image.memory.load(this.gencntAt) + 1n;
    image.memory.store(this.gencntAt, generation);
    sockets.put(index, 'so_count', 1);
    sockets.put(index, 'so_type', 1);
    sockets.put(index, 'so_options', options);
    sockets.put(index, 'so_pcb', this.pcbs.at(pcb));
    sockets.put(index, 'so_vnet', this.vnet);
    sockets.put(index, 'so_gencnt', generation);
    for (const member of ['sol_qlen', 'sol_incqlen', 'sol_qlimit']) sockets.put(index, `use.sol.${member}`, GARBAGE);
    return sockets.at(index);
  }

  /** The list of all, and tcbinfo itself. */
  private link(): void {
    const { info, pcbs, image, buckets, exact, wild } = this;
    for (let index = 0; index < this.used; index++) {
      const isLast = index === this.used - 1;
      pcbs.put(index, 'inp_list.cle_next', isLast ? 0n : pcbs.at(index + 1));
      pcbs.put(index, 'inp_list.cle_prev', index === 0 ? this.listHead : pcbs.at(index - 1, 'inp_list.cle_next'));
    }
    for (const part of new Set([pcbs, this.sockets, exact, wild])) part.write();
    if (this.used > 0) image.memory.store(this.listHead, pcbs.at(0));
    if (image.profile.release <= 13) info.put({ ipi_listhead: this.listHead });
    info.put({
      ipi_count: this.used,
      ipi_gencnt: this.generation,
      ipi_hashmask: buckets - 1,
      ipi_vnet: this.vnetNumber === 0 ? image.memory.load(image.addressOf('vnet0')) : this.vnet,
      ...(this.isSplit ? { ipi_hash_exact: exact.base, ipi_hash_wild: wild.base } : { ipi_hashbase: exact.base }),
    });
  }

  /** For the workload, which has connections come and go. */
  tellPlaces(unix: UnixPlaces): void {
    const { image, info, pcbs, sockets, exact, wild } = this;
    const words = [
      info.address,
      exact.base,
      wild.base,
      BigInt(this.buckets - 1),
      pcbs.offset(`${this.isSplit ? 'inp_hash_exact' : 'inp_hash'}.cle_next`),
      pcbs.offset(`${this.isSplit ? 'inp_hash_wild' : 'inp_hash'}.cle_next`),
      pcbs.offset('inp_list.cle_next'),
      pcbs.offset(`${PATH}.ie_fport`),
      pcbs.offset(`${PATH}.ie_dependfaddr.id46_addr.ia46_addr4`),
      pcbs.offset(`${PATH}.ie_dependladdr.id46_addr.ia46_addr4`),
      pcbs.offset('inp_vflag'),
      pcbs.offset('inp_gencnt'),
      pcbs.offset('inp_socket'),
      pcbs.offset('inp_pcbinfo'),
      info.at('ipi_gencnt'),
      info.at('ipi_count'),
      this.listHead,
      sockets.offset('so_options'),
      sockets.offset('so_pcb'),
      sockets.offset('so_gencnt'),
      sockets.offset('use.sol.sol_qlen'),
      sockets.offset('use.sol.sol_incqlen'),
      sockets.offset('use.sol.sol_qlimit'),
      this.gencntAt,
      pcbs.base,
      BigInt(pcbs.stride),
      BigInt(pcbs.count),
      BigInt(this.used),
      sockets.base,
      BigInt(sockets.stride),
      BigInt(sockets.count),
      BigInt(this.usedSockets),
      NO_MEMORY,
      unix.head,
      unix.link,
      unix.gencnt,
      unix.socket,
      unix.base,
      unix.stride,
      unix.count,
    ];
    if (words.length !== SOCKET_PLACES) throw new Error(`${words.length} words for sim_sockets`);
    const places = image.addressOf('sim_sockets');
    for (const [nth, word] of words.entries()) image.memory.store(places + BigInt(8 * nth), word);
  }
}

const PATH = 'inp_inc.inc_ie';
