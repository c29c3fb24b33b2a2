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

/**
 * A kind of interrupt controllers that tells where it sends what comes from a source. What `is_cpu` of a source says is true only while it is
 * bound, and not even then once its last handler went and another came; the controller's own part of a source is what it is programmed with.
 */
export interface InterruptControllerPlan {
  /** A struct pic of which controllers of this kind are copies, or the only one. */
  readonly template: string;
  /** Id of the local APIC that interrupts go to. */
  readonly target: Slice;
  /** Which of its vectors they come by; 0 while they go nowhere. */
  readonly vector: Slice;
}

/** Whose local APIC it is: struct pcpu says it of each CPU. */
export interface LocalApicsPlan {
  readonly cpu: Slice;
  readonly apic: Slice;
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
  /** Pointer to the struct pic of its controller. */
  readonly controller: Slice;
  /** Of a struct pic, the pointer to the function that sends a source elsewhere: each kind has its own. */
  readonly assign: Slice;
  readonly controllers: readonly InterruptControllerPlan[];
  readonly apics: LocalApicsPlan;
}

export interface InterruptsPlan {
  readonly value: InterruptValue;
  readonly table: InterruptTablePlan;
  /** Where the value is one of the source. */
  readonly sources: InterruptSourcesPlan | undefined;
}
