/**
 * How a list is walked, in bytes: what compileList.ts makes of the rules in a config and the kernel's types. Offsets are from the start of an
 * element, or of what is at the symbol.
 */
import type { ValueFormat } from '../../config/valueFormats.js';

/** `first`: to the pointer to the first element, from the head; `next`: to that which each element has to the next. 0 ends the list. */
export interface Links {
  readonly kind: 'links';
  readonly first: number;
  readonly next: number;
  /** True for a list that leads to its first element only, and not to its last: elements come in at its head. */
  readonly isNewestFirst: boolean;
}

/** How the elements follow each other. */
export type Sequence =
  | Links
  | {
      readonly kind: 'array';
      /** Bytes from one to the next; of pointers where `ofPointers`. */
      readonly stride: number;
      /** As the type says; undefined where a symbol does. */
      readonly count: number | undefined;
      /** The name of that symbol, and how it is read. */
      readonly length: { readonly symbol: string; readonly format: ValueFormat } | undefined;
      /** True where the symbol holds a pointer to the array. */
      readonly behindPointer: boolean;
      /** True for an array of pointers to the elements; those that are not set are left out. */
      readonly ofPointers: boolean;
    };

/** A member of an element, or of the one that holds its list. */
export interface Slice {
  readonly of: 'element' | 'outer';
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** What a label is made of. */
export type Key = Slice & { readonly label: string } & (
    | { readonly as: 'characters' }
    /** A pointer to a text that a NUL ends. */
    | { readonly as: 'text' }
    | { readonly as: 'number'; readonly format: ValueFormat }
    | { readonly as: 'name'; readonly names: Readonly<Record<string, string>> }
  );

/** What a member is to hold. Numbers are as wide as the member, and unsigned. */
export type Condition = Slice &
  (
    | { readonly is: 'value'; readonly value: bigint }
    | { readonly is: 'symbol'; readonly symbol: string }
    /** The element's own address, that of the one which holds its list, that of its vnet. */
    | { readonly is: 'self' | 'outer' | 'vnet' }
  );

/** Bytes of an element that a walk reads. */
export interface Span {
  readonly from: number;
  readonly length: number;
}

export interface ToldInstead {
  readonly unless: readonly Condition[];
  readonly index: Slice;
  readonly name: Slice;
  /** Bytes from the element to the cell of the first of the counters. */
  readonly counters: number;
}

export interface ListPlan {
  readonly sequence: Sequence;
  readonly span: Span;
  /** The list in each element, where its elements are meant. */
  readonly inside: { readonly sequence: Links; readonly span: Span } | undefined;
  readonly keys: readonly Key[];
  readonly where: readonly Condition[];
  readonly check: readonly Condition[];
  /** What stays as it is while an element is the same, beside what the keys and conditions look at. */
  readonly same: readonly Slice[];
  /** Elements whose counters are told by the interface's index, and not by themselves: those for which the conditions do not hold. */
  readonly instead: ToldInstead | undefined;
  readonly limit: number;
  /** The label that numbers elements with the same labels; undefined where only one of them is published. */
  readonly duplicates: string | undefined;
}
