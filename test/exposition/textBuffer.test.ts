import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Block } from '../../src/exposition/block.js';
import { TextBuffer } from '../../src/exposition/textBuffer.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { cpuIds, entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../support/entries.js';

const COUNTERS = 60;
const cpus = cpuIds(32);
const entries = Array.from({ length: COUNTERS }, (_, number) => {
  const name = `counter_${number}_total`;
  const family = familyOf(name, { help: 'Counts.', type: 'counter', cpu: 'per_cpu' });
  return entryOf(name, [fieldOf(family, { format: 'u64' })]);
});
const layout = layoutOf(entries, cpus);

/** Every part is `value`; the counters in `absent` cannot be read. */
function snapshotWith(value: bigint, absent: readonly number[] = []): Snapshot {
  const values = new BigUint64Array(COUNTERS * (cpus.length + 1)).fill(value);
  return snapshotOf(
    layout,
    values,
    entries.map((_, number) => (absent.includes(number) ? 2 : 0)),
  );
}

function expected(value: bigint, absent: readonly number[] = []): string {
  return entries
    .map(({ fields }) => fields[0]!.family.perCpuName)
    .filter((_, number) => !absent.includes(number))
    .map(
      (name) =>
        `# HELP ${name} Counts.\n# TYPE ${name} counter\n${cpus.map((id) => `${name}{cpu="${id}"} ${value}\n`).join('')}`,
    )
    .join('');
}

class Buffers {
  private readonly blocks = Block.of(layout);
  readonly all = TextBuffer.of(this.blocks);
  private readonly scratch = new Uint8Array(Math.max(...this.blocks.map((block) => block.largestSize())));

  render(snapshot: Snapshot): void {
    for (const buffer of this.all) buffer.render(snapshot, this.scratch);
  }

  borrow(): { text: () => string; release: () => void } {
    const borrowed = this.all.map((buffer) => buffer.borrow());
    return {
      text: () => Buffer.concat(borrowed.map(({ bytes }) => bytes)).toString(),
      release: () => {
        for (const { release } of borrowed) release();
      },
    };
  }

  get text(): string {
    const { text, release } = this.borrow();
    release();
    return text();
  }
}

describe('TextBuffer', () => {
  it('holds a part of the blocks, and moves what follows when a number gets longer or a counter is lost', () => {
    const buffers = new Buffers();
    assert.ok(buffers.all.length > 1 && buffers.all.length < COUNTERS / 4, `${buffers.all.length} buffers`);
    const steps: [bigint, number[]][] = [
      [9n, []],
      [10n, []],
      [2n ** 64n - 1n, [0, 7, 8, 59]],
      [11n, [7]],
      [3n, []],
    ];
    for (const [value, absent] of steps) {
      buffers.render(snapshotWith(value, absent));
      assert.equal(buffers.text, expected(value, absent));
    }
    buffers.render(snapshotWith(3n, Array.from(entries.keys())));
    assert.equal(buffers.text, '');
  });

  it('leaves alone what is being sent, however many renderings that lasts', () => {
    const buffers = new Buffers();
    buffers.render(snapshotWith(100n));
    const first = buffers.borrow();
    const alsoFirst = buffers.borrow();
    buffers.render(snapshotWith(200n));
    const second = buffers.borrow();
    buffers.render(snapshotWith(30_000n));
    assert.equal(first.text(), expected(100n));
    assert.equal(second.text(), expected(200n));
    first.release();
    buffers.render(snapshotWith(30_001n));
    assert.equal(alsoFirst.text(), expected(100n), 'one of two is not sent yet');
    alsoFirst.release();
    second.release();
    assert.equal(buffers.text, expected(30_001n));
    buffers.render(snapshotWith(30_002n));
    assert.equal(buffers.text, expected(30_002n));
  });
});
