/**
 * How lists, trees and tables of the kernel are walked, in bytes: what compileList.ts makes of the rules in a config and the kernel's types, and
 * structures/ of the types alone. Offsets are from the start of an element, or of what is at the symbol.
 */
import type { ValueFormat } from '../../config/valueFormats.js';

/** `next`: in each element, to the pointer to the next one. 0 ends the list. */
export interface Links {
  readonly kind: 'links';
  /** From the holder to the pointer to the first element; or from the head that a pointer in the holder leads to. */
  readonly first: number;
  /** From the holder to that pointer; undefined where the head is in the holder. */
  readonly through?: number;
  readonly next: number;
  /** True for a list that leads to its first element only, and not to its last: elements come in at its head. */
  readonly isNewestFirst: boolean;
}

/** An integer of the holder that says how many there are; `mask`: one less. */
export interface LengthMember {
  readonly offset: number;
  readonly size: number;
  readonly mask: boolean;
}

/** The name of a symbol that says how many there are, and how it is read. */
export interface LengthSymbol {
  readonly symbol: string;
  readonly format: ValueFormat;
  /** The symbol at which the list begins: each vnet has both, as far from each other in all of them. Without it, there is one for all. */
  readonly beside?: string;
  /** Of each that it counts, so many elements; 1 without it. */
  readonly times?: number;
}

/** Elements side by side, or pointers to them. */
export interface ArrayOf {
  readonly kind: 'array';
  /** From the holder to the first, or to the pointer that leads there. */
  readonly at: number;
  /** Bytes from one to the next; of pointers where `ofPointers`. */
  readonly stride: number;
  /** As the type says; undefined where a symbol or a member does. */
  readonly count: number | undefined;
  readonly length: LengthSymbol | undefined;
  readonly member?: LengthMember;
  /** True where the holder has a pointer to the array. */
  readonly behindPointer: boolean;
  /** True for an array of pointers to the elements; those that are not set are left out. */
  readonly ofPointers: boolean;
}

/** A tree of <sys/tree.h>. */
export interface Tree {
  readonly kind: 'tree';
  /** From the holder to the pointer to the root. */
  readonly root: number;
  /** In each element, to the pointers to those below it. */
  readonly left: number;
  readonly right: number;
  /** An element that is in no tree and belongs to it, by its symbol, with that of the tree: of each vnet they lie as far apart. */
  readonly beside?: { readonly symbol: string; readonly of: string };
}

/** A hash table: an array of pointers, each to the first element of a chain. */
export interface Table {
  readonly kind: 'table';
  /** From the holder to the pointer to the array. */
  readonly at: number;
  readonly length: LengthMember;
  readonly next: number;
}

/** One element that a pointer in the holder leads to, where it is set. */
export interface PointedTo {
  readonly kind: 'pointer';
  readonly at: number;
}

/** How the elements in a holder follow each other: it is the symbol, or an element of the level above. */
export type Sequence = Links | ArrayOf | Tree | Table | PointedTo;

/** A member of an element, or of one that holds it. */
export interface Slice {
  /** Levels up: 0 is the element itself, 1 what holds its list. */
  readonly up: number;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** What a label is made of. */
export type Key = Slice & { readonly label: string } & (
    | { readonly as: 'characters' }
    /** Several texts in a row, `stride` bytes each, of which those that are not empty are joined with commas. */
    | { readonly as: 'texts'; readonly stride: number }
    /** A pointer to a text that a NUL ends; `into`: bytes from where it leads to the text. */
    | { readonly as: 'text'; readonly into?: number }
    | { readonly as: 'number'; readonly format: ValueFormat }
    /** In network byte order, as a hexadecimal number. */
    | { readonly as: 'hexadecimal' }
    | { readonly as: 'name'; readonly names: Readonly<Record<string, string>> }
    /** The place in an array; a name in the place of its number where there is one. */
    | { readonly as: 'index'; readonly names?: readonly string[] }
    /** A struct sockaddr (<sys/socket.h>) of IPv4 or IPv6: its address; nothing of the families in `without`. Anything else is no text. */
    | { readonly as: 'sockaddr'; readonly without?: readonly number[] }
  );

/** What a member is to hold. Numbers are as wide as the member, and unsigned. */
export type Condition = Slice &
  /** `mask`: of these bits only. */
  (
    | { readonly is: 'value'; readonly value: bigint; readonly mask?: bigint }
    | { readonly is: 'symbol'; readonly symbol: string }
    /** The address of the element, or so many levels up. */
    | { readonly is: 'address'; readonly levels: number }
    /** The address of its vnet. */
    | { readonly is: 'vnet' }
  );

/** One that an element itself tells whether it holds. */
export type PlainCondition = Extract<Condition, { readonly is: 'value' | 'address' }>;

/** One on what leads to elements: where it does not hold, nothing that it leads to is read. */
export type LeadingCondition = Exclude<Condition, { readonly is: 'vnet' }>;

/** Bytes of an element that a walk reads. */
export interface Span {
  readonly from: number;
  readonly length: number;
  /** Only these of them, which `at` counts from the first. */
  readonly pieces?: readonly { readonly at: number; readonly length: number }[];
}

export interface ToldInstead {
  readonly unless: readonly Condition[];
  readonly index: Slice;
  readonly name: Slice;
  /** Bytes from the element to the cell of the first of the counters. */
  readonly counters: number;
}

/** Elements of one kind, in the symbol or in each element of the level above. */
export interface Level {
  readonly sequence: Sequence;
  /** What is read of each. */
  readonly span: Span;
  /** What an element must hold to be followed any further. */
  readonly only: readonly LeadingCondition[];
}

export interface ListPlan {
  /** The outermost first; the elements are those of the last. */
  readonly levels: readonly Level[];
  readonly keys: readonly Key[];
  readonly where: readonly Condition[];
  readonly check: readonly Condition[];
  /** What stays as it is while an element is the same, beside what the keys and conditions look at. */
  readonly same: readonly Slice[];
  /**
   * Pointers in an element that lead to what is published: a walk reads them with the rest, and an element that has others is another. None where
   * they lie too far from what it reads anyway.
   */
  readonly cells: readonly Slice[];
  /** Elements whose counters are told by the interface's index, and not by themselves: those for which the conditions do not hold. */
  readonly instead: ToldInstead | undefined;
  readonly limit: number;
  /** True where nothing may be read along with an element that lies beside it, however cheap it is: others' secrets. */
  readonly isApart?: true;
  /** The label that numbers elements with the same labels; undefined where only one of them is published. */
  readonly duplicates: string | undefined;
  /**
   * Where labels are given to one element after another: the digest by which two are the same all the same, unless it is all 0. The next one with
   * the labels of one that is gone is left out once, so that nobody takes it for that one.
   */
  readonly succession?: { readonly digest: Slice | undefined };
}
