/** Covers: deflateCode.ts, lineCode.ts, messageCode.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  canonicalCode,
  distanceExtra,
  distanceSymbol,
  MAX_DISTANCE,
} from '../../../src/exposition/deflate/deflateCode.js';
import { lineCode } from '../../../src/exposition/deflate/lineCode.js';
import { messageCode } from '../../../src/exposition/deflate/messageCode.js';

/** What share of all bit strings begins with one of the codes. */
function share(lengths: Uint8Array): number {
  return lengths.reduce((sum, length) => sum + 2 ** -length, 0);
}

for (const [name, { literals, distances }] of [
  ['per-CPU lines', lineCode],
  ['messages', messageCode],
] as const) {
  describe(`the code of ${name}`, () => {
    it('is complete: zlib refuses codes that are not', () => {
      assert.equal(share(literals.lengths), 1);
      assert.equal(share(distances.lengths), 1);
    });

    it('has a code for every byte and every distance, and with their extra bits they fit into 16', () => {
      assert.ok(literals.lengths.every((length) => length >= 4 && length <= 14));
      assert.ok(distances.lengths.every((length) => length >= 2 && length <= 8));
      // Of the longest matches, and of the farthest distances that are looked up.
      for (let symbol = 265; symbol < 285; symbol++) assert.ok(literals.lengths[symbol]! + ((symbol - 261) >> 2) <= 16);
      for (let symbol = 0; symbol < 20; symbol++) assert.ok(distances.lengths[symbol]! + distanceExtra(symbol) <= 16);
    });
  });
}

describe('distances', () => {
  it('are told as RFC 1951, 3.2.5, does', () => {
    const examples = [1, 4, 5, 6, 7, 96, 97, 128, 129, 24_576, 24_577, MAX_DISTANCE];
    const symbols = [0, 3, 4, 4, 5, 12, 13, 13, 14, 28, 29, 29];
    const extras = [0, 0, 1, 1, 1, 5, 5, 5, 6, 13, 13, 13];
    assert.deepEqual(examples.map(distanceSymbol), symbols);
    assert.deepEqual(symbols.map(distanceExtra), extras);
  });
});

describe('canonicalCode', () => {
  it('gives the codes of the example in RFC 1951, 3.2.2', () => {
    const { bits, lengths } = canonicalCode(Uint8Array.of(3, 3, 3, 3, 3, 2, 4, 4));
    const codes = [...bits].map((code, symbol) =>
      Array.from({ length: lengths[symbol]! }, (_, bit) => (code >> bit) & 1).join(''),
    );
    assert.deepEqual(codes, ['010', '011', '100', '101', '110', '00', '1110', '1111']);
  });
});
