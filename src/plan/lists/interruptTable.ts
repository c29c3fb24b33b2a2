/**
 * The names of the kernel's interrupts and where their counters are. One reads it for all who ask. The table is as large as there could be
 * interrupts, and most of it empty: what its bytes say is looked at only where they are not those of before.
 */
import { addressPlus, isKernelAddress, WORD_BYTES, type KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import { readInteger } from '../../kernel/integers.js';
import type { Kernel } from '../../kernel/kernel.js';
import { textIn } from '../../kernel/texts.js';
import { interruptName, type InterruptName } from './interruptName.js';
import type { ArraySymbol, InterruptTablePlan, LengthSymbol } from './interruptsPlan.js';

/** Beyond any kernel's: a table that is larger is none. */
const MAX_SLOTS = 1 << 18;
const MAX_NAME = 256;

/** A counter that is used. The same object for as long as its name is the same. */
export interface Slot extends InterruptName {
  readonly index: number;
}

interface Bounds {
  readonly counts: KernelAddress;
  readonly names: KernelAddress;
  readonly slots: number;
  /** Bytes from one name to the next. */
  readonly stride: number;
}

type TableKernel = Pick<Kernel, 'memory' | 'symbols'>;

export class InterruptTable {
  /** Names of which the bytes make no sense: one that is being written, most likely. */
  doubtful = 0;
  private bounds: Bounds | undefined;
  private now = Buffer.alloc(0);
  private known = Buffer.alloc(0);
  private slots: readonly (Slot | undefined)[] = [];
  private isFresh = false;

  constructor(
    private readonly plan: InterruptTablePlan,
    private readonly kernel: TableKernel,
  ) {}

  /** What it is read from. */
  get memory(): Kernel['memory'] {
    return this.kernel.memory;
  }

  /** What look() gave is asked for anew from now on. */
  forget(): void {
    this.isFresh = false;
  }

  /** By index, the counters that are used: the same array where none changed. Throws KvmError where they cannot be told. */
  look(): readonly (Slot | undefined)[] {
    if (this.isFresh) return this.slots;
    // They are what they are from the boot on.
    this.bounds ??= this.findBounds();
    const { names, slots, stride } = this.bounds;
    const isFirst = this.now.length === 0;
    if (isFirst) {
      this.now = Buffer.alloc(slots * stride);
      this.known = Buffer.alloc(slots * stride);
    }
    this.kernel.memory.read(names, this.now);
    if (!this.now.equals(this.known)) this.parse(stride);
    this.isFresh = true;
    return this.slots;
  }

  /** Where a counter is. */
  counterAt(index: number): KernelAddress {
    this.bounds ??= this.findBounds();
    return addressPlus(this.bounds.counts, WORD_BYTES * index);
  }

  private parse(stride: number): void {
    const { now, known } = this;
    const count = now.length / stride;
    let doubtful = 0;
    const slots = Array.from({ length: count }, (_, index) => {
      const bytes = now.subarray(index * stride, (index + 1) * stride);
      const before = this.slots[index];
      if (before !== undefined && bytes.equals(known.subarray(index * stride, (index + 1) * stride))) return before;
      const end = bytes.indexOf(0);
      // Never given away. All others are filled up with blanks.
      if (end === 0) return undefined;
      if (end !== stride - 1) {
        doubtful++;
        return undefined;
      }
      const name = interruptName(textIn(bytes).trimEnd());
      return name === undefined ? undefined : { ...name, index };
    });
    // Names that begin elsewhere would be cut in pieces.
    if (doubtful > slots.filter((slot) => slot !== undefined).length) {
      throw new KvmError('kvm_read', `${this.plan.names.symbol} has no names of ${stride - 1} characters`);
    }
    this.doubtful = doubtful;
    this.slots = slots;
    now.copy(known);
  }

  private findBounds(): Bounds {
    const { counts, names, countBytes, nameBytes, slots: count } = this.plan;
    const bytes = this.lengthOf(countBytes);
    const slots = bytes / WORD_BYTES;
    const stride = this.lengthOf(nameBytes) / slots;
    const isCounted = count === undefined || this.lengthOf(count) === slots;
    if (!Number.isInteger(slots) || slots < 1 || slots > MAX_SLOTS || !isCounted) {
      throw new KvmError('kvm_read', `${countBytes.symbol} is ${bytes} bytes, which is no number of counters`);
    }
    if (!Number.isInteger(stride) || stride < WORD_BYTES || stride > MAX_NAME) {
      throw new KvmError('kvm_read', `${nameBytes.symbol} is no multiple of the ${slots} counters`);
    }
    return { counts: startOf(this.kernel, counts), names: startOf(this.kernel, names), slots, stride };
  }

  private lengthOf(length: LengthSymbol): number {
    return readLength(this.kernel, length);
  }
}

/** Where an array begins. Throws KvmError where that cannot be told. */
export function startOf(kernel: TableKernel, { symbol, behindPointer }: ArraySymbol): KernelAddress {
  const address = addressOf(kernel, symbol);
  if (!behindPointer) return address;
  const start = readInteger(kernel.memory, address);
  if (!isKernelAddress(start)) throw new KvmError('kvm_read', `${symbol} leads nowhere`);
  return start;
}

/** What an integer holds. Throws KvmError where that cannot be told. */
export function readLength(kernel: TableKernel, { symbol, size }: LengthSymbol): number {
  return Number(readInteger(kernel.memory, addressOf(kernel, symbol), size));
}

function addressOf(kernel: TableKernel, symbol: string): KernelAddress {
  const found = kernel.symbols.resolve(symbol);
  if (found === undefined) throw new KvmError('kldsym', `the kernel has no ${symbol}`);
  return found.address;
}
