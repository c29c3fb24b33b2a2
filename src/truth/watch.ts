/**
 * Keeps watch over what is published: after each read some counters are proven again, and one that disagrees with the kernel three times in
 * a row is withdrawn until it has agreed three times.
 */
import type { RunningKernel } from '../kernel/kernel.js';
import { READER_PROBE } from '../kernel/reader.js';
import { rowName, type SeriesLayout } from '../plan/layout.js';
import type { Judge, PartReading, Scraper } from '../scrape/scraper.js';
import { ITEM_OK, WITHDRAWN } from '../snapshots/itemStates.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isRead } from '../snapshots/values.js';
import { Budget } from './budget.js';
import { Course, type Group } from './course.js';
import { areMappingsProven } from './mappings.js';
import { Prover, type Finding, type Outcome, type Source, type Subject } from './prover.js';
import { DECISIVE, Standing, type Verdict } from './standing.js';

/** Milliseconds after which a turn begins no further proof. */
const TURN = 5;
/** Milliseconds from one look at the reader to the next. */
const LOOK_AT_READER = 60_000;
/** Of so many turns one is for counters that are withdrawn. */
const WITHDRAWN_EACH = 8;
/** What the log calls what is read by a reader. */
const ALL_COUNTERS = 'all counters';

/** A counter of which something else is thought than before. */
export interface TruthChange {
  /** As NamedRow has it; `all counters` where the way of reading them is wrong. */
  readonly counter: string;
  readonly verdict: Verdict;
  /** Who it disagrees with, such as `disagrees with vm.stats.vm.v_pdpages`; empty where it agrees. */
  readonly reason: string;
}

/** How the watch goes. */
export interface TruthReport {
  /** Proofs that were decided, by who was asked. */
  readonly checks: Readonly<Record<Source, number>>;
  readonly mismatches: Readonly<Record<Source, number>>;
  /** Counters that are not published because they disagree; doubted ones are. */
  readonly withdrawn: number;
  readonly doubted: number;
  /** Counters that nobody else tells here. */
  readonly unprovable: number;
  /** Seconds since the proof that lies longest back, of all that can be proven; 0 where there is nothing to prove. */
  readonly oldestProof: number;
}

type WatchedKernel = Pick<RunningKernel, 'facts' | 'memory' | 'sysctls'>;

/** What the proofs of one layout need. */
interface Watched {
  readonly layout: SeriesLayout;
  /** As in ReadReport: with another generation a symbol may have come, and a sysctl with it. */
  readonly generation: number;
  readonly course: Course;
  readonly standings: ReadonlyMap<Subject, Standing>;
  /** What reads the groups of the course, once they have been read. */
  readonly readings: Map<readonly Subject[], PartReading>;
}

/** What is proven together: a group of the course, or counters that are to be decided. */
interface Batch {
  readonly subjects: readonly Subject[];
  readonly group: Group | undefined;
}

export class TruthWatch implements Judge {
  private readonly prover: Prover;
  private readonly areMappingsProven: boolean;
  /** By rowName(): what is known of a counter outlives layouts and configs. */
  private readonly standings = new Map<string, Standing>();
  /** Of the way in which all are read. */
  private readonly reader = new Standing(performance.now());
  private readerLookedAt = -Infinity;
  private readonly checks = nonePerSource();
  private readonly mismatches = nonePerSource();
  private watched: Watched | undefined;
  private newest: Snapshot | undefined;
  /** Proofs of what is no whole group. */
  private turns = 0;
  /** True where a group of the course is proven next, whatever else there is to decide. */
  private isTurnOfCourse = false;
  /** Of each layout the items that are withdrawn, and why: around a reload two configs are read side by side. */
  private withdrawn = new WeakMap<SeriesLayout, ReadonlyMap<number, string>>();

  /** @param onChange told of each counter that is thought otherwise of than before */
  constructor(
    private readonly kernel: WatchedKernel,
    private readonly onChange: (change: TruthChange) => void,
    private readonly budget: Pick<Budget, 'allows' | 'charge' | 'pass'> = new Budget(),
  ) {
    this.prover = new Prover(kernel);
    this.areMappingsProven = areMappingsProven(kernel.facts.osreldate);
  }

  get report(): TruthReport {
    const { watched, newest } = this;
    const isAllWithdrawn = this.reader.verdict === 'withdrawn';
    let withdrawn = 0;
    let doubted = 0;
    let oldest = isAllWithdrawn ? this.reader.provenAt : Infinity;
    for (const [{ row }, { verdict, provenAt }] of watched?.standings ?? []) {
      if (isAllWithdrawn || verdict === 'withdrawn') withdrawn++;
      else if (verdict === 'doubted') doubted++;
      if (provenAt < oldest && newest?.layout === watched?.layout && newest !== undefined && isRead(newest, row))
        oldest = provenAt;
    }
    return {
      checks: this.checks,
      mismatches: this.mismatches,
      withdrawn,
      doubted,
      unprovable: watched?.course.unprovable ?? 0,
      oldestProof: oldest === Infinity ? 0 : (performance.now() - oldest) / 1000,
    };
  }

