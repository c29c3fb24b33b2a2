/**
 * The code in which messages are deflated that differ from the one before in a CPU's id and in a double. Of the bytes of a double the lowest
 * are 0, as many as the number is small, the highest is that of numbers from 2 to 2^513, and those between are any.
 */
import { makeCode, type CodeGroup } from './deflateCode.js';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const literalGroups: readonly CodeGroup[] = [
  [4, [0]],
  // What stands between the labels and a double: a match of 3 bytes, or of some more where doubles begin with the same.
  [5, [257]],
  // Matches of 35 to 98 bytes, the usual lengths of what stands before a CPU's id.
  [5, range(273, 278)],
  [6, [0x3f, 0x40, 0x41, 0x42, ...range(258, 261)]],
  [7, [...range(0x30, 0x39), ...range(262, 265), ...range(269, 272), ...range(279, 281)]],
  // With their extra bits, no more than 16.
  [11, range(282, 285)],
  [12, [256, ...range(266, 268)]],
];
/** Messages of 33 to 192 bytes are the usual ones. */
const distanceGroups: readonly CodeGroup[] = [
  [2, [11, 12]],
  [3, [10, 13, 14]],
];

export const messageCode = makeCode(literalGroups, distanceGroups);
