/** Compares what is published with what the kernel itself says: sysctl, read, sysctl, and the read must lie between. */
import type { RunningKernel } from '../kernel/kernel.js';
import type { Entry } from '../config/model.js';
import { WORD_BYTES } from '../kernel/address.js';
import { KvmError } from '../kernel/errors.js';
import { kinds } from '../plan/kinds/registry.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { Snapshot, SnapshotSource } from '../snapshots/snapshot.js';
import { isRead, partOf, sumOf } from '../snapshots/values.js';
import { isNeverCounted } from '../kernel/neverCounted.js';
import { toldParts } from './cpuTruths.js';
import { truthCandidates, type Truth } from '../kernel/counterSysctls.js';

/**
 * A gauge may leave the bracket and come back, and a counter may be zeroed by an administrator, so that a value is read this often before
 * it is called wrong.
 */
const ATTEMPTS = 10;

export interface Comparison {
  /** Such as `tcpstat.tcps_rcvduppack` or `tcps_states[4]`. */
  readonly counter: string;
  readonly metric: string;
  readonly sysctl: string;
  readonly before: bigint;
  /** Undefined where it could not be read. */
  readonly read: bigint | undefined;
  readonly after: bigint;
  readonly agrees: boolean;
}

export interface Verification {
  readonly comparisons: readonly Comparison[];
  /** Counters that no sysctl tells, or that could not be read. */
  readonly unchecked: readonly { readonly counter: string; readonly why: string }[];
  /** Counters that this release declares and never counts: what stands in them is no value. */
  readonly neverCounted: readonly string[];
}

/** A kernel that answers for itself. */
type VerifiedKernel = Pick<RunningKernel, 'facts' | 'sysctls'>;

/** A row whose sum a sysctl tells, or its part of one CPU. */
interface Subject {
  readonly row: number;
  /** Index into SeriesLayout.cpus; undefined for the sum. */
  readonly cpu?: number;
  readonly counter: string;
  readonly metric: string;
  readonly gauge: boolean;
  readonly truth: Truth;
  /** Bits that the sysctl tells. */
  readonly bits: number;
}

/** Compares every configured value that a sysctl also tells. Throws KvmError where a sysctl cannot be read. */
export async function verify(kernel: VerifiedKernel, source: Pick<SnapshotSource, 'read'>): Promise<Verification> {
  const first = await source.read();
  const { subjects, unchecked, neverCounted } = findSubjects(kernel, first);
  const done = new Map<Subject, Comparison>();
  let left = subjects;
  for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
    const before = ask(kernel, left);
    const snapshot = await source.read();
    const after = ask(kernel, left);
    for (const subject of left) done.set(subject, compare(subject, before, snapshot, after));
    left = left.filter((subject) => done.get(subject)?.agrees === false);
  }
  return { comparisons: [...done.values()], unchecked, neverCounted };
}

