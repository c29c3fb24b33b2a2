import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_DECIMAL_BYTES, overwriteUnsigned, writeSigned, writeUnsigned } from '../../src/exposition/decimal.js';

const edges = [
  0n, 1n, 9n, 10n, 99n, 100n, 999n, 1000n, 9999n, 10_000n, 99_999_999n, 100_000_000n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n,
  2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 9_007_199_254_750_000n, 10n ** 18n, 10n ** 19n, 2n ** 63n - 1n, 2n ** 63n,
  2n ** 63n + 1n, 2n ** 64n - 10_000n, 2n ** 64n - 1n,
]; // prettier-ignore

type Writer = typeof writeUnsigned;

function written(write: Writer, bits: bigint): string {
  const into = new Uint8Array(MAX_DECIMAL_BYTES + 2).fill(0x2e);
  const end = write(new DataView(into.buffer), 1, Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  assert.equal(into[0], 0x2e, 'nothing before its place');
  assert.ok(
    into.subarray(end).every((byte) => byte === 0x2e),
    'nothing after its end',
  );
  return Buffer.from(into.subarray(1, end)).toString('latin1');
}

/** A repeatable sequence of 64-bit values, spread over all lengths. */
function* values(count: number): Generator<bigint> {
  let state = 0x9e37_79b9_7f4a_7c15n;
  for (let index = 0; index < count; index++) {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    yield state >> BigInt(index % 64);
  }
}

describe('decimal', () => {
  it('writes unsigned values with all their digits', () => {
    for (const value of [...edges, ...values(20_000)]) assert.equal(written(writeUnsigned, value), String(value));
  });

  it("writes signed values from their two's complement", () => {
    for (const value of [...edges, ...values(20_000)]) {
      assert.equal(written(writeSigned, value), String(BigInt.asIntN(64, value)));
      const negated = BigInt.asUintN(64, -value);
      assert.equal(written(writeSigned, negated), String(BigInt.asIntN(64, negated)));
    }
  });
});

describe('overwriteUnsigned', () => {
  const halves = (value: bigint): [number, number] => [Number(value & 0xffff_ffffn), Number(value >> 32n)];

  it('writes over as many digits, and leaves alone what has another number of them', () => {
    for (const value of [...edges, ...values(5_000)]) {
      const width = String(value).length;
      for (const room of [width - 1, width, width + 1].filter((digits) => digits > 0)) {
        const into = new Uint8Array(room + 2).fill(0x2e);
        const done = overwriteUnsigned(new DataView(into.buffer), 1, 1 + room, ...halves(value));
        const expected = room === width && value < 2n ** 53n && width <= 16;
        assert.equal(done, expected, `${value} into ${room} digits`);
        assert.equal(Buffer.from(into).toString('latin1'), done ? `.${value}.` : '.'.repeat(room + 2));
      }
    }
  });
});
