import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openmetrics2 } from '../../src/exposition/formats/openmetrics2.js';
import { openmetrics } from '../../src/exposition/formats/openmetrics.js';
import { protobuf } from '../../src/exposition/formats/protobuf.js';
import { formats } from '../../src/exposition/formats/registry.js';
import { text as textFormat } from '../../src/exposition/formats/text.js';
import type { OwnFamily, OwnMetrics } from '../../src/exposition/ownFamilies.js';
import { Publisher, type Document, type StartTime } from '../../src/exposition/publisher.js';
import type { Snapshot, SnapshotSource } from '../../src/snapshots/snapshot.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { cpuIds, entryOf, familyOf, fieldOf, layoutOf, reportOf, snapshotOf } from '../support/entries.js';

const layout = layoutOf([entryOf('x', [fieldOf(familyOf('x', { cpu: 'sum' }))])], [0]);

/** Of many CPUs, so that its lines are nearly all of it. */
const wide = layoutOf(
  Array.from({ length: 8 }, (_, number) => entryOf(`y${number}`, [fieldOf(familyOf(`y${number}`))])),
  cpuIds(600),
);

/** The number of the read. */
const own: OwnMetrics = {
  families: ({ sequence }) => {
    const family: OwnFamily = { name: 'own', help: 'O.', type: 'gauge', samples: [{ labels: [], value: sequence }] };
    return Promise.resolve([family]);
  },
};

/** A kernel whose first value is the number of the read. */
function publish(
  interval?: number,
  shown = layout,
  start?: StartTime,
): { readonly publisher: Publisher; readonly snapshots: Snapshots } {
  const values = new BigUint64Array(shown.rows.length * (shown.cpus.length + 1));
  let snapshot = snapshotOf(shown, values, undefined, reportOf({ sequence: 0 }));
  const source = {
    get reads() {
      return snapshot.report.sequence;
    },
    read: (): Promise<Snapshot> => {
      const sequence = snapshot.report.sequence + 1;
      snapshot.words[0] = sequence;
      snapshot = { ...snapshot, report: reportOf({ sequence }) };
      return Promise.resolve(snapshot);
    },
  };
  const snapshots = new Snapshots(source, interval);
  return { snapshots, publisher: new Publisher(snapshots, own, start) };
}

/** A kernel with one counter, which counts since the boot. */
function countedSource(): SnapshotSource {
  const counter = layoutOf([entryOf('n', [fieldOf(familyOf('n_total', { cpu: 'sum', type: 'counter' }))])], [0]);
  let sequence = 0;
  return {
    get reads() {
      return sequence;
    },
    read: (): Promise<Snapshot> => {
      const snapshot = snapshotOf(counter, [5n, 5n], undefined, reportOf({ sequence: ++sequence }));
      return Promise.resolve({ ...snapshot, sinceBoot: Uint8Array.of(1) });
    },
  };
}

function text({ chunks, length, release }: Document): string {
  const bytes = Buffer.concat(chunks);
  assert.equal(bytes.length, length);
  release();
  return bytes.toString('latin1');
}

const first = '# HELP x X.\n# TYPE x gauge\nx 1\n# HELP own O.\n# TYPE own gauge\nown 1\n';

