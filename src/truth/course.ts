/** In which order the counters of one layout are proven: all in turn, a few at a time, what counts most sooner. */
import type { RunningKernel } from '../kernel/kernel.js';
import { KvmError } from '../kernel/errors.js';
import type { SeriesLayout } from '../plan/layout.js';
import { SUM_COLUMN, wordOf } from '../snapshots/values.js';
import { namedCounters } from './namedRows.js';
import type { Subject } from './prover.js';
import { SysctlSizes, tellerOf } from '../kernel/told.js';

/** Subjects of a group: enough to share the calls, few enough for a proof to be short. What one sysctl tells is kept together. */
const FEW = 32;
const MANY = 640;
/** Copies that a proof reads twice: a read of them takes some milliseconds. */
const MOST_COPIES = 32_768;
/** Calls of libkvm in one proof, each for one CPU's copy: they hold the thread. */
const MOST_CALLS = 2048;
/** Milliseconds in which each counter is to be proven, where the budget allows. */
export const PROVE_WITHIN = 600_000;
/** How much sooner than those at rest the busiest are proven. */
const MOST_HASTE = 8;
const TWO_32 = 0x1_0000_0000;

/** Counters that are proven together. */
export interface Group {
  readonly subjects: readonly Subject[];
  /** Milliseconds of the clock of the course; when it was proven last, -Infinity before. */
  provenAt: number;
  /** How often it was proven: whom of it libkvm is asked about takes turns. */
  turn: number;
  /** The sum of all its counters when it was proven. */
  total: number;
}

export class Course {
  readonly groups: readonly Group[];
  /** All of them, in the order of the layout. */
  readonly subjects: readonly Subject[];
  /** Counters without a sysctl that are proven together. */
  readonly few: number;
  /** Counters that nobody else tells on this kernel. */
  readonly unprovable: number;

  /** @param libkvmAgrees as ProvenReader has it */
  constructor(
    { sysctls, facts }: Pick<RunningKernel, 'facts' | 'sysctls'>,
    private readonly layout: SeriesLayout,
    libkvmAgrees: boolean,
  ) {
    const sizes = new SysctlSizes(sysctls);
    const counters = namedCounters(layout);
    const subjects = counters.flatMap((named): Subject[] => {
      const told = named.isElsewhere ? undefined : teller(named, sizes);
      return told === undefined && !libkvmAgrees ? [] : [{ ...named, told }];
    });
    this.subjects = subjects;
    this.unprovable = counters.length - subjects.length;
    this.few = Math.max(1, Math.min(FEW, Math.floor(MOST_CALLS / (facts.maxId + 1))));
    this.groups = grouped(
      subjects,
      this.few,
      Math.max(this.few, Math.min(MANY, Math.floor(MOST_COPIES / (facts.maxId + 1)))),
    ).map((group) => ({
      subjects: group,
      provenAt: -Infinity,
      turn: 0,
      total: 0,
    }));
  }

  /** Goes on where another one is, with what both have. */
  resume({ groups, layout }: Course): void {
    const before = new Map(groups.flatMap((group) => group.subjects.map(({ row }) => [layout.rows[row], group])));
    for (const group of this.groups) {
      const { provenAt, turn, total } = before.get(this.layout.rows[group.subjects[0]?.row ?? -1]) ?? group;
      Object.assign(group, { provenAt, turn, total });
    }
  }

  /**
   * The group that is to be proven before all others: the oldest of those whose time is over, else the one that is most urgent; undefined
   * where there is none.
   * @param words of the newest snapshot of the layout
   */
  next(words: Uint32Array, now: number): Group | undefined {
    const oldest = most(this.groups, ({ provenAt }) => now - provenAt);
    if (oldest === undefined || now - oldest.provenAt >= PROVE_WITHIN) return oldest;
    return most(this.groups, (group) => this.urgency(group, words, now));
  }

  /** True where a group ought to have been proven by now: the busier it is, the sooner. */
  isDue(group: Group, words: Uint32Array, now: number): boolean {
    return this.urgency(group, words, now) >= PROVE_WITHIN;
  }

  /** To be called when a group was proven. */
  proven(group: Group, words: Uint32Array, now: number): void {
    group.provenAt = now;
    group.turn++;
    group.total = this.totalOf(group, words);
  }

  /** Milliseconds since it was proven, the more for what counted since. */
  private urgency(group: Group, words: Uint32Array, now: number): number {
    const age = now - group.provenAt;
    if (age === Infinity || age <= 0) return age;
    const counted = Math.abs(this.totalOf(group, words) - group.total);
    return age * Math.min(MOST_HASTE, 1 + Math.log10(1 + (1000 * counted) / age));
  }

  private totalOf({ subjects }: Group, words: Uint32Array): number {
    let total = 0;
    for (const { row } of subjects) {
      const at = wordOf(this.layout, row, SUM_COLUMN);
      total += words[at]! + TWO_32 * words[at + 1]!;
    }
    return total;
  }
}

/** The first of the groups of which most is to be said; undefined where there are none. */
function most(groups: readonly Group[], of: (group: Group) => number): Group | undefined {
  let first: Group | undefined;
  let value = -Infinity;
  for (const group of groups) {
    const own = of(group);
    if (own <= value) continue;
    first = group;
    value = own;
  }
  return first;
}

/** Undefined also where it could not be found out. */
function teller({ symbol, cellOffset, member }: Omit<Subject, 'told'>, sizes: SysctlSizes): Subject['told'] {
  try {
    const told = tellerOf(symbol, cellOffset, member, sizes);
    return typeof told === 'string' ? undefined : told;
  } catch (error) {
    if (!(error instanceof KvmError)) throw error;
    return undefined;
  }
}

/** Subjects that follow each other, so that their copies lie near each other. */
function grouped(subjects: readonly Subject[], few: number, many: number): Subject[][] {
  const groups: Subject[][] = [];
  let group: Subject[] = [];
  for (const subject of subjects) {
    const last = group.at(-1);
    const isSameArray = last?.told !== undefined && last.told.sysctl === subject.told?.sysctl;
    if (group.length >= many || (group.length >= few && !isSameArray)) {
      groups.push(group);
      group = [];
    }
    group.push(subject);
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
