/** All kinds of entries, by the names of their lists in the config. */
import type { EntryKind } from '../../config/model.js';
import { counters } from './counters.js';
import { dpcpu } from './dpcpu.js';
import { interrupts } from './interrupts.js';
import type { Kind } from './kind.js';
import { list } from './list.js';
import { pcpu } from './pcpu.js';
import { structures } from './structures.js';
import { values } from './values.js';
import { zpcpu } from './zpcpu.js';

export const kinds: Readonly<Record<EntryKind, Kind>> = {
  counters,
  zpcpu,
  dpcpu,
  pcpu,
  list,
  structures,
  values,
  interrupts,
};
