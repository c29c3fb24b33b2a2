/** What iflib(9) keeps of interfaces: of those at boot, and what those that come later are made of. */
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { IFLIB_INIT } from '../model/functions.js';
import { iflibCtx, iflibTxq, ifmpRing } from '../model/iflibTypes.js';
import { ifnet } from '../model/interfaceTypes.js';
import type { CpuClass } from '../model/traffic.js';
import type { Profile } from '../profiles.js';
import type { KernelImage } from './kernelImage.js';
import type { Spares } from './spareStacks.js';
import type { Words } from './words.js';

type Kernel = Pick<Profile, 'machine' | 'release'>;

/** What a busy card's ring counts a second, in the order of its struct. */
const ringRates = { enqueues: 420_000, drops: 0.3, starts: 96_000, stalls: 12, restarts: 12, abdications: 4100 };
export const ringColumns = Object.keys(ringRates) as (keyof typeof ringRates)[];
/** And its queue. */
const queueRates = {
  ift_no_tx_dma_setup: 0,
  ift_no_desc_avail: 3,
  ift_mbuf_defrag_failed: 0.01,
  ift_mbuf_defrag: 40,
  ift_map_failed: 0.02,
  ift_txd_encap_efbig: 0.5,
  ift_pullups: 7,
};
export const queueColumns = Object.keys(queueRates) as (keyof typeof queueRates)[];

/** Queues that an interface that comes may have, and how many such there may be at once. */
export const MOST_QUEUES = 4;
const SPARE_CONTEXTS = 12;
const SPARE_RINGS = 36;
const RING_SIZE = 2048;
/** A class of CPUs for each of the queues in turn. */
const classes: readonly CpuClass[] = ['tx', 'rx', 'even', 'house'];

/** Bytes of the array of queues, which lies in memory of its own; after that, and after a ring, lies what is somebody else's. */
export function queuesRoom(kernel: Kernel): number {
  return MOST_QUEUES * sizeOf(iflibTxq(kernel));
}

/** Makes an interface one of iflib's. */
export function addIflib(image: KernelImage, ifnetAt: bigint, label: string, queues: number, scale: number): void {
  const { memory, profile, heap } = image;
  const context = heap.reserve(sizeOf(iflibCtx(profile)), 64);
  const array = heap.reserve(sizeOf(iflibTxq(profile)) * queues, 128);
  for (let queue = 0; queue < queues; queue++) {
    const ring = heap.reserve(sizeOf(ifmpRing(profile)), 128);
    const txq = writeQueue(memory, profile, { context, array, queue, ring });
    const cpuClass = classes[queue % classes.length] ?? 'even';
    const share = scale / queues;
    const symbol = `iflib:${label}.${queue}`;
    for (const [index, column] of ringColumns.entries()) {
      const cell = ring + BigInt(offsetOf(ifmpRing(profile), column));
      image.addCounter(cell, { rate: ringRates[column] * share, cpuClass }, symbol, index, 'kernel', 100 + queue);
    }
    for (const [index, column] of queueColumns.entries()) {
      const address = txq + BigInt(offsetOf(iflibTxq(profile), column));
      const activity = { rate: queueRates[column] * share, cpuClass };
      memory.store(address, BigInt(1000 * queue + index));
      image.values.push({ address, stride: 0, activity, symbol, index, file: 'kernel', cpu: 0, single: true });
    }
  }
  writeContext(memory, profile, context, { ifnetAt, array, queues });
  tieTo(memory, profile, ifnetAt, context, image.addressOf(IFLIB_INIT));
}

export function giveIflibSpares(image: KernelImage, spares: Spares): void {
  const { profile, heap, counters } = image;
  for (let nth = 0; nth < SPARE_CONTEXTS; nth++) {
    spares.give('iflibContext', heap.reserve(sizeOf(iflibCtx(profile)), 64));
    spares.give('iflibQueues', heap.reserve(queuesRoom(profile), 128));
  }
  for (let nth = 0; nth < SPARE_RINGS; nth++) spares.give('iflibRing', heap.reserve(sizeOf(ifmpRing(profile)), 128));
  for (let nth = 0; nth < SPARE_RINGS * ringColumns.length; nth++) spares.give('ringCounter', counters.allocate());
}

export interface QueuePlace {
  readonly context: bigint;
  readonly array: bigint;
  readonly queue: number;
  readonly ring: bigint;
}

/** A queue and its ring, but for what these count. Returns where the queue is. */
export function writeQueue(words: Words, kernel: Kernel, { context, array, queue, ring }: QueuePlace): bigint {
  const type = iflibTxq(kernel);
  const txq = array + BigInt(queue * sizeOf(type));
  words.store(txq + BigInt(offsetOf(type, 'ift_ctx')), context);
  words.store(txq + BigInt(offsetOf(type, 'ift_br')), ring);
  words.store(txq + BigInt(offsetOf(type, 'ift_id')), BigInt(queue), 2);
  words.store(txq + BigInt(offsetOf(type, 'ift_size')), 1024n, 2);
  words.store(ring + BigInt(offsetOf(ifmpRing(kernel), 'cookie')), txq);
  words.store(ring + BigInt(offsetOf(ifmpRing(kernel), 'size')), BigInt(RING_SIZE), 4);
  return txq;
}

export function writeContext(
  words: Words,
  kernel: Kernel,
  context: bigint,
  { ifnetAt, array, queues }: { readonly ifnetAt: bigint; readonly array: bigint; readonly queues: number },
): void {
  const within = (path: string): bigint => context + BigInt(offsetOf(iflibCtx(kernel), path));
  words.store(within('ifc_ifp'), ifnetAt);
  words.store(within('ifc_softc_ctx.isc_ntxqsets'), BigInt(queues), 4);
  words.store(within('ifc_softc_ctx.isc_nrxqsets'), BigInt(queues), 4);
  words.store(within('ifc_txqs'), array);
}

/** @param init where iflib_if_init is */
export function tieTo(words: Words, { release }: Kernel, ifnetAt: bigint, context: bigint, init: bigint): void {
  words.store(ifnetAt + BigInt(offsetOf(ifnet(release), 'if_softc')), context);
  words.store(ifnetAt + BigInt(offsetOf(ifnet(release), 'if_init')), init);
}
