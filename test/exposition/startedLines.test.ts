import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Block } from '../../src/exposition/block.js';
import { StartedLines } from '../../src/exposition/startedLines.js';
import { entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../support/entries.js';

const family = familyOf('x_total', { type: 'counter', cpu: 'per_cpu' });
const fields = ['a', 'b', 'c'].map((value, row) =>
  fieldOf(family, { labels: [{ name: 'kind', value }], cellOffset: 8 * row, format: 'u64' }),
);
const layout = layoutOf(
  fields.map((field, index) => entryOf(`x${index}`, [field])),
  [0, 4],
);

describe('StartedLines', () => {
  it('tells of each line what the line says and since when it counts, whatever changes from one time to the next', () => {
    let state = 5n;
    const random = (below: bigint): bigint => {
      state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
      return (state >> 11n) % below;
    };
    const blocks = Block.of(layout);
    const kept = blocks.map((block) => new StartedLines(block));
    const scratch = new Uint8Array(4096);
    let values = Array.from({ length: 9 }, () => random(1000n));
    let told = 0;
    for (let step = 0; step < 600; step++) {
      // Mostly as many digits as before.
      values = values.map((value) => value + (random(20n) === 0n ? random(10n ** 17n) : random(3n)));
      const states = [0, 0, 0].map(() => (random(9n) === 0n ? 1 : 0));
      const since = [0, 0, 0].map(() => (random(9n) === 0n ? 0 : 1));
      const time = step < 300 ? '17.250' : '1800000000.000';
      const snapshot = snapshotOf(layout, values, states);
      blocks.forEach((block, index) => {
        if (!block.update(snapshot)) block.moveTo(scratch.slice(0, block.rewrite(snapshot, scratch)));
        const lines = Buffer.from(block.lines).toString();
        const expected = since[block.familyIndex] === 1 ? lines.replaceAll('\n', ` st@${time}\n`) : lines;
        const text = kept[index]!.of({ time, sinceBoot: Uint8Array.from(since) });
        assert.equal(Buffer.from(text).toString(), expected, `step ${step}`);
        told += expected.split(' st@').length - 1;
      });
    }
    assert.ok(told > 1000);
  });
});
