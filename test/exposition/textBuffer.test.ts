import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../../src/config/model.js';
import { Block } from '../../src/exposition/block.js';
import { Page } from '../../src/exposition/textBuffer.js';
import { layOutSeries } from '../../src/plan/series.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';

const COUNTERS = 60;
const cpus = Array.from({ length: 32 }, (_, id) => id);
const entries = Array.from({ length: COUNTERS }, (_, number): Entry => {
  const name = `counter_${number}_total`;
  const family = { name, perCpuName: `per_cpu_${name}`, help: 'Counts.', type: 'counter', cpu: 'per_cpu' } as const;
  const field = { family, labels: [], cellOffset: 0, offset: 0, format: 'u64' } as const;
  const at = { file: 'x.yaml', line: 1, column: 1 };
  return { kind: 'counters', symbol: name, optional: false, symbolSize: undefined, itemSize: 8, fields: [field], at };
});
const layout = layOutSeries(entries, cpus);

/** Every part is `value`; the counters in `absent` cannot be read. */
function snapshotOf(value: bigint, absent: readonly number[] = []): Snapshot {
  const words = new BigUint64Array(COUNTERS * (cpus.length + 1)).fill(value);
  const states = Uint8Array.from(entries, (_, number) => (absent.includes(number) ? 2 : 0));
  const report = { sequence: 1, takenAt: 0, clock: 0, durationSeconds: 0, reads: 0, bytes: 0, series: 0, symbols: [] };
  return { layout, words: new Uint32Array(words.buffer), states, report };
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

class Pages {
  private readonly blocks = Block.of(layout);
  readonly pages = Page.of(this.blocks);
  private readonly scratch = new Uint8Array(Math.max(...this.blocks.map((block) => block.largestSize())));

  render(snapshot: Snapshot): void {
    for (const page of this.pages) page.render(snapshot, this.scratch);
  }

  borrow(): { text: () => string; release: () => void } {
    const borrowed = this.pages.map((page) => page.borrow());
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

describe('Page', () => {
  it('holds a part of the blocks, and moves what follows when a number gets longer or a counter is lost', () => {
    const pages = new Pages();
    assert.ok(pages.pages.length > 1 && pages.pages.length < COUNTERS / 4, `${pages.pages.length} pages`);
    const steps: [bigint, number[]][] = [
      [9n, []],
      [10n, []],
      [2n ** 64n - 1n, [0, 7, 8, 59]],
      [11n, [7]],
      [3n, []],
    ];
    for (const [value, absent] of steps) {
      pages.render(snapshotOf(value, absent));
      assert.equal(pages.text, expected(value, absent));
    }
    pages.render(snapshotOf(3n, Array.from(entries.keys())));
    assert.equal(pages.text, '');
  });

  it('leaves alone what is being sent, however many renderings that lasts', () => {
    const pages = new Pages();
    pages.render(snapshotOf(100n));
    const first = pages.borrow();
    const alsoFirst = pages.borrow();
    pages.render(snapshotOf(200n));
    const second = pages.borrow();
    pages.render(snapshotOf(30_000n));
    assert.equal(first.text(), expected(100n));
    assert.equal(second.text(), expected(200n));
    first.release();
    pages.render(snapshotOf(30_001n));
    assert.equal(alsoFirst.text(), expected(100n), 'one of two is not sent yet');
    alsoFirst.release();
    second.release();
    assert.equal(pages.text, expected(30_001n));
    pages.render(snapshotOf(30_002n));
    assert.equal(pages.text, expected(30_002n));
  });
});
