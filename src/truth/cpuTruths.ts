/** Which sysctl tells a value of each CPU by itself, where one does. */
import { WORD_BYTES } from '../kernel/address.js';
import { cpuTruth } from '../kernel/counterSysctls.js';
import type { SeriesLayout } from '../plan/layout.js';
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
export function toldParts({ rows, entries, cpus }: SeriesLayout, row: number): ToldPart[] {
  const { entry, member, offset } = rows[row] ?? {};
  const symbol = entries[entry ?? -1]?.symbol ?? '';
  const truth = cpuTruth(symbol, member);
  if (truth === undefined || offset === undefined) return [];
  // The elements of an array are rows of one member, the first of them at the member's start.
  const ofMember = rows.filter((one) => one.entry === entry && one.member === member);
  const at = offset - Math.min(...ofMember.map((one) => one.offset));
  const { sysctl, stride } = truth;
  return cpus.map((id, cpu) => ({
    cpu,
    name: `[${at / WORD_BYTES}] of CPU ${id}`,
    told: { sysctl, offset: at + id * stride, bits: 64 },
  }));
}
