/**
 * Proves counters again while they are being published: reads them, asks who else knows them, and reads them once more. What is said in
 * between must lie between the two, and so must each CPU's part.
 */
import type { ZpcpuPointer } from '../kernel/address.js';
import { bracket, sumOfCopies } from '../kernel/bracket.js';
import { KvmError } from '../kernel/errors.js';
import type { RunningKernel } from '../kernel/kernel.js';
import { READER_PROBE, type ProvenReader } from '../kernel/reader.js';
import type { PartReading } from '../scrape/scraper.js';
import { columnsOf, isRead, SUM_COLUMN, wordOf } from '../snapshots/values.js';
import type { NamedRow } from './namedRows.js';
import { liesBetween, toldIn, type Answers, type Told } from '../kernel/told.js';

/** Who else knows a counter: libkvm's own sum, its read of one CPU's copy, or the kernel's own sum. */
export const sources = ['kvm_counter_u64_fetch', 'kvm_read_zpcpu', 'sysctl'] as const;
export type Source = (typeof sources)[number];

/** `undecided`: what happened meanwhile, such as a reset, explains any difference, or one of the three could not be read. */
export type Outcome = 'agrees' | 'disagrees' | 'undecided';

/** A counter and who can be asked about it. */
export interface Subject extends NamedRow {
  /** Undefined where no sysctl tells it. */
  readonly told: Told | undefined;
}

export interface Finding {
  readonly subject: Subject;
  readonly source: Source;
  readonly outcome: Outcome;
  /** What was said; undefined where nothing was. */
  readonly value: bigint | undefined;
}

type ProvingKernel = Pick<RunningKernel, 'facts' | 'memory' | 'sysctls'>;

/** A counter that goes up and down, or is zeroed, may differ by chance: only what differs each time disagrees. */
const ATTEMPTS = 3;

/** What was said of a counter between two reads. */
interface Answer {
  readonly source: Source;
  readonly value: bigint | undefined;
  readonly bits: 32 | 64;
  /** The column of the read that it is about. */
  readonly column: number;
}

export class Prover {
  constructor(private readonly kernel: ProvingKernel) {}

