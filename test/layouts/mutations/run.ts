/** Rounds: in each, one symbol of one kernel is laid out by data that are wrong in one way or two, and the outcome is judged. */
import { CtfError, ElfError, KernelFileError } from '../../../src/ctf/errors.js';
import { KvmError } from '../../../src/kernel/errors.js';
import { LayoutFolder, type LayoutData } from '../../../src/layouts/layoutFiles.js';
import { ProvenLayouts } from '../../../src/layouts/provenLayouts.js';
import type { SingleCounters, StructLayout } from '../../../src/layouts/structLayout.js';
import { ShapeError, UntoldError } from '../../../src/plan/shapes.js';
import { symbolShape, type BasedShape } from '../../../src/plan/symbolShape.js';
import { TypeSource } from '../../../src/plan/typeSource.js';
import { profileNames } from '../../../src/simulator/profiles.js';
import { Random } from '../../torture/random.js';
import { lieAbout, lies } from './lies.js';
import { mutators } from './mutators.js';
import { claims, judge, type Given, type Verdict } from './oracle.js';
import { openWorld, type Subject, type World } from './world.js';

export interface Options {
  readonly seed: number;
  readonly rounds: number;
  readonly onProgress?: (done: number) => void;
}

export interface Tally {
  rounds: number;
  refused: number;
  right: number;
  /** Accepted with wrong names that nothing on the kernel could tell. */
  untold: number;
  /** Accepted with wrong names that something could have told: a bug. */
  told: number;
}

export interface Result {
  /** By what was wrong. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Why nothing could tell, and how often. */
  readonly reasons: ReadonlyMap<string, number>;
  /** What should not have been accepted, or ended in an error that is none of a layout's. */
  readonly findings: readonly string[];
}

/** What a round tries. */
interface Trial {
  readonly world: World;
  readonly subject: Subject;
  readonly data: LayoutData;
  readonly given: Given;
  readonly lie: string | undefined;
}

const MAX_FINDINGS = 20;
/** Words. */
const LARGE = 200;
const files = new LayoutFolder();
const everyLayout = files.files.flatMap((name) => files.structsIn(name));
const everyLie = Object.keys(lies);
const everyMutation = Object.keys(mutators);

export async function runMutations({ seed, rounds, onProgress }: Options): Promise<Result> {
  const tallies = new Map<string, Tally>();
  const reasons = new Map<string, number>();
  const findings: string[] = [];
  const each = Math.ceil(rounds / profileNames.length);
  // One after the other: a process has one libkvm, and that one kernel.
  for (const [nth, profile] of profileNames.entries()) {
    const world = await openWorld(profile, seed, files);
    try {
      for (let round = 0; round < each; round++) {
        const random = new Random('round', seed, profile, round);
        const { what, ...trial } = trialOf(world, random);
        const verdict = tried(trial, random);
        const tally = tallyOf(tallies, what);
        tally.rounds++;
        if (verdict === undefined) tally.refused++;
        else if (verdict.kind === 'right') tally.right++;
        else if (verdict.kind === 'wrong' && verdict.teller === undefined) {
          tally.untold++;
          reasons.set(verdict.why, (reasons.get(verdict.why) ?? 0) + 1);
        } else {
          tally.told++;
          const again = `--seed ${seed} --rounds ${profileNames.length * (round + 1)} has it again`;
          if (findings.length < MAX_FINDINGS) findings.push(findingOf(trial, `${what} (${again})`, verdict));
        }
        if (round % 10_000 === 9999) onProgress?.(nth * each + round + 1);
      }
    } finally {
      await world.close();
    }
  }
  return { tallies, reasons, findings };
}

function trialOf(world: World, random: Random): Trial & { readonly what: string } {
  const isSingle = random.chance(1 / 20);
  const subject = isSingle ? random.pick(world.singles) : structIn(world, random);
  const lie = random.chance(1 / 10) ? random.pick(everyLie) : undefined;
  const { data, given, what } = isSingle ? singleData(world, subject, random) : structData(world, subject, random, lie);
  return {
    world,
    subject,
    data,
    given,
    lie,
    what: lie === undefined ? what : `${lie}${what === '' ? '' : ', and another fault'}`,
  };
}