  withdraw(layout: SeriesLayout, states: Uint8Array, failures: Map<number, string>): void {
    let items = this.withdrawn.get(layout);
    if (items === undefined) {
      items = this.withdrawnItems(layout);
      this.withdrawn.set(layout, items);
    }
    for (const [item, reason] of items) {
      if (states[item] !== ITEM_OK) continue;
      states[item] = WITHDRAWN;
      failures.set(item, reason);
    }
  }

  /**
   * True where turn() may prove something.
   * @param share as there
   */
  hasBudget(share: number): boolean {
    return this.budget.allows(share);
  }

  /**
   * Proves as much as the budget allows after a read. Must not overlap with another read of the kernel.
   * @param snapshot of that read, whose values are still there
   * @param share of the process's CPU time, 0 to 1
   * @param mustGiveWay as in Prover.prove()
   */
  async turn(scraper: Scraper, snapshot: Snapshot, share: number, mustGiveWay: () => boolean): Promise<void> {
    // A read that failed may have begun another layout.
    if (snapshot.layout !== scraper.layout || !this.budget.allows(share)) return;
    const began = performance.now();
    const watched = this.follow(scraper, snapshot);
    // Once a turn: what a proof of it found waits for the next read.
    let pending: readonly Subject[] | undefined = this.pending(watched);
    const isDoubtful = this.reader.verdict !== 'good' || pending.length > 0;
    if (isDoubtful || began - this.readerLookedAt >= LOOK_AT_READER) this.lookAtReader(scraper);
    // What is read by a reader that is wrong is wrong as well.
    while (this.reader.verdict !== 'withdrawn') {
      const batch = this.choose(watched, snapshot, pending);
      if (batch === undefined || !(await this.prove(scraper, watched, snapshot, batch, mustGiveWay))) break;
      pending = undefined;
      this.budget.charge();
      if (performance.now() - began > TURN || !this.budget.allows(share)) break;
    }
    this.budget.charge();
  }

  /** Proves all that there is, whatever it costs, and what disagrees until that is decided. Must not overlap with another read. */
  async proveAll(scraper: Scraper): Promise<void> {
    const never = (): boolean => false;
    for (let round = 0; round < DECISIVE; round++) {
      const snapshot = await scraper.read();
      const watched = this.follow(scraper, snapshot);
      this.lookAtReader(scraper);
      if (this.reader.verdict === 'withdrawn') continue;
      const pending = this.pending(watched);
      const batches = round === 0 ? watched.course.groups.map(batchOf) : [{ subjects: pending, group: undefined }];
      for (const batch of batches) await this.prove(scraper, watched, snapshot, batch, never);
      if (this.pending(watched).length === 0) break;
    }
    this.budget.pass();
  }

  private follow(scraper: Scraper, snapshot: Snapshot): Watched {
    this.newest = snapshot;
    const { layout, report } = snapshot;
    const { watched } = this;
    if (watched?.layout === layout && watched.generation === report.generation) return watched;
    const course = new Course(this.kernel, layout, scraper.reader.libkvmAgrees);
    const now = performance.now();
    const standings = new Map<Subject, Standing>();
    const names = new Set<string>();
    for (const subject of course.subjects) {
      const name = rowName(layout, subject.row);
      const standing = this.standings.get(name) ?? new Standing(now);
      names.add(name);
      this.standings.set(name, standing);
      standings.set(subject, standing);
    }
    // Of what is gone only that is kept by which it would be withdrawn when it comes back.
    for (const [name, { verdict }] of this.standings) {
      if (verdict === 'good' && !names.has(name)) this.standings.delete(name);
    }
    if (watched !== undefined) course.resume(watched.course);
    this.watched = { layout, generation: report.generation, course, standings, readings: new Map() };
    return this.watched;
  }

  /**
   * What is to be proven now; undefined where nothing is.
   * @param pending what is to be decided; undefined where it is not the first proof of a turn
   */
  private choose(watched: Watched, { words }: Snapshot, pending: readonly Subject[] | undefined): Batch | undefined {
    if (pending !== undefined && !this.isTurnOfCourse) {
      const isTime = this.turns++ % WITHDRAWN_EACH === 0;
      const subjects = pending.length > 0 || !isTime ? pending : this.withdrawnOf(watched);
      // Where nothing of these can be decided, the others must not wait for it.
      this.isTurnOfCourse = subjects.length > 0;
      if (subjects.length > 0) return { subjects, group: undefined };
    }
    if (pending !== undefined) this.isTurnOfCourse = false;
    const now = performance.now();
    const group = watched.course.next(words, now);
    // One proof follows each read; others only where it is time for them.
    return group === undefined || (pending === undefined && !watched.course.isDue(group, words, now))
      ? undefined
      : batchOf(group);
  }

  private withdrawnOf({ course, standings }: Watched): Subject[] {
    const withdrawn = course.subjects.filter((subject) => standings.get(subject)?.verdict === 'withdrawn');
    return withdrawn.slice(0, course.few);
  }

