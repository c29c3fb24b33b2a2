/** Compares what is published with what the kernel itself says: sysctl, read, sysctl, and the read must lie between. */
import { KvmError } from '../kernel/errors.js';
import type { RunningKernel } from '../kernel/kernel.js';
import { isNeverCounted } from '../kernel/neverCounted.js';
import type { Row, SeriesLayout } from '../plan/layout.js';
import type { Snapshot, SnapshotSource } from '../snapshots/snapshot.js';
import { isRead, partOf, sumOf } from '../snapshots/values.js';
import { toldParts } from './cpuTruths.js';
import { ascending, ElementTruths, type ToldElement } from './elementTruths.js';
import { namedRows, type NamedRow } from './namedRows.js';
import { liesBetween, SysctlSizes, tellerOf, toldIn, type Answers, type Told } from '../kernel/told.js';

/**
 * A gauge may leave the bracket and come back, and a counter may be zeroed by an administrator, so that a value is read this often before
 * it is called wrong.
 */
const ATTEMPTS = 10;

/** Why a counter was not compared that the kernel has, or should have. */
export const UNREAD = 'it could not be read';

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
interface Subject extends NamedRow {
  /** Index into SeriesLayout.cpus; undefined for the sum. */
  readonly cpu?: number;
  readonly told: Told | ToldElement;
}

/** Compares every configured value that a sysctl also tells. Throws KvmError where a sysctl cannot be read. */
export async function verify(kernel: VerifiedKernel, source: Pick<SnapshotSource, 'read'>): Promise<Verification> {
  const first = await source.read();
  const { subjects, unchecked, neverCounted } = findSubjects(kernel, first);
  const done = new Map<Subject, Comparison>();
  let left = subjects;
  for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
    const before = ask(kernel.sysctls, left);
    const snapshot = await source.read();
    const after = ask(kernel.sysctls, left);
    // Elements of lists come and go, and the rows of others with them.
    const rowOf = new Map<Row | undefined, number>(snapshot.layout.rows.map((row, index) => [row, index]));
    const alike = valuesOfAlike(snapshot);
    for (const subject of left) {
      const row = rowOf.get(first.layout.rows[subject.row]);
      const comparison = row === undefined ? undefined : compare({ ...subject, row }, before, snapshot, after, alike);
      if (comparison !== undefined) done.set(subject, comparison);
    }
    left = left.filter((subject) => done.get(subject)?.agrees === false);
  }
  return { comparisons: [...done.values()], unchecked, neverCounted };
}

/** Asks each sysctl once. Throws KvmError where one could not be read. */
function ask(sysctls: VerifiedKernel['sysctls'], subjects: readonly Subject[]): Answers {
  const answers = new Map<string, Buffer | undefined>();
  for (const { told } of subjects) {
    const { sysctl } = told;
    const oid = 'oid' in told ? told.oid : undefined;
    if (!answers.has(sysctl)) answers.set(sysctl, oid === undefined ? sysctls.bytes(sysctl) : sysctls.bytesAt(oid));
  }
  return answers;
}

function findSubjects(
  kernel: VerifiedKernel,
  snapshot: Snapshot,
): { subjects: Subject[] } & Pick<Verification, 'unchecked' | 'neverCounted'> {
  const { layout } = snapshot;
  const { osreldate } = kernel.facts;
  const sizes = new SysctlSizes(kernel.sysctls);
  const elements = new ElementTruths(kernel.sysctls);
  const subjects: Subject[] = [];
  const unchecked: { counter: string; why: string }[] = [];
  for (const named of namedRows(layout)) {
    const { row, symbol, cellOffset, member, counter, isCounter } = named;
    if (isNeverCounted(symbol, member, osreldate)) continue;
    const byElement = named.isElsewhere ? undefined : elements.of(named);
    const told = isCounter && !named.isElsewhere ? tellerOf(symbol, cellOffset, member, sizes) : byElement;
    const parts = toldParts(layout, named);
    if (!isRead(snapshot, row)) unchecked.push({ counter, why: UNREAD });
    else if (parts.length > 0)
      for (const { name, ...part } of parts) subjects.push({ ...named, ...part, counter: counter + name });
    else if (told === undefined) unchecked.push({ counter, why: 'no sysctl tells it' });
    else if (typeof told === 'string') unchecked.push({ counter, why: told });
    else subjects.push({ ...named, told });
  }
  return { subjects, unchecked, neverCounted: neverCountedIn(layout, osreldate) };
}

/** The counters of a layout that this release declares and never counts. */
export function neverCountedIn(layout: SeriesLayout, osreldate: number): string[] {
  return namedRows(layout).flatMap(({ symbol, member, counter }) =>
    isNeverCounted(symbol, member, osreldate) ? [counter] : [],
  );
}

/** Of the rows of elements with the same labels the values, the least first; those that could not be read are not among them. */
type Alike = ReadonlyMap<string, readonly bigint[]>;

function keyOfAlike({ metric, unnumbered }: NamedRow): string {
  return `${metric} ${unnumbered}`;
}

function valuesOfAlike(snapshot: Snapshot): Alike {
  const found = new Map<string, bigint[]>();
  for (const named of namedRows(snapshot.layout)) {
    const key = keyOfAlike(named);
    const values = found.get(key) ?? [];
    found.set(key, values);
    const value = sumOf(snapshot, named.row);
    if (value !== undefined) values.push(BigInt.asUintN(64, value));
  }
  for (const values of found.values()) values.sort(ascending);
  return found;
}

/** Undefined where the element of a list that it is of, or another with its labels, came or went meanwhile. */
function compare(
  subject: Subject,
  before: Answers,
  snapshot: Snapshot,
  after: Answers,
  alike: Alike,
): Comparison | undefined {
  const { row, cpu, counter, metric, gauge, told } = subject;
  const { sysctl } = told;
  const bits = 'bits' in told ? told.bits : 64;
  const cut = (value: bigint): bigint => (gauge ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  const value = cpu === undefined ? sumOf(snapshot, row) : partOf(snapshot, row, cpu);
  const read = value === undefined ? undefined : cut(value);
  const answer = (answers: Answers): bigint | undefined => {
    const bytes = answers.get(sysctl);
    if ('valuesIn' in told) {
      const all = bytes === undefined ? [] : told.valuesIn(bytes);
      const values = alike.get(keyOfAlike(subject)) ?? [];
      if (value === undefined) return all[0];
      // Where each grows, the nth of them by value stays at or above what the nth of them was.
      return all.length === values.length ? all[values.indexOf(BigInt.asUintN(64, value))] : undefined;
    }
    const one = toldIn(bytes, told);
    if (one === undefined) throw new KvmError('sysctlbyname', `${sysctl} is no longer there`);
    return one;
  };
  const [first, last] = [answer(before), answer(after)];
  if (first === undefined || last === undefined) return undefined;
  const low = cut(first);
  const high = cut(last);
  const agrees = read !== undefined && liesBetween(low, read, high, gauge, bits);
  return { counter, metric, sysctl, before: low, read, after: high, agrees };
}
