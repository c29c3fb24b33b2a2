/** Which sysctl tells a value of each CPU by itself, where one does. */
import { WORD_BYTES } from '../kernel/address.js';
import { cpuTruth } from '../kernel/counterSysctls.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { NamedRow } from './namedRows.js';
import type { Told } from '../kernel/told.js';

/** A CPU's part of a row, and where it is told. */
export interface ToldPart {
  /** Index into SeriesLayout.cpus. */
  readonly cpu: number;
  /** Such as `[2] of CPU 5`, for the element of an array. */
  readonly name: string;
  readonly told: Told;
}

/** The parts of a row that are told; none where no sysctl tells them. */
export function toldParts(
  { cpus }: Pick<SeriesLayout, 'cpus'>,
  { symbol, member, element = 0 }: Pick<NamedRow, 'symbol' | 'member' | 'element'>,
): ToldPart[] {
  const truth = cpuTruth(symbol, member);
  if (truth === undefined) return [];
  const { sysctl, stride } = truth;
  return cpus.map((id, cpu) => ({
    cpu,
    name: `[${element}] of CPU ${id}`,
    told: { sysctl, offset: element * WORD_BYTES + id * stride, bits: 64 },
  }));
}
