/** Every kind of entry, by the key of its list in a config. A new kind is a file beside these and a line here. */
import type { EntryKind } from '../model.js';
import { counters } from './counters.js';
import { dpcpu } from './dpcpu.js';
import { interrupts } from './interrupts.js';
import type { KindOfEntry } from './kind.js';
import { list } from './list.js';
import { pcpu } from './pcpu.js';
import { structures } from './structures.js';
import { values } from './values.js';
import { zpcpu } from './zpcpu.js';

/** In the order in which their entries are published. */
export const entryKinds: Readonly<Record<EntryKind, KindOfEntry>> = {
  counters,
  zpcpu,
  dpcpu,
  pcpu,
  list,
  structures,
  values,
  interrupts,
};

/** Their names, in the same order. */
export const kindNames = Object.keys(entryKinds) as EntryKind[];
