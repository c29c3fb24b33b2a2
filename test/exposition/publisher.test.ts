import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Publisher, type Document } from '../../src/exposition/publisher.js';
import { layOutSeries } from '../../src/plan/series.js';
import type { ReadReport, Snapshot } from '../../src/scrape/snapshot.js';

const family = { name: 'x', perCpuName: 'x_per_cpu', help: 'X.', type: 'gauge', cpu: 'sum' } as const;
const field = { family, labels: [], cellOffset: 0, offset: 0, format: 'i64' } as const;
const at = { file: 'x.yaml', line: 1, column: 1 };
const layout = layOutSeries(
  [{ kind: 'counters', symbol: 'x', optional: false, symbolSize: undefined, itemSize: 8, fields: [field], at }],
  [0],
);

/** A kernel whose one value is the number of the read. */
function makePublisher(interval?: number): Publisher {
  let snapshot: Snapshot = {
    layout,
    words: new Uint32Array(4),
    states: new Uint8Array(1),
    report: { sequence: 0, takenAt: 0, clock: 0, durationSeconds: 0, reads: 0, bytes: 0, series: 1, symbols: [] },
  };
  const take = (): Promise<Snapshot> => {
    const sequence = snapshot.report.sequence + 1;
    snapshot.words[0] = sequence;
    snapshot = { ...snapshot, report: { ...snapshot.report, sequence } };
    return Promise.resolve(snapshot);
  };
  const own = { render: ({ sequence }: ReadReport) => Promise.resolve(`own ${sequence}\n`) };
  return new Publisher({ take }, own, interval);
}

function text({ chunks, length, release }: Document): string {
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.length, length);
  release();
  return bytes.toString();
}

const first = '# HELP x X.\n# TYPE x gauge\nx 1\nown 1\n';

describe('Publisher', () => {
  it("publishes the kernel's series and then the exporter's own, of one read", async () => {
    const publisher = makePublisher();
    assert.equal(text(await publisher.document('text')), first);
    assert.equal(text(await publisher.document('text')), first.replaceAll('1', '2'));
  });

  it('publishes the newest snapshot of a loop, however often it is asked', async () => {
    const publisher = makePublisher(1_000_000);
    assert.equal(text(await publisher.document('text')), first);
    assert.equal(text(await publisher.document('text')), first);
    publisher.stop();
  });

  it('lets the values of a read be looked at, and not those that a failed one has overwritten in part', async () => {
    const good = makePublisher();
    assert.deepEqual(await good.look(({ words, report }) => [words[0], report.sequence]), [1, 1]);
    assert.deepEqual(await good.look(({ words, report }) => [words[0], report.sequence]), [2, 2]);

    const words = new Uint32Array(4);
    const report = {
      sequence: 1,
      takenAt: 0,
      clock: 0,
      durationSeconds: 0,
      reads: 0,
      bytes: 0,
      series: 1,
      symbols: [],
    };
    let fail: (() => void) | undefined;
    const take = (): Promise<Snapshot> => {
      words[0]!++;
      if (words[0] === 1) return Promise.resolve({ layout, words, states: new Uint8Array(1), report });
      return new Promise((_resolve, reject) => {
        fail = () => {
          reject(new Error('half of it'));
        };
      });
    };
    const publisher = new Publisher({ take }, { render: () => Promise.resolve('') }, 1);
    assert.equal(await publisher.look((snapshot) => snapshot.words[0]), 1);
    while (fail === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    // The loop still hands out the first read while the second is under way.
    const looks = publisher.look((snapshot) => snapshot.words[0]);
    await new Promise((resolve) => setImmediate(resolve));
    fail();
    await assert.rejects(looks, /half of it/);
    publisher.stop();
  });
});
