/** Documents of made-up families and values: read back by a parser of its own, they say what was put in, in every format. */
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { valueFormats, type ValueFormat } from '../../../src/config/valueFormats.js';
import { protobuf } from '../../../src/exposition/formats/protobuf.js';
import { formats } from '../../../src/exposition/formats/registry.js';
import { Publisher } from '../../../src/exposition/publisher.js';
import type { Snapshot } from '../../../src/snapshots/snapshot.js';
import { Snapshots } from '../../../src/snapshots/snapshots.js';
import { entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../../support/entries.js';
import { parseProtobuf } from '../../support/protobufDocument.js';
import { parseDocument } from './parseDocument.js';
import { check, type Target } from './target.js';

interface MadeUp {
  readonly help: string;
  readonly isCounter: boolean;
  readonly cpu: 'sum' | 'per_cpu' | 'both';
  readonly format: ValueFormat;
  readonly labels: readonly string[];
  readonly values: readonly bigint[];
  readonly isDown: boolean;
}

const CPUS = [0, 2, 11];
const COLUMNS = CPUS.length + 1;
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(fc.constantFrom('\\', '"', '\n', 'n', '{', '}', ',', '=', ' ', 'é', '😀'), { maxLength: 12 })
    .map((all) => all.join('')),
);
const value = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 20n }),
  fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 2n ** 53n + 1n, 10n ** 19n),
);
const madeUp: fc.Arbitrary<MadeUp> = fc
  .record({
    help: text,
    isCounter: fc.boolean(),
    cpu: fc.constantFrom('sum' as const, 'per_cpu' as const, 'both' as const),
    format: fc.constantFrom('u64' as const, 'i64' as const),
    labels: fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
    values: fc.array(value, { minLength: 3 * COLUMNS, maxLength: 3 * COLUMNS }),
    isDown: fc.boolean(),
  })
  .map((one) => (one.isCounter ? { ...one, format: 'u64' as const } : one));

export const documentTarget: Target = {
  name: 'documents read back',
  share: 50_000,
  async run(seed, cases) {
    const counts = { samples: 0 };
    await check(
      'a document',
      fc.array(madeUp, { minLength: 1, maxLength: 4 }),
      async (all) => {
        const snapshot = snapshotFor(all);
        const snapshots = new Snapshots({ read: () => Promise.resolve(snapshot), reads: 0 }, undefined);
        const publisher = new Publisher(snapshots, { families: () => Promise.resolve([]) });
        const expected = samplesOf(all);
        for (const format of formats) {
          for (const takesGzip of [false, true]) {
            const { chunks, isGzip, release } = await publisher.document(format, { takesGzip });
            const bytes = Buffer.concat(chunks);
            release();
            const document = isGzip ? gunzipSync(bytes) : bytes;
            const { samples, helps } =
              format === protobuf ? parsedProtobuf(document) : parseDocument(document.toString(), format);
            assert.deepEqual(samples, format === protobuf ? rounded(expected) : expected);
            counts.samples += samples.size;
            all.forEach((one, index) => {
              for (const [name, help] of helps) {
                if (name.startsWith(`f${index}`)) assert.equal(help, one.help.replaceAll('\r', '\r'));
              }
            });
          }
        }
        snapshots.stop();
      },
      seed,
      cases,
    );
    return { cases, counts };
  },
};

/** As of parseDocument(). */
function parsedProtobuf(document: Buffer): { samples: Map<string, bigint>; helps: Map<string, string> } {
  const samples = new Map<string, bigint>();
  const helps = new Map<string, string>();
  for (const family of parseProtobuf(document)) {
    assert.ok(!helps.has(family.name), `${family.name} comes twice`);
    helps.set(family.name, family.help);
    for (const { labels, value } of family.samples) {
      const key = JSON.stringify([family.name, ...labels]);
      assert.ok(!samples.has(key), `${key} is there twice`);
      samples.set(key, BigInt(value));
    }
  }
  return { samples, helps };
}

/** To the nearest doubles. */
function rounded(samples: ReadonlyMap<string, bigint>): Map<string, bigint> {
  return new Map([...samples].map(([key, value]) => [key, BigInt(Number(value))]));
}

function nameOf({ isCounter }: MadeUp, index: number, perCpu: boolean): string {
  return `f${index}${perCpu ? '_per_cpu' : ''}${isCounter ? '_total' : ''}`;
}

function snapshotFor(all: readonly MadeUp[]): Snapshot {
  const entries = all.map((one, index) => {
    const family = familyOf(nameOf(one, index, false), {
      perCpuName: nameOf(one, index, true),
      help: one.help,
      type: one.isCounter ? 'counter' : 'gauge',
      cpu: one.cpu,
    });
    const fields = one.labels.map((label) =>
      fieldOf(family, { labels: [{ name: 'l', value: label }], format: one.format }),
    );
    return entryOf(`s${index}`, fields);
  });
  const values = all.flatMap((one) => one.values.slice(0, one.labels.length * COLUMNS));
  const states = all.map(({ isDown }) => (isDown ? 1 : 0));
  return snapshotOf(layoutOf(entries, CPUS), values, states);
}

/** The samples that must come out, keyed by name, label and CPU. */
function samplesOf(all: readonly MadeUp[]): Map<string, bigint> {
  const samples = new Map<string, bigint>();
  all.forEach((one, index) => {
    if (one.isDown) return;
    one.labels.forEach((label, row) => {
      const at = (column: number): bigint => {
        const word = one.values[row * COLUMNS + column]!;
        return valueFormats[one.format].signed ? BigInt.asIntN(64, word) : word;
      };
      if (one.cpu !== 'per_cpu') samples.set(JSON.stringify([nameOf(one, index, false), ['l', label]]), at(0));
      if (one.cpu === 'sum') return;
      CPUS.forEach((cpu, column) => {
        samples.set(JSON.stringify([nameOf(one, index, true), ['l', label], ['cpu', String(cpu)]]), at(column + 1));
      });
    });
  });
  return samples;
}