  private pending({ course, standings }: Watched): Subject[] {
    const pending = course.subjects.filter((subject) => standings.get(subject)?.isPending);
    const untold = pending.filter(({ told }) => told === undefined).slice(0, course.few);
    return pending.filter((subject) => subject.told !== undefined || untold.includes(subject));
  }

  /** False where it gave way. */
  private async prove(
    scraper: Scraper,
    { course, standings, readings }: Watched,
    { layout, states, words }: Snapshot,
    { subjects, group }: Batch,
    mustGiveWay: () => boolean,
  ): Promise<boolean> {
    const isPublished = ({ row }: Subject): boolean => {
      const state = states[layout.itemOf[row] ?? -1];
      return state === ITEM_OK || state === WITHDRAWN;
    };
    if (!subjects.some(isPublished)) {
      if (group !== undefined) course.proven(group, words, performance.now());
      return true;
    }
    const turn = group?.turn ?? this.turns++;
    const reading = readings.get(subjects) ?? scraper.readingOf(subjects.map(({ row }) => row));
    // The groups come again and again; what is pending differs each time.
    if (group !== undefined) readings.set(subjects, reading);
    const { libkvmAgrees } = scraper.reader;
    const findings = await this.prover.prove(reading, subjects, libkvmAgrees, turn, mustGiveWay);
    if (findings === undefined) return false;
    if (group !== undefined) course.proven(group, words, performance.now());
    if (group === undefined && findings.some(({ outcome }) => outcome !== 'undecided')) this.isTurnOfCourse = false;
    for (const [subject, own] of bySubject(findings)) {
      const standing = standings.get(subject);
      if (standing !== undefined) this.judge(subject, standing, own);
    }
    return true;
  }

  private judge(subject: Subject, standing: Standing, findings: readonly Finding[]): void {
    const isTrusted = ({ source }: Finding): boolean =>
      source !== 'sysctl' || this.areMappingsProven || standing.isEstablished;
    for (const { source, outcome, value } of findings) {
      if (outcome === 'undecided') continue;
      this.checks[source]++;
      if (outcome === 'disagrees') this.mismatches[source]++;
      else if (source === 'sysctl' && value !== undefined) standing.agreedWith(value);
    }
    const against = findings.filter(({ outcome }) => outcome === 'disagrees');
    const worst = against.find(isTrusted) ?? against[0];
    const outcome: Outcome =
      worst?.outcome ?? (findings.some(({ outcome }) => outcome === 'agrees') ? 'agrees' : 'undecided');
    const reason = worst === undefined ? '' : `disagrees with ${tellerOf(worst)}`;
    const isNew = standing.note(outcome, reason, worst !== undefined && isTrusted(worst), performance.now());
    if (isNew) this.changed(subject.counter, standing);
  }

  private lookAtReader({ reader }: Scraper): void {
    const reason = `disagrees with ${READER_PROBE.sysctl}`;
    // It is proven by one counter, which never stands still nor goes back: what is wrong with it can be decided at once.
    do {
      this.readerLookedAt = performance.now();
      const outcome = this.prover.proveReader(reader);
      if (outcome !== 'undecided') this.checks.sysctl++;
      if (outcome === 'disagrees') this.mismatches.sysctl++;
      if (this.reader.note(outcome, reason, true, this.readerLookedAt)) this.changed(ALL_COUNTERS, this.reader);
      if (outcome === 'undecided') break;
    } while (this.reader.isPending);
  }

  private changed(counter: string, { verdict, reason }: Standing): void {
    this.withdrawn = new WeakMap();
    this.onChange({ counter, verdict, reason });
  }

  private withdrawnItems(layout: SeriesLayout): Map<number, string> {
    const items = new Map<number, string>();
    if (this.reader.verdict === 'withdrawn') {
      layout.items.forEach((_, item) => items.set(item, `the way of reading it ${this.reader.reason}`));
      return items;
    }
    if (![...this.standings.values()].some(({ verdict }) => verdict === 'withdrawn')) return items;
    layout.itemOf.forEach((item, row) => {
      const { verdict, reason } = this.standings.get(rowName(layout, row)) ?? { verdict: 'good', reason: '' };
      const member = layout.rows[row]?.member;
      if (verdict === 'withdrawn') items.set(item, member === undefined ? reason : `${member} ${reason}`);
    });
    return items;
  }
}

function batchOf(group: Group): Batch {
  return { subjects: group.subjects, group };
}

function bySubject(findings: readonly Finding[]): Map<Subject, Finding[]> {
  const by = new Map<Subject, Finding[]>();
  for (const finding of findings) by.set(finding.subject, [...(by.get(finding.subject) ?? []), finding]);
  return by;
}

function tellerOf({ source, subject }: Finding): string {
  return source === 'sysctl' && subject.told !== undefined ? subject.told.sysctl : source;
}

function nonePerSource(): Record<Source, number> {
  return { kvm_counter_u64_fetch: 0, kvm_read_zpcpu: 0, sysctl: 0 };
}
