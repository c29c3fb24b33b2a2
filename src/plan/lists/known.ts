/** The elements of a list that were met, and which of those with the same labels is which. */
import type { Label } from '../../config/model.js';
import type { KernelAddress } from '../../kernel/address.js';
import type { Instance, Told } from '../instances/instance.js';

/** An element that was met. */
export interface Known {
  readonly address: KernelAddress;
  /** What it held of all that must stay the same. */
  readonly fixed: Buffer;
  readonly texts: readonly (string | undefined)[];
  readonly outer: KernelAddress | undefined;
  readonly headLabels: readonly Label[];
  /** Undefined where it is not believed, or not wanted. */
  readonly labels: readonly Label[] | undefined;
  /** The same for all with the same labels. */
  readonly name: string;
  readonly isBelieved: boolean;
  readonly told: Told | undefined;
  /** Of those with the same labels, from 1 on: as long as it lives it keeps it. 0 before it has one. */
  number: number;
  instance: Instance | undefined;
  /** The walk in which it was met last. */
  walk: number;
  isPublished: boolean;
}

/**
 * All of the groups, each with a number of its own among those with the same labels: from the first time on, be it alone by then.
 * @param all also those that were not met now, whose numbers are taken
 */
export function numbered(groups: ReadonlyMap<string, readonly Known[]>, all: Iterable<Known>): readonly Known[] {
  const taken = new Map<string, Set<number>>();
  for (const { name, number } of all) {
    const numbers = taken.get(name);
    if (numbers === undefined) taken.set(name, new Set([number]));
    else numbers.add(number);
  }
  for (const [name, group] of groups) {
    let next = 1;
    for (const known of group) {
      if (known.number > 0) continue;
      while (taken.get(name)?.has(next) === true) next++;
      known.number = next++;
    }
  }
  return [...groups.values()].flat();
}

/** Of those with the same labels the one that is published, or the first; none where one that was not met has these labels. */
export function firstOnes(
  groups: ReadonlyMap<string, readonly Known[]>,
  held: ReadonlySet<string>,
): (readonly Known[])[] {
  return [...groups].flatMap(([name, group]) =>
    held.has(name)
      ? []
      : [[group.find(({ isPublished }) => isPublished) ?? group[0]].filter((one) => one !== undefined)],
  );
}

/** 1 for what is told instead of read, which comes last. */
export function isTold([first]: readonly Known[]): number {
  return first?.told === undefined ? 0 : 1;
}

/** More for what is published. */
export function rank(group: readonly Known[]): number {
  return group.some(({ isPublished }) => isPublished) ? 1 : 0;
}
