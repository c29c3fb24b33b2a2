/** What a sysctl tells of a counter, and whether a sum that was read agrees with it. */
import { WORD_BYTES } from './address.js';
import { truthCandidates } from './counterSysctls.js';
import type { Sysctls } from './sysctls.js';

/** Where a counter's sum is told besides the counter itself. */
export interface Told {
  readonly sysctl: string;
  /** Bytes into what the sysctl tells. */
  readonly offset: number;
  /** How many bits of the sum are told there. */
  readonly bits: 32 | 64;
}

/** How many bytes each sysctl tells; asked once. */
export class SysctlSizes {
  private readonly known = new Map<string, number | undefined>();

  constructor(private readonly sysctls: Pick<Sysctls, 'bytes'>) {}

  /** Undefined where there is no such sysctl. Throws KvmError where it could not be read. */
  of(name: string): number | undefined {
    if (!this.known.has(name)) this.known.set(name, this.sysctls.bytes(name)?.length);
    return this.known.get(name);
  }
}

/** Where a counter of a symbol is told; why not, where the sysctl ends before it; undefined where no sysctl is about it. */
export function tellerOf(
  symbol: string,
  cellOffset: number,
  member: string | undefined,
  sizes: SysctlSizes,
): Told | string | undefined {
  for (const { sysctl, offset } of truthCandidates(symbol, cellOffset, member)) {
    const size = sizes.of(sysctl);
    if (size === undefined) continue;
    const bytes = Math.min(WORD_BYTES, size - offset);
    if (bytes === 4) return { sysctl, offset, bits: 32 };
    return bytes === WORD_BYTES ? { sysctl, offset, bits: 64 } : `${sysctl} ends before it`;
  }
  return undefined;
}

/** What sysctls told at one time, by name; undefined where there is none. */
export type Answers = ReadonlyMap<string, Buffer | undefined>;

/** Asks each once. Throws KvmError where one could not be read. */
export function answersOf(sysctls: Pick<Sysctls, 'bytes'>, names: Iterable<string>): Answers {
  return new Map([...new Set(names)].map((name) => [name, sysctls.bytes(name)]));
}

/** What the sysctl told, host byte order; undefined where it is shorter than it was. */
export function toldIn(bytes: Buffer | undefined, { offset, bits }: Told): bigint | undefined {
  if (bytes === undefined || bytes.length < offset + bits / 8) return undefined;
  return bits === 32 ? BigInt(bytes.readUInt32LE(offset)) : bytes.readBigUInt64LE(offset);
}

/** True where `value` lies between the two: a gauge's may be in either order; a counter's go up, maybe past the end of its bits. */
export function liesBetween(before: bigint, value: bigint, after: bigint, gauge: boolean, bits: number): boolean {
  if (!gauge) return BigInt.asUintN(bits, value - before) <= BigInt.asUintN(bits, after - before);
  const [low, between, high] = [before, value, after].map((each) => BigInt.asIntN(bits, each)) as [
    bigint,
    bigint,
    bigint,
  ];
  return low <= high ? low <= between && between <= high : high <= between && between <= low;
}
