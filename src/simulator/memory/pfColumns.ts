/** What pf counts in its structs: the paths of the counters, in the order of their numbers. */
import type { Release } from '../profiles.js';

/** The paths of a rule's counters: those of 12 that are plain words come first, and are five. */
export function pfRuleColumns(release: Release): string[] {
  const counts = ['evaluations', 'packets[0]', 'packets[1]', 'bytes[0]', 'bytes[1]'];
  const nodes = release >= 15 ? [0, 1, 2].map((nth) => `src_nodes[${nth}]`) : ['src_nodes'];
  return [...counts, 'states_cur', 'states_tot', ...nodes];
}

export const PF_PLAIN_COLUMNS = 5;

/** Those of an interface: packets, then bytes, each by family, direction and whether they were passed. */
export function pfInterfaceColumns(): string[] {
  return ['packets', 'bytes'].flatMap((what) =>
    Array.from({ length: 8 }, (_, nth) => `pfik_${what}[${nth >> 2}][${(nth >> 1) & 1}][${nth & 1}]`),
  );
}

/** Those of a table, by direction and what was done; then matches, and addresses that were not in it. */
export function pfTableColumns(): string[] {
  const all = ['packets', 'bytes'].flatMap((what) =>
    Array.from({ length: 6 }, (_, nth) => `${what}[${Math.floor(nth / 3)}][${nth % 3}]`),
  );
  return [...all, 'match', 'nomatch'];
}