  /**
   * Must not overlap with another read of the kernel. Gives undefined where it gave way.
   * @param reading of the rows of the subjects, in their order
   * @param libkvmAgrees as ProvenReader has it
   * @param turn whose turn it is: libkvm is asked for the sum of one counter, and for one CPU's copy of it, where its arithmetic is this
   *   kernel's; its sum of all counters that no sysctl tells is asked for besides
   * @param mustGiveWay asked between the steps: true where somebody waits for a read
   */
  async prove(
    reading: PartReading,
    subjects: readonly Subject[],
    libkvmAgrees: boolean,
    turn: number,
    mustGiveWay: () => boolean,
  ): Promise<Finding[] | undefined> {
    const asked = subjects[turn % subjects.length];
    // Of each counter every CPU's copy has its turn.
    const cpu = (turn + Math.floor(turn / subjects.length)) % reading.layout.cpus.length;
    const findings = new Map<Subject, Finding[]>();
    let left = subjects.map((subject, row) => ({ subject, row }));
    await reading.read();
    for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
      if (mustGiveWay()) return undefined;
      const before = { words: reading.words.slice(), states: reading.states.slice(), layout: reading.layout };
      const pointers = left.map(({ row }) => (isRead(before, row) ? reading.pointerTo(row) : undefined));
      const sysctls = this.askSysctls(left.map(({ subject }) => subject));
      const answers = left.map(({ subject }, index) => {
        const pointer = libkvmAgrees ? pointers[index] : undefined;
        const fetched: Answer[] = [];
        if (pointer !== undefined && subject === asked) fetched.push(this.copyOf(pointer, cpu));
        if (pointer !== undefined && (subject === asked || subject.told === undefined))
          fetched.push(this.sumOf(pointer));
        return [...fetched, ...answerOf(subject, sysctls)];
      });
      await reading.read();
      left = left.filter(({ subject, row }, index) => {
        const isSamePlace = reading.pointerTo(row) === pointers[index];
        const own = answers[index]!.map(({ source, value, bits, column }): Finding => {
          const outcome =
            value !== undefined && isSamePlace && isRead(before, row) && isRead(reading, row)
              ? judge(before, reading, row, subject.gauge, { source, value, bits, column })
              : 'undecided';
          return { subject, source, outcome, value };
        });
        findings.set(subject, own);
        return own.some(({ outcome }) => outcome === 'disagrees');
      });
    }
    return [...findings.values()].flat();
  }

  /**
   * Reads the counter of the self-test by the reader that was chosen, between two looks at its sysctl. A new CPU, or whatever else makes
   * the reader wrong, shows here first.
   */
  proveReader({ layout, layoutAgrees, probe }: ProvenReader): Outcome {
    const { memory, sysctls, facts } = this.kernel;
    try {
      const { before, sum, after } = bracket(sysctls, READER_PROBE.sysctl, () =>
        sumOfCopies(facts, (cpu, into) => {
          if (layoutAgrees) memory.read(layout.copy(probe, cpu), into);
          else memory.readZpcpu(probe, into, cpu);
        }),
      );
      if (after < before) return 'undecided';
      return liesBetween(before, sum, after, false, 64) ? 'agrees' : 'disagrees';
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return 'undecided';
    }
  }

  /** Each sysctl once, whatever of it is wanted. */
  private askSysctls(subjects: readonly Subject[]): Answers {
    const answers = new Map<string, Buffer | undefined>();
    for (const { told } of subjects) {
      if (told === undefined || answers.has(told.sysctl)) continue;
      answers.set(
        told.sysctl,
        answer(() => this.kernel.sysctls.bytes(told.sysctl)),
      );
    }
    return answers;
  }

  private copyOf(pointer: ZpcpuPointer, cpu: number): Answer {
    const { memory, facts } = this.kernel;
    const copy = new BigUint64Array(1);
    const value = answer(() => {
      memory.readZpcpu(pointer, copy, facts.cpus[cpu]!);
      return copy[0]!;
    });
    return { source: 'kvm_read_zpcpu', value, bits: 64, column: cpu + 1 };
  }

  private sumOf(pointer: ZpcpuPointer): Answer {
    const value = answer(() => this.kernel.memory.counterU64Fetch(pointer));
    return { source: 'kvm_counter_u64_fetch', value, bits: 64, column: SUM_COLUMN };
  }
}

function answerOf({ told }: Subject, sysctls: Answers): Answer[] {
  if (told === undefined) return [];
  const value = toldIn(sysctls.get(told.sysctl), told);
  return [{ source: 'sysctl', value, bits: told.bits, column: SUM_COLUMN }];
}

/** Undefined where the kernel did not answer. */
function answer<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof KvmError)) throw error;
    return undefined;
  }
}

type Read = Pick<PartReading, 'layout' | 'words' | 'states'>;

/** Whether what was said lies between what was read before and after. */
function judge(
  before: Read,
  after: Read,
  row: number,
  gauge: boolean,
  { source, value, bits, column }: Answer & { readonly value: bigint },
): Outcome {
  const motion = motionOf(before, after, row);
  // Of what goes both ways only what stood still can be told; of what grows nothing where it was zeroed, or went past its end.
  if (gauge ? motion !== 'none' : motion === 'back') return 'undecided';
  const [low, high] = [bitsAt(before, row, column), bitsAt(after, row, column)];
  if (liesBetween(low, value, high, false, bits)) return 'agrees';
  // kvm_counter_u64_fetch(3) says 0 for any error, too.
  return source === 'kvm_counter_u64_fetch' && value === 0n ? 'undecided' : 'disagrees';
}

/** How a row's parts moved: none of them, only up, or one of them back. */
function motionOf(before: Read, after: Read, row: number): 'none' | 'up' | 'back' {
  const { layout, words } = before;
  let motion: 'none' | 'up' = 'none';
  for (let column = SUM_COLUMN + 1; column < columnsOf(layout); column++) {
    const at = wordOf(layout, row, column);
    const [low, high] = [words[at]!, words[at + 1]!];
    const [newLow, newHigh] = [after.words[at]!, after.words[at + 1]!];
    if (newLow === low && newHigh === high) continue;
    if (newHigh < high || (newHigh === high && newLow < low)) return 'back';
    motion = 'up';
  }
  return motion;
}

function bitsAt({ layout, words }: Read, row: number, column: number): bigint {
  const at = wordOf(layout, row, column);
  return (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!);
}
