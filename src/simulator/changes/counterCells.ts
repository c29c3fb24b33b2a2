/** Counters of elements that come and go while the kernel runs, by the cells that lead to them. */
import type { Words } from '../memory/words.js';
import { setCounters } from './counters.js';
import type { LiveMemory } from './liveMemory.js';

export class CounterCells {
  constructor(
    private readonly memory: LiveMemory,
    private readonly words: Words,
  ) {}

  /** Allocates a counter for each cell, which holds that sum. */
  fill(cells: readonly bigint[], sums: readonly bigint[]): void {
    const items = cells.map(() => this.memory.take('counter'));
    setCounters(this.memory, items, sums);
    for (const [nth, cell] of cells.entries()) this.words.store(cell, (items[nth] ?? 0n) - this.memory.bias);
  }

  set(cells: readonly bigint[], sums: readonly bigint[]): void {
    setCounters(this.memory, this.itemsOf(cells), sums);
  }

  /** Modulo 2^64. */
  sum(cell: bigint): bigint {
    return this.sumAt(this.itemOf(cell));
  }

  /** Of a word whose copy CPU 0 has there. */
  sumAt(item: bigint): bigint {
    const { present, profile } = this.memory;
    let sum = 0n;
    for (const cpu of present) sum += this.words.load(item + BigInt(cpu * profile.pageSize));
    return BigInt.asUintN(64, sum);
  }

  /** Their items are free. They hold what they held until they are used again. */
  free(cells: readonly bigint[]): void {
    const items = this.itemsOf(cells);
    this.memory.still(items);
    for (const item of items.reverse()) this.memory.giveAsIs('counter', item);
  }

  itemsOf(cells: readonly bigint[]): bigint[] {
    return cells.map((cell) => this.itemOf(cell));
  }

  /** CPU 0's copy of what the pointer in a cell leads to. */
  itemOf(cell: bigint): bigint {
    return BigInt.asUintN(64, this.words.load(cell) + this.memory.bias);
  }
}