/** One of hundreds of words takes as long as ten others, and is tried less often. */
function structIn({ structs }: World, random: Random): Subject {
  for (;;) {
    const subject = random.pick(structs);
    if (subject.truth.values.size < LARGE || random.chance(1 / 10)) return subject;
  }
}

type Data = Pick<Trial, 'data' | 'given'> & { readonly what: string };

function structData({ kernel }: World, { entry }: Subject, random: Random, lie: string | undefined): Data {
  const original = files.structs(entry.symbol);
  const { facts } = kernel;
  const own = original.findIndex((layout) => claims(layout, facts));
  let layouts = original;
  let what = '';
  const count = lie !== undefined && random.chance(0.5) ? 0 : random.chance(1 / 8) ? 2 : 1;
  for (let done = 0; done < count;) {
    const mutation = random.pick(everyMutation);
    const at = own >= 0 && own < layouts.length && random.chance(0.85) ? own : random.below(layouts.length);
    const changed = mutators[mutation]!({ layouts, at, random, osreldate: facts.osreldate, all: everyLayout });
    // Not every struct can be wrong in every way.
    if (changed === undefined) continue;
    layouts = changed;
    what = done === 0 ? mutation : 'two of these';
    done++;
  }
  const given = {
    hasTruth: own >= 0 && layouts.includes(original[own]!),
    claimsRelease: layouts.some((layout) => claims(layout, facts)),
  };
  return { data: dataOf(layouts, []), given, what };
}

/** Single counters have no names to be confused: a symbol is listed that is none, or for a release that has it or has it not. */
function singleData({ kernel }: World, { entry, truth }: Subject, random: Random): Data {
  const { osreldate } = kernel.facts;
  const isKnown = random.chance(0.5);
  const from = isKnown ? osreldate : osreldate + 1;
  const isCounter = truth.values.get(0)?.isCounter === true;
  return {
    data: dataOf([], [{ releases: [from, from + 1], symbols: new Set([entry.symbol]) }]),
    given: { hasTruth: false, claimsRelease: isKnown },
    what: `a ${isCounter ? 'counter' : 'value that is no counter'} listed for ${isKnown ? 'this' : 'another'} release`,
  };
}

function dataOf(layouts: readonly StructLayout[], counters: readonly SingleCounters[]): LayoutData {
  return { structs: () => layouts, counters: () => counters, named: () => [], symbols: () => [] };
}

/** Undefined where it was refused; an error that is no refusal is returned. */
function tried(
  { world, subject, data, given, lie }: Trial,
  random: Random,
): Verdict | { readonly kind: 'error'; readonly error: unknown } | undefined {
  const { kernel, reader } = world;
  kernel.lie = lie === undefined ? undefined : lieAbout(kernel, subject, lie, random);
  let based: BasedShape;
  try {
    based = symbolShape(subject.entry, subject.found, noTypes, new ProvenLayouts(kernel, reader, data));
  } catch (error) {
    return refusals.some((refusal) => error instanceof refusal) ? undefined : { kind: 'error', error };
  }
  return judge(kernel, subject, based, given);
}

const refusals = [ShapeError, KernelFileError, CtfError, ElfError, KvmError];

/** The kernel's files without types, without opening them in each round. */
class NoTypes extends TypeSource {
  constructor() {
    super({ files: () => [], symbolIn: () => undefined } as never, undefined);
  }

  override typesFor(): never {
    throw new UntoldError('no types');
  }
}
const noTypes = new NoTypes();

function tallyOf(tallies: Map<string, Tally>, what: string): Tally {
  let tally = tallies.get(what);
  if (tally === undefined) {
    tally = { rounds: 0, refused: 0, right: 0, untold: 0, told: 0 };
    tallies.set(what, tally);
  }
  return tally;
}

function findingOf(
  { world, subject }: Trial,
  what: string,
  verdict: Exclude<ReturnType<typeof tried>, undefined | { kind: 'right' }>,
): string {
  const where = `${world.profile} ${subject.entry.symbol}, ${what}`;
  if (verdict.kind === 'error') return `${where}: ${(verdict.error as Error).stack}`;
  const { name, offset, truth } = verdict.first;
  return `${where}: ${name} at ${offset} is ${truth ?? 'nothing'}; ${verdict.teller ?? ''} could have told`;
}
