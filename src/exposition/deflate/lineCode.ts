/**
 * The code in which per-CPU lines are deflated. All decimal digits have codes of one length, 0 to 9 in order: digits are written without
 * looking anything up but four bits each.
 */
import { makeCode, type CodeGroup } from './deflateCode.js';

/** Bits of a decimal digit. */
export const DIGIT_BITS = 4;

const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const literalGroups: readonly CodeGroup[] = [
  [DIGIT_BITS, bytesOf('0123456789')],
  // What ends the labels: once in each line.
  [5, bytesOf('"} ')],
  // Matches of 35 to 98 bytes, the usual lengths of names.
  [6, range(273, 278)],
  [7, [...range(269, 272), ...range(279, 281)]],
  [9, [...bytesOf('abcdefghijklmnopqrstuvwxyz_'), ...range(257, 268), ...range(282, 285)]],
  [10, [...bytesOf('\n#{=,.-'), ...bytesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZ')]],
];
/** Lines of 33 to 128 bytes are the usual ones. */
const distanceGroups: readonly CodeGroup[] = [
  [2, [11, 12]],
  [3, [10, 13]],
  [5, [9, 14]],
];

export const lineCode = makeCode(literalGroups, distanceGroups);

/** For two digits, as four bits each of their ASCII codes, the first one higher: their codes, the first one lower. */
export const twoDigits = Uint8Array.from({ length: 256 }, (_, pair) => {
  const first = pair >> 4;
  const second = pair & 15;
  const { bits } = lineCode.literals;
  return first > 9 || second > 9 ? 0 : bits[48 + first]! | (bits[48 + second]! << DIGIT_BITS);
});