describe('Publisher', () => {
  it("publishes the kernel's series and then the exporter's own, of one read", async () => {
    const { publisher } = publish();
    assert.equal(text(await publisher.document(textFormat)), first);
    assert.equal(text(await publisher.document(textFormat)), first.replaceAll('1', '2'));
  });

  it('publishes the newest snapshot of a loop, however often it is asked', async () => {
    const { publisher, snapshots } = publish(1_000_000);
    assert.equal(text(await publisher.document(textFormat)), first);
    assert.equal(text(await publisher.document(textFormat)), first);
    snapshots.stop();
  });

  it('tells with each read since when counters count as that is said then', async () => {
    let time: string | undefined = '1700000000.204';
    const start = { time: () => time, inLines: true };
    const publisher = new Publisher(new Snapshots(countedSource(), undefined), own, start);
    const told = async (format: typeof textFormat): Promise<string> => text(await publisher.document(format));
    for (const now of ['1700000000.204', '1700007200.204', undefined, '1700000000.204']) {
      time = now;
      const sample = (await told(openmetrics2)).split('\n').find((line) => line.startsWith('n_total'));
      assert.equal(sample, now === undefined ? 'n_total 5' : `n_total 5 st@${now}`);
      const line = (await told(openmetrics)).split('\n').find((line) => line.startsWith('n_created'));
      assert.equal(line, now === undefined ? undefined : `n_created ${now}`);
    }
  });

  it('tells no older start in what is kept of a read', async () => {
    let time = '1700000000.204';
    const snapshots = new Snapshots(countedSource(), 1_000_000);
    const publisher = new Publisher(snapshots, own, { time: () => time, inLines: true });
    for (const format of [openmetrics, openmetrics2, protobuf]) {
      for (const takesGzip of [false, true]) {
        const told = async (now: string): Promise<Buffer> => {
          time = now;
          const { chunks, release } = await publisher.document(format, { takesGzip });
          const all = Buffer.concat(chunks);
          release();
          return takesGzip ? gunzipSync(all) : all;
        };
        const first = await told('1700000000.204');
        assert.deepEqual(await told('1700000000.204'), first);
        assert.notDeepEqual(await told('1700007200.204'), first, format.name);
        assert.deepEqual(await told('1700000000.204'), first);
      }
    }
    snapshots.stop();
  });

  it('deflates itself what is wanted as gzip, in each format, once for all, and says so', async () => {
    const { publisher, snapshots } = publish(1_000_000, wide);
    for (const format of formats) {
      const plain = await publisher.document(format);
      const packed = await publisher.document(format, { takesGzip: true });
      const shared = await publisher.document(format, { takesGzip: true });
      assert.deepEqual([plain.isGzip, packed.isGzip, shared.isGzip], [false, true, true]);
      assert.equal(packed.chunks[0]!.buffer, shared.chunks[0]!.buffer, 'it was done once');
      // Of doubles, half the bytes are as good as random.
      const most = plain.length / (format === protobuf ? 3 : 4);
      assert.ok(packed.length < most, `${packed.length} of ${plain.length} bytes`);
      const expected = text(plain);
      for (const { chunks, release } of [packed, shared]) {
        assert.equal(gunzipSync(Buffer.concat(chunks)).toString('latin1'), expected);
        release();
      }
    }
    snapshots.stop();
  });

  it('gives the same text as gzip and as it is: of all series, of groups, and telling since when counters count', async () => {
    const loop = 1_000_000;
    const publishers = {
      small: publish(loop),
      groups: publish(loop, wide),
      created: publish(loop, wide, { time: () => '1700000000', inLines: true }),
    };
    const wanted = { small: {}, groups: { groups: () => true }, created: {} };
    for (const kind of ['small', 'groups', 'created'] as const) {
      const { publisher, snapshots } = publishers[kind];
      for (const format of formats) {
        const plain = await publisher.document(format, wanted[kind]);
        const [one, other] = await Promise.all(
          [0, 1].map(() => publisher.document(format, { ...wanted[kind], takesGzip: true })),
        );
        for (const { isGzip, chunks, length, release } of [one!, other!]) {
          assert.equal(isGzip, true);
          assert.deepEqual(gunzipSync(Buffer.concat(chunks)), Buffer.concat(plain.chunks));
          assert.equal(length, Buffer.concat(chunks).length);
          release();
        }
        const isShared = one!.chunks[0]!.buffer === other!.chunks[0]!.buffer;
        assert.equal(isShared, kind !== 'groups', 'what all get is made once');
        plain.release();
      }
      snapshots.stop();
    }
  });
});

describe('Publisher, of rows with as many and as long labels as there may be', () => {
  // More bytes from one line to the next than DEFLATE can look back.
  const labels = Array.from({ length: 30 }, (_, number) => ({ name: `label${number}`, value: '√'.repeat(500) }));
  const family = familyOf('long_total', { type: 'counter', cpu: 'both' });
  const rows = ['a', 'b', 'c'].map((last, row) =>
    fieldOf(family, { labels: [...labels.slice(1), { name: 'row', value: last }], cellOffset: 8 * row }),
  );
  const long = layoutOf([entryOf('long', rows)], cpuIds(3));

  for (const format of formats) {
    it(`compresses what it says in ${format.name}`, async (t) => {
      const { publisher, snapshots } = publish(1_000_000, long);
      t.after(() => {
        snapshots.stop();
      });
      const plain = await publisher.document(format);
      const packed = await publisher.document(format, { takesGzip: true });
      const bytes = gunzipSync(Buffer.concat(packed.chunks));
      assert.ok(plain.length > 9 * 2 ** 15);
      assert.ok(bytes.equals(Buffer.concat(plain.chunks)));
      packed.release();
      plain.release();
    });
  }
});
