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
    report: { sequence: 0, takenAt: 0, durationSeconds: 0, reads: 0, bytes: 0, series: 1, symbols: [] },
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
});
