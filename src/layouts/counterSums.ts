/** Sums of many counters at once, read straight from the kernel's memory: enough calls to prove a layout, not those of a scrape. */
import { addressPlus, WORD_BYTES, type KernelAddress, type ZpcpuPointer } from '../kernel/address.js';
import type { Kernel } from '../kernel/kernel.js';
import type { ProvenReader } from '../kernel/reader.js';
import { pointerFaultText, type PointerFault } from '../kernel/zpcpu.js';

export type SummedKernel = Pick<Kernel, 'facts' | 'memory'>;

/** A sum modulo 2^64; `unset` where the kernel has allocated no counter (yet). */
export type CounterSum = bigint | 'unset';

/** A cell that holds no counter. */
export class NoCounterError extends Error {
  override readonly name = 'NoCounterError';

  /** @param offset of the cell, in bytes from the symbol */
  constructor(
    readonly offset: number,
    fault: PointerFault,
  ) {
    super(pointerFaultText[fault]);
  }
}

/**
 * The sums of the counters whose cells lie at `offsets` from `symbol`, ascending.
 * @throws NoCounterError where a cell holds what cannot be a counter; KvmError where the memory cannot be read
 */
export function counterSums(
  kernel: SummedKernel,
  reader: ProvenReader,
  symbol: KernelAddress,
  offsets: readonly number[],
): CounterSum[] {
  const first = offsets[0] ?? 0;
  const cells = new BigUint64Array(((offsets.at(-1) ?? 0) - first) / WORD_BYTES + 1);
  kernel.memory.read(addressPlus(symbol, first), cells);
  const sums = offsets.map((): CounterSum => 'unset');
  /** By page: which counters lie in it, and where. */
  const pages = new Map<bigint, { index: number; pointer: bigint }[]>();
  const pageSize = BigInt(kernel.facts.pageSize);
  offsets.forEach((offset, index) => {
    const pointer = cells[(offset - first) / WORD_BYTES]!;
    const fault = reader.layout.fault(pointer, WORD_BYTES);
    if (fault === 'null' || fault === 'early') return;
    if (fault !== undefined) throw new NoCounterError(offset, fault);
    sums[index] = 0n;
    const page = BigInt.asUintN(64, pointer + reader.layout.bias) / pageSize;
    const others = pages.get(page);
    if (others === undefined) pages.set(page, [{ index, pointer }]);
    else others.push({ index, pointer });
  });
  for (const counters of pages.values()) addPage(kernel, reader, counters, sums);
  return sums;
}

/** Adds what every CPU counted in the counters of one page: one read for each CPU. */
function addPage(
  { facts, memory }: SummedKernel,
  { layout, layoutAgrees }: ProvenReader,
  counters: readonly { readonly index: number; readonly pointer: bigint }[],
  sums: CounterSum[],
): void {
  const pointers = counters.map(({ pointer }) => pointer);
  const low = pointers.reduce((a, b) => (b < a ? b : a));
  const high = pointers.reduce((a, b) => (b > a ? b : a));
  const span = new BigUint64Array(Number(high - low) / WORD_BYTES + 1);
  const start = low as ZpcpuPointer;
  for (let cpu = 0; cpu <= facts.maxId; cpu++) {
    if (layoutAgrees) memory.read(layout.copy(start, cpu), span);
    else memory.readZpcpu(start, span, cpu);
    for (const { index, pointer } of counters) {
      const part = span[Number(pointer - low) / WORD_BYTES]!;
      sums[index] = BigInt.asUintN(64, BigInt(sums[index]!) + part);
    }
  }
}
