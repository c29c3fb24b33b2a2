/** A counter that is read, by whichever way, between two looks at the sysctl that tells it. */
import type { Facts } from './facts.js';
import type { Sysctls } from './sysctls.js';

export interface Bracket {
  readonly before: bigint;
  /** Modulo 2^64, as the others. */
  readonly sum: bigint;
  readonly after: bigint;
}

/** Throws KvmError where one of the three could not be read. */
export function bracket(sysctls: Pick<Sysctls, 'unsigned'>, sysctl: string, readSum: () => bigint): Bracket {
  const before = sysctls.unsigned(sysctl);
  const sum = readSum();
  const after = sysctls.unsigned(sysctl);
  return { before, sum, after };
}

/** Over all ids, whether or not a CPU has them. */
export function sumOfCopies(
  { maxId }: Pick<Facts, 'maxId'>,
  readCopy: (cpu: number, into: BigUint64Array) => void,
): bigint {
  const copy = new BigUint64Array(1);
  let sum = 0n;
  for (let cpu = 0; cpu <= maxId; cpu++) {
    readCopy(cpu, copy);
    sum += copy[0] ?? 0n;
  }
  return BigInt.asUintN(64, sum);
}
