/** How the kernel's tables of interrupts are read, in bytes: what compileInterrupts.ts makes of its types. */
import type { InterruptValue } from '../../config/model.js';
import type { Slice, Span } from './listPlan.js';

/** A symbol that is an array, or a pointer to one. */
export interface ArraySymbol {
  readonly symbol: string;
  readonly behindPointer: boolean;
}

/** A symbol that is an integer of `size` bytes. */
export interface LengthSymbol {
  readonly symbol: string;
  readonly size: number;
}

/** Where counters and names are. */
export interface InterruptTablePlan {
  readonly counts: ArraySymbol;
  readonly names: ArraySymbol;
  /** Bytes of each of the two. */
  readonly countBytes: LengthSymbol;
  readonly nameBytes: LengthSymbol;
  /** How many there are; undefined where a release tells only bytes. */
  readonly slots: LengthSymbol | undefined;
}

/** The sources: pointers to structs that tell where each counts, and which CPU it interrupts. */
export interface InterruptSourcesPlan {
  readonly pointers: ArraySymbol;
  readonly count: LengthSymbol;
  /** Bytes of a source that hold all of the members. */
  readonly span: Span;
  /** Pointers to its counters. */
  readonly counter: Slice;
  readonly strayCounter: Slice;
  /** Of its counter in the table. */
  readonly index: Slice;
  readonly handlers: Slice;
  readonly cpu: Slice;
}

export interface InterruptsPlan {
  readonly value: InterruptValue;
  readonly table: InterruptTablePlan;
  /** Where the value is one of the source. */
  readonly sources: InterruptSourcesPlan | undefined;
}
