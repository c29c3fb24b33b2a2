/** The elements of a list that were met, the oldest first, and which of those with the same labels is which. */
import type { Label } from '../../config/model.js';
import type { KernelAddress } from '../../kernel/address.js';
import type { Instance, Told } from '../instances/instance.js';
import type { Listener } from '../sockets/listener.js';

/**
 * How much it weighs that a walk has not met an element, one that came to its end and one that was cut short, and how much makes it forgotten. A
 * walk may come past what is just moved; two in a row do not.
 */
const MISSED = { byWhole: 32, byCut: 1, forgotten: 64 };

/** An element that was met. */
export interface Known {
  readonly address: KernelAddress;
  /** What it held of all that must stay the same. */
  readonly fixed: Buffer;
  readonly texts: readonly (string | undefined)[];
  /** Its places in arrays, where its labels tell them. */
  readonly places: readonly number[];
  readonly outer: KernelAddress | undefined;
  headLabels: readonly Label[];
  /** Undefined where it is not believed, or not wanted. */
  readonly labels: readonly Label[] | undefined;
  /** The same for all with the same labels. */
  readonly name: string;
  readonly isBelieved: boolean;
  readonly told: Told | undefined;
  /** As Where has it. */
  readonly held: ReadonlyMap<number, bigint>;
  /** Of those with the same labels, from 1 on: as long as it lives it keeps it. 0 before it has one. */
  number: number;
  instance: Instance | undefined;
  /** The walk in which it was met last; 0 where another follower met it. */
  walk: number;
  /** The weight of the walks since. */
  missed: number;
  isPublished: boolean;
}

/** Where what was known when a list was looked at last is left for who follows the same one next. */
export interface KnownPlace {
  last?: KnownElements;
  /** Of sockets that listen, the first the longest published. */
  listeners?: readonly Listener[];
}

export class KnownElements {
  private readonly byAddress = new Map<bigint, Known>();
  /** By name the highest number that was given, for as long as any element of the name is known. */
  private numbers: ReadonlyMap<string, number> = new Map();

  /** The same for another follower, which walks and publishes by itself. */
  copy(): KnownElements {
    const copy = new KnownElements();
    for (const [address, known] of this.byAddress)
      copy.byAddress.set(address, { ...known, instance: undefined, walk: 0 });
    copy.numbers = this.numbers;
    return copy;
  }

  at(address: bigint): Known | undefined {
    return this.byAddress.get(address);
  }

  /** The oldest first. */
  all(): Iterable<Known> {
    return this.byAddress.values();
  }

  /** True where each of them was met in this walk. */
  areAll(walk: number): boolean {
    for (const known of this.byAddress.values()) if (known.walk !== walk) return false;
    return true;
  }

  /** As the youngest of all. */
  add(known: Known): void {
    this.byAddress.delete(known.address);
    this.byAddress.set(known.address, known);
  }

  /** To be called after each walk. What is met again is the same, with the same number, unless it was forgotten. */
  forget(walk: number, isWhole: boolean): void {
    for (const [address, known] of this.byAddress) {
      known.missed = known.walk === walk ? 0 : known.missed + (isWhole ? MISSED.byWhole : MISSED.byCut);
      if (known.missed >= MISSED.forgotten) this.byAddress.delete(address);
    }
  }

  /**
   * Gives a number of its own to each that has none among those with the same labels. None is given twice: the series of one that has gone would
   * go on with what another has counted.
   */
  number(): void {
    const numbers = new Map<string, number>();
    for (const known of this.all()) {
      if (known.labels === undefined) continue;
      let last = numbers.get(known.name) ?? this.numbers.get(known.name) ?? 0;
      if (known.number === 0) known.number = ++last;
      numbers.set(known.name, last);
    }
    this.numbers = numbers;
  }
}

/** Of those with the same labels the one that is published, or the oldest; none where one that was not met has these labels. */
export function firstOnes(elements: readonly Known[], held: ReadonlySet<string>): readonly Known[] {
  const chosen = new Map<string, Known>();
  for (const known of elements) {
    if (held.has(known.name)) continue;
    if (known.isPublished || !chosen.has(known.name)) chosen.set(known.name, known);
  }
  return [...chosen.values()];
}
