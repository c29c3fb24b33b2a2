/** The sockets of the local domain: many, of which few listen. */
import { unixListeners } from '../model/listeners.js';
import { roundUp, sizeOf } from '../model/ctypes.js';
import { AF_LOCAL, SO_ACCEPTCONN, sockaddrUn, socket, unpcb } from '../model/socketTypes.js';
import { insertAt } from './lists.js';
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';

/** Pairs that are connected, of which the one end is a listener's and bound as it is, and sockets that nobody has bound. */
const CONNECTED = 12;
const UNBOUND = 9;
/** Control blocks for what comes and goes. */
const SPARE = 16;

/** Where the workload finds those that come and go. */
export interface UnixPlaces {
  readonly head: bigint;
  /** Bytes from a control block to members of it. */
  readonly link: bigint;
  readonly gencnt: bigint;
  readonly socket: bigint;
  readonly base: bigint;
  readonly stride: bigint;
  readonly count: bigint;
}

export function fillUnixSockets(image: KernelImage): UnixPlaces {
  const { memory, heap, profile } = image;
  const type = unpcb(profile);
  const within = (path: string): bigint => new PlacedStruct(memory, type, 0n).at(path);
  const link = within('unp_link.le_next');
  const heads = { stream: image.addressOf('unp_shead'), seqpacket: image.addressOf('unp_sphead') };
  let generation = 0n;

  const addressOf = (path: string): bigint => {
    // As long as the program says that it is: a NUL need not end it.
    const built = new PlacedStruct(memory, sockaddrUn, heap.reserve(2 + path.length, 8));
    built.put({ sun_len: 2 + path.length, sun_family: AF_LOCAL });
    const { segment, at } = memory.locate(built.at('sun_path'));
    segment.bytes.write(path, at, 'latin1');
    // What comes next in the kernel's memory is somebody else's.
    memory.storeText(heap.reserve(8, 1), 'SECRET!');
    return built.address;
  };
  const add = (kind: keyof typeof heads, path: string | undefined, options: number): PlacedStruct => {
    const pcb = PlacedStruct.allocate(memory, heap, type, 128);
    const own = PlacedStruct.allocate(memory, heap, socket(profile), 128);
    own.put({ so_count: 1, so_type: kind === 'stream' ? 1 : 5, so_options: options, so_pcb: pcb.address });
    own.put({ so_gencnt: ++generation, 'use.sol.sol_qlimit': 0xdead_c0de });
    pcb.put({ unp_refcount: 1, unp_socket: own.address, unp_gencnt: generation });
    pcb.put({ unp_addr: path === undefined ? 0n : addressOf(path) });
    insertAt(memory, heads[kind], pcb.address, link);
    return own;
  };
  for (let nth = 0; nth < UNBOUND; nth++) add('stream', undefined, 0);
  for (const { path, kind, queue } of unixListeners) {
    const [sol_qlen, sol_incqlen, sol_qlimit] = queue;
    const own = add(kind, path, SO_ACCEPTCONN);
    own.put({ 'use.sol.sol_qlen': sol_qlen, 'use.sol.sol_incqlen': sol_incqlen, 'use.sol.sol_qlimit': sol_qlimit });
  }
  for (let nth = 0; nth < CONNECTED; nth++) {
    add('stream', unixListeners[1 + (nth % 3)]?.path, 0);
    add('stream', undefined, 0);
  }
  memory.store(image.addressOf('unp_gencnt'), generation);

  const stride = roundUp(sizeOf(type), 128);
  return {
    head: heads.stream,
    link,
    gencnt: within('unp_gencnt'),
    socket: within('unp_socket'),
    base: heap.reserve(stride * SPARE, 128),
    stride: BigInt(stride),
    count: BigInt(SPARE),
  };
}
