import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Publisher, type Document } from '../../src/exposition/publisher.js';
import { layOutSeries } from '../../src/plan/series.js';
import type { ReadReport, Snapshot } from '../../src/snapshots/snapshot.js';

const family = { name: 'x', perCpuName: 'x_per_cpu', help: 'X.', type: 'gauge', cpu: 'sum' } as const;
const field = { family, labels: [], cellOffset: 0, offset: 0, format: 'i64' } as const;
const at = { file: 'x.yaml', line: 1, column: 1 };
const layout = layOutSeries(
  [{ kind: 'counters', symbol: 'x', optional: false, symbolSize: undefined, itemSize: 8, fields: [field], at }],
  [0],
);

/** Of so many CPUs that its lines are worth deflating. */
const wide = layOutSeries(
  Array.from({ length: 8 }, (_, number) => {
    const own = { ...family, name: `y${number}`, perCpuName: `y${number}_per_cpu`, cpu: 'both' as const };
    return {
      kind: 'counters' as const,
      symbol: own.name,
      optional: false,
      symbolSize: undefined,
      itemSize: 8,
      fields: [{ ...field, family: own }],
      at,
    };
  }),
  Array.from({ length: 600 }, (_, id) => id),
);

/** A kernel whose first value is the number of the read. */
function makePublisher(interval?: number, shown = layout, created?: string): Publisher {
  let snapshot: Snapshot = {
    layout: shown,
    words: new Uint32Array(2 * shown.rows.length * (shown.cpus.length + 1)),
    states: new Uint8Array(shown.items.length),
    report: { sequence: 0, takenAt: 0, clock: 0, durationSeconds: 0, reads: 0, bytes: 0, series: 1, symbols: [] },
  };
  const source = {
    get reads() {
      return snapshot.report.sequence;
    },
    take: (): Promise<Snapshot> => {
      const sequence = snapshot.report.sequence + 1;
      snapshot.words[0] = sequence;
      snapshot = { ...snapshot, report: { ...snapshot.report, sequence } };
      return Promise.resolve(snapshot);
    },
  };
  const own = { render: ({ sequence }: ReadReport) => Promise.resolve(`own ${sequence}\n`) };
  return new Publisher(source, own, interval, created);
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

  it('deflates itself what is large and wanted as gzip, in either format, and says so', async () => {
    const publisher = makePublisher(1_000_000, wide);
    for (const format of ['text', 'openmetrics'] as const) {
      const plain = await publisher.document(format);
      const packed = await publisher.document(format, { takesGzip: true });
      const shared = await publisher.document(format, { takesGzip: true });
      assert.deepEqual([plain.isGzip, packed.isGzip, shared.isGzip], [false, true, true]);
      assert.equal(packed.chunks[0]!.buffer, shared.chunks[0]!.buffer, 'it was done once');
      assert.ok(packed.length < plain.length / 4, `${packed.length} of ${plain.length} bytes`);
      const expected = text(plain);
      for (const { chunks, release } of [packed, shared]) {
        assert.equal(gunzipSync(Buffer.concat(chunks)).toString(), expected);
        release();
      }
    }
    publisher.stop();
  });

  it('compresses by zlib what is small, or only groups, or tells since when counters count: the same text', async () => {
    const loop = 1_000_000;
    const publishers = {
      small: makePublisher(loop),
      groups: makePublisher(loop, wide),
      created: makePublisher(loop, wide, '1700000000'),
    };
    const wanted = { small: {}, groups: { groups: () => true }, created: {} };
    for (const kind of ['small', 'groups', 'created'] as const) {
      const publisher = publishers[kind];
      for (const format of ['text', 'openmetrics'] as const) {
        const plain = await publisher.document(format, wanted[kind]);
        const [one, other] = await Promise.all(
          [0, 1].map(() => publisher.document(format, { ...wanted[kind], takesGzip: true })),
        );
        for (const { isGzip, chunks, length, release } of [one!, other!]) {
          assert.equal(isGzip, true);
          assert.equal(gunzipSync(Buffer.concat(chunks)).toString(), Buffer.concat(plain.chunks).toString());
          assert.equal(length, Buffer.concat(chunks).length);
          release();
        }
        const isShared = one!.chunks[0]!.buffer === other!.chunks[0]!.buffer;
        assert.equal(isShared, kind !== 'groups', 'what all get is made once');
        plain.release();
      }
      publisher.stop();
    }
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
    const publisher = new Publisher({ take, reads: 0 }, { render: () => Promise.resolve('') }, 1);
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
