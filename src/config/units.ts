/**
 * In which unit a metric is. Its name says so where it ends in one, as names of Prometheus do: `x_bytes`, `x_packets_total`. Where it does not,
 * the config may; a metric of which neither says anything has none, and counts events if it is a counter.
 */
import { describe, quote } from '../yaml/diagnostics.js';

/** What names may end in. */
const NAMED = [
  'bytes',
  'datagrams',
  'events',
  'faults',
  'fragments',
  'interrupts',
  'messages',
  'operations',
  'packets',
  'pages',
  'records',
  'seconds',
  'segments',
  'sessions',
  'threads',
  'ticks',
];

/** A word that stands beside numbers: no prefix such as kilo, and nothing that a metric's name could not end in. */
export const UNIT = /^[a-z]+$/;
const MAX_UNIT_LENGTH = 16;

/** What the name of a metric, with or without the prefix, says that its unit is. */
export function unitOfName(name: string): string | undefined {
  const word = name.replace(/_total$/, '').replace(/^.*_/, '');
  return NAMED.includes(word) ? word : undefined;
}

/** What is wrong with a unit as it is written. */
export function unitProblem(unit: string): string | undefined {
  if (!UNIT.test(unit)) return `found ${describe(unit)}, expected one word in small letters, such as \`bytes\``;
  return unit.length > MAX_UNIT_LENGTH
    ? `found a unit of ${unit.length} characters, expected at most ${MAX_UNIT_LENGTH}`
    : undefined;
}

/** What is wrong with a unit that is written for one metric alone. */
export function contradiction(name: string, unit: string | undefined): string | undefined {
  const named = unitOfName(name);
  return unit === undefined || named === undefined || named === unit || unitProblem(unit) !== undefined
    ? undefined
    : `found ${describe(unit)}, expected ${quote(named)}, which the metric's name ends in, or none`;
}

/** What a family has of its unit. What is written for several metrics gives way to the name of one. */
export function unitOf(name: string, written: string | undefined): { readonly unit?: string } {
  const unit = unitOfName(name) ?? written;
  return unit === undefined ? {} : { unit };
}
