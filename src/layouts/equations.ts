/**
 * What a running kernel says of its counters besides the counters themselves: the sysctl that tells each one's sum, and padding, which
 * nothing counts. A layout that is not this kernel's breaks such an equation.
 */
import { WORD_BYTES, type KernelAddress } from '../kernel/address.js';
import { truthCandidates } from '../kernel/counterSysctls.js';
import { isNeverCounted } from '../kernel/neverCounted.js';
import type { ProvenReader } from '../kernel/reader.js';
import type { Sysctls } from '../kernel/sysctls.js';
import { answersOf, SysctlSizes, toldIn, type Answers, type Told } from '../kernel/told.js';
import { counterSums, NoCounterError, type SummedKernel } from './counterSums.js';

/** A value may change while it is compared, or be zeroed: it is wrong only where it never agrees. */
export const ATTEMPTS = 10;

/** A counter by what a layout says of it. */
export interface NamedCounter {
  /** The member's name; undefined for a symbol that is a counter by itself. */
  readonly member: string | undefined;
  /** Bytes from the symbol to its cell. */
  readonly offset: number;
  /** True where it only fills the struct. */
  readonly isPadding: boolean;
}

/** What the equations showed: a sysctl that names the counter agrees; one that tells the whole array does; or there is none. */
export type Agreement = 'names' | 'words' | 'none';

/** An equation that does not hold. */
export class EquationError extends Error {
  override readonly name = 'EquationError';
}

export type ToldKernel = SummedKernel & { readonly sysctls: Pick<Sysctls, 'bytes'> };

interface Equation {
  readonly counter: NamedCounter;
  readonly told: Told;
  readonly length: number;
}

/**
 * Holds the counters at `cells` against all that the kernel tells of them.
 * @param arrayBytes what a sysctl that tells all of the symbol has, where the symbol is an array of counters; undefined where it is not
 * @throws EquationError where something does not hold; KvmError where the kernel could not be asked
 */
export function testEquations(
  kernel: ToldKernel,
  reader: ProvenReader,
  symbol: { readonly name: string; readonly cells: KernelAddress },
  counters: readonly NamedCounter[],
  arrayBytes: number | undefined,
): Agreement {
  const sizes = new SysctlSizes(kernel.sysctls);
  const equations = counters
    .filter(({ member }) => !isNeverCounted(symbol.name, member, kernel.facts.osreldate))
    .flatMap((counter) => equationOf(symbol.name, counter, sizes) ?? []);
  const asked = equations.map(({ told }) => told.sysctl);
  const byArray = equations.filter(({ length }) => length > WORD_BYTES);
  const array = byArray[0];
  if (array !== undefined && arrayBytes !== undefined && array.length !== arrayBytes) {
    throw new EquationError(`${array.told.sysctl} has ${array.length} bytes, but the layout ${arrayBytes}`);
  }
  let left = equations;
  let wrong = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = answersOf(kernel.sysctls, asked);
    const sums = sumsOf(kernel, reader, symbol.cells, counters);
    const after = answersOf(kernel.sysctls, asked);
    const padding = counters.find((counter) => counter.isPadding && sums.get(counter) !== 0n && sums.has(counter));
    // A counter that the kernel has not allocated tells nothing, and its sysctl tells 0.
    left = left.filter((equation) => !agrees(equation, before, sums.get(equation.counter) ?? 0n, after));
    if (padding === undefined && left.length === 0) return kindOf(equations.filter(({ counter }) => sums.has(counter)));
    const [first] = left;
    wrong =
      first === undefined
        ? `${padding?.member ?? ''} is padding, but it counts`
        : `${first.counter.member ?? symbol.name} is not what ${first.told.sysctl} says`;
  }
  throw new EquationError(wrong);
}

/** The sums of those counters that the kernel has allocated. */
function sumsOf(
  kernel: ToldKernel,
  reader: ProvenReader,
  cells: KernelAddress,
  counters: readonly NamedCounter[],
): Map<NamedCounter, bigint> {
  const offsets = counters.map(({ offset }) => offset);
  try {
    const sums = counterSums(kernel, reader, cells, offsets);
    return new Map(
      counters.flatMap((counter, index) => {
        const sum = sums[index];
        return sum === undefined || sum === 'unset' ? [] : [[counter, sum] as const];
      }),
    );
  } catch (error) {
    if (!(error instanceof NoCounterError)) throw error;
    const name = counters.find(({ offset }) => offset === error.offset)?.member;
    throw new EquationError(`${name ?? 'it'} is no counter: ${error.message}`);
  }
}

/** Of those that were tested. A sysctl that tells one counter names it; one that tells the whole array says nothing of names. */
function kindOf(equations: readonly Equation[]): Agreement {
  if (equations.length === 0) return 'none';
  return equations.some(({ length }) => length <= WORD_BYTES) ? 'names' : 'words';
}

function equationOf(symbol: string, counter: NamedCounter, sizes: SysctlSizes): Equation | undefined {
  for (const { sysctl, offset } of truthCandidates(symbol, counter.offset, counter.member)) {
    const length = sizes.of(sysctl);
    if (length === undefined) continue;
    if (length === 4) return { counter, told: { sysctl, offset, bits: 32 }, length };
    if (length >= offset + WORD_BYTES) return { counter, told: { sysctl, offset, bits: 64 }, length };
  }
  return undefined;
}

function agrees({ told }: Equation, before: Answers, sum: bigint, after: Answers): boolean {
  const [first, last] = [valueIn(before, told), valueIn(after, told)];
  const read = BigInt.asUintN(told.bits, sum);
  // Between the two in either order: a gauge may go down.
  return first <= last ? first <= read && read <= last : last <= read && read <= first;
}

/** Throws EquationError where the sysctl does not tell it any more. */
function valueIn(answers: Answers, told: Told): bigint {
  const value = toldIn(answers.get(told.sysctl), told);
  if (value === undefined) throw new EquationError(`${told.sysctl} changed its size`);
  return value;
}
