/** What a fuzzer is: a name, and a way to try so many cases that a seed decides. */
import fc from 'fast-check';

export interface Target {
  readonly name: string;
  /** Of a million cases how many are this one's; the rest follow. */
  readonly share: number;
  /** Throws an error that tells the shrunk case, and how to try it again, where the property does not hold. */
  run(seed: number, cases: number): Promise<Outcome>;
}

export interface Outcome {
  readonly cases: number;
  /** What became of the cases, such as how many were taken and refused. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Checks a property; what fails is told with the seed and path that bring it back. */
export async function check<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => void | Promise<void>,
  seed: number,
  cases: number,
): Promise<void> {
  const details = await fc.check(
    fc.asyncProperty(arbitrary, async (value) => property(value)),
    {
      seed,
      numRuns: cases,
      maxSkipsPerRun: 0,
    },
  );
  if (!details.failed) return;
  const { counterexample, counterexamplePath, errorInstance } = details;
  const shown = fc.stringify(
    counterexample?.map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString('latin1') : one)),
  );
  const why = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  throw new Error(`${name} (seed ${seed}, path ${counterexamplePath ?? ''}): ${shown.slice(0, 4000)}\n${why}`);
}
