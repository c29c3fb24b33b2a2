/** Covers: block.ts, textBuffer.ts, renderer.ts where instances come and go between two reads: what stays is taken over, and right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Block } from '../../src/exposition/block.js';
import { BodyPool } from '../../src/exposition/bodyPool.js';
import { formats } from '../../src/exposition/formats/registry.js';
import { Renderer } from '../../src/exposition/renderer.js';
import { layOutSeries, type SeriesLayout } from '../../src/plan/layout.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { cpuIds, entryOf, familyOf, fieldOf, placesOf, snapshotOf } from '../support/entries.js';
import { readable } from '../support/protobufDocument.js';

const cpus = cpuIds(3);
const entries = ['a', 'b', 'c'].map((symbol) =>
  entryOf(symbol, [
    fieldOf(familyOf(`${symbol}_one_total`, { type: 'counter' }), { format: 'u64' }),
    fieldOf(familyOf(`${symbol}_two`, { cpu: 'sum' }), { cellOffset: 8 }),
  ]),
);
const parts = { entries, faults: entries.map(() => undefined), bases: [], follows: [], cpus };

/** @param instances of the second entry: the others are there once */
function layOut(instances: readonly string[], before?: SeriesLayout): SeriesLayout {
  const once = placesOf([]);
  const labels = placesOf(...instances.map((value) => [{ name: 'instance', value }]));
  return layOutSeries(parts, [once, labels.length === 0 ? once : labels, once], before);
}

/** @param seed of its values; a row's values are made of its own name, so that they move with it */
function snapshotWith(layout: SeriesLayout, seed: number): Snapshot {
  const values = layout.rows.flatMap(({ entry, cellOffset, labels }) => {
    const name = Buffer.from(labels[0]?.value ?? '').reduce((sum, byte) => sum + byte, 0);
    const own = BigInt(1000 * entry + cellOffset + name);
    return [0n, 1n, 2n, 3n].map((column) => own * BigInt(seed) ** 3n + column);
  });
  return snapshotOf(layout, values);
}

async function documents(renderer: Renderer, snapshot: Snapshot): Promise<string[]> {
  await renderer.update(snapshot);
  const { chunks, release } = renderer.borrow();
  const texts = [Buffer.concat(chunks).toString()];
  release();
  for (const format of formats) {
    const { body, length } = await renderer.assemble(format);
    texts.push(readable(format, body.buffer.subarray(0, length)));
    body.release();
  }
  return texts;
}

describe('a renderer of the layout after', () => {
  it('goes on with the blocks whose rows are the same, and with no others', () => {
    const before = layOut(['x', 'y']);
    const blocks = Block.of(before);
    const after = Block.of(layOut(['x', 'z'], before), blocks);
    const isKept = after.map((block) => blocks.includes(block));
    assert.deepEqual(isKept, [true, true, true, false, false, false, true, true, true]);
  });

  it('gives what one gives that begins anew, whatever comes and goes, also while documents are being sent', async () => {
    const pool = new BodyPool();
    const steps = [['x'], ['x', 'y'], ['x', 'y'], ['y'], [], ['long_name', 'y', 'x'], ['x'], ['x', 'w']];
    let layout = layOut(steps[0]!);
    let renderer = new Renderer(layout, pool);
    const sent: { readonly expected: string; readonly text: () => string; readonly release: () => void }[] = [];
    for (const [step, instances] of steps.entries()) {
      const next = layOut(instances, layout);
      renderer = new Renderer(next, pool, renderer);
      layout = next;
      for (const seed of [10 * step + 1, 10 * step + 7]) {
        const snapshot = snapshotWith(layout, seed);
        const texts = await documents(renderer, snapshot);
        assert.deepEqual(texts, await documents(new Renderer(layout, new BodyPool()), snapshot), `step ${step}`);
        const { chunks, release } = renderer.borrow();
        sent.push({ expected: texts[0]!, text: () => Buffer.concat(chunks).toString(), release });
        if (sent.length > 3) sent.shift()!.release();
        for (const { expected, text } of sent) assert.equal(text(), expected, 'what is being sent stays as it is');
      }
    }
  });
});