function findSubjects(
  kernel: VerifiedKernel,
  snapshot: Snapshot,
): { subjects: Subject[] } & Pick<Verification, 'unchecked' | 'neverCounted'> {
  const { layout } = snapshot;
  const lengths = new Map<string, number | undefined>();
  const lengthOf = (name: string): number | undefined => {
    if (!lengths.has(name)) lengths.set(name, kernel.sysctls.bytes(name)?.length);
    return lengths.get(name);
  };
  const neverCounted = neverCountedIn(layout, kernel.facts.osreldate);
  const subjects: Subject[] = [];
  const unchecked: { counter: string; why: string }[] = [];
  for (const { family, from, to } of layout.families) {
    for (const [index, { entry, cellOffset, member }] of layout.rows.slice(from, to).entries()) {
      const row = from + index;
      const { kind, symbol } = entryAt(layout, entry);
      const counter = counterName(symbol, member, cellOffset);
      const truth = kinds[kind].isCounter
        ? truthCandidates(symbol, cellOffset, member).find(({ sysctl }) => lengthOf(sysctl) !== undefined)
        : undefined;
      const bytes = truth === undefined ? 0 : Math.min(WORD_BYTES, (lengthOf(truth.sysctl) ?? 0) - truth.offset);
      if (isNeverCounted(symbol, member, kernel.facts.osreldate)) continue;
      const parts = toldParts(layout, row);
      if (!isRead(snapshot, row)) unchecked.push({ counter, why: 'it could not be read' });
      else if (parts.length > 0) {
        const rest = { row, metric: family.name, gauge: family.type === 'gauge', bits: 8 * WORD_BYTES };
        for (const { name, ...part } of parts) subjects.push({ ...rest, ...part, counter: counter + name });
      } else if (truth === undefined) unchecked.push({ counter, why: 'no sysctl tells it' });
      else if (bytes !== 4 && bytes !== WORD_BYTES) unchecked.push({ counter, why: `${truth.sysctl} ends before it` });
      else subjects.push({ row, counter, metric: family.name, gauge: family.type === 'gauge', truth, bits: 8 * bytes });
    }
  }
  return { subjects, unchecked, neverCounted };
}

/** The counters of a layout that this release declares and never counts. */
export function neverCountedIn(layout: SeriesLayout, osreldate: number): string[] {
  const { families, rows } = layout;
  return families.flatMap(({ from, to }) =>
    rows.slice(from, to).flatMap(({ entry, cellOffset, member }) => {
      const { symbol } = entryAt(layout, entry);
      return isNeverCounted(symbol, member, osreldate) ? [counterName(symbol, member, cellOffset)] : [];
    }),
  );
}

function entryAt({ entries }: SeriesLayout, index: number): Entry {
  const entry = entries[index];
  if (entry === undefined) throw new RangeError('a layout has an entry for each of its rows');
  return entry;
}

function counterName(symbol: string, member: string | undefined, cellOffset: number): string {
  if (member !== undefined) return `${symbol}.${member}`;
  return cellOffset === 0 ? symbol : `${symbol}[${cellOffset / WORD_BYTES}]`;
}

function ask(kernel: VerifiedKernel, subjects: readonly Subject[]): Map<string, Buffer | undefined> {
  const names = new Set(subjects.map(({ truth }) => truth.sysctl));
  return new Map([...names].map((name) => [name, kernel.sysctls.bytes(name)]));
}

function compare(
  { row, cpu, counter, metric, gauge, truth, bits }: Subject,
  before: ReadonlyMap<string, Buffer | undefined>,
  snapshot: Snapshot,
  after: ReadonlyMap<string, Buffer | undefined>,
): Comparison {
  const told = (answers: ReadonlyMap<string, Buffer | undefined>): bigint => {
    const bytes = answers.get(truth.sysctl);
    if (bytes === undefined) throw new KvmError('sysctlbyname', `${truth.sysctl} is no longer there`);
    return bits === 32 ? BigInt(bytes.readUInt32LE(truth.offset)) : bytes.readBigUInt64LE(truth.offset);
  };
  const cut = (value: bigint): bigint => (gauge ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  const low = cut(told(before));
  const high = cut(told(after));
  const value = cpu === undefined ? sumOf(snapshot, row) : partOf(snapshot, row, cpu);
  const read = value === undefined ? undefined : cut(value);
  return {
    counter,
    metric,
    sysctl: truth.sysctl,
    before: low,
    read,
    after: high,
    agrees: read !== undefined && lies(low, read, high, gauge, bits),
  };
}

/** True where `read` lies between the two: a gauge's may be in either order; a counter's go up, maybe past the end of its bits. */
function lies(before: bigint, read: bigint, after: bigint, gauge: boolean, bits: number): boolean {
  if (gauge) return before <= after ? before <= read && read <= after : after <= read && read <= before;
  return BigInt.asUintN(bits, read - before) <= BigInt.asUintN(bits, after - before);
}
