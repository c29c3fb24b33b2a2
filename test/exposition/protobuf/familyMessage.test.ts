/** Covers: familyMessage.ts, and block.ts where it tells its values as doubles: what is kept from one rendering to the next is right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Block } from '../../../src/exposition/block.js';
import { familyBytes, FamilyMessage } from '../../../src/exposition/protobuf/familyMessage.js';
import { entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../../support/entries.js';
import { parseProtobuf } from '../../support/protobufDocument.js';

const label = (value: string) => [{ name: 'kind', value }];
const family = familyOf('x_bytes_total', { type: 'counter', unit: 'bytes', help: 'What "x" is,\né.', cpu: 'per_cpu' });
const gauge = familyOf('level', { cpu: 'per_cpu' });
const layout = layoutOf(
  [
    entryOf(
      'x',
      ['a', 'b\n"'].map((kind, row) => fieldOf(family, { labels: label(kind), cellOffset: 8 * row, format: 'u64' })),
    ),
    entryOf('level', [fieldOf(gauge)]),
  ],
  [0, 7],
);

/** The message of each block after a rendering. */
class Rendered {
  private readonly blocks = Block.of(layout);
  private readonly messages = this.blocks.map((block) => new FamilyMessage(block));
  private readonly scratch = new Uint8Array(4096);

  of(values: readonly bigint[], states: readonly number[], sinceBoot?: readonly number[], time = '17.25'): Buffer {
    const snapshot = snapshotOf(layout, values, states);
    for (const block of this.blocks) {
      if (!block.update(snapshot)) block.moveTo(this.scratch.slice(0, block.rewrite(snapshot, this.scratch)));
    }
    const start = sinceBoot === undefined ? undefined : { time, sinceBoot: Uint8Array.from(sinceBoot) };
    return Buffer.concat(this.messages.map((message) => message.of(start).bytes));
  }
}

/** Sums are not published here, so that only parts are told. */
const valuesOf = (parts: readonly bigint[]): bigint[] => [0, 2, 4].flatMap((at) => [0n, ...parts.slice(at, at + 2)]);

describe('FamilyMessage', () => {
  it('is what a new one is, whatever values change, rows come and go, and starts are withdrawn', () => {
    let state = 9n;
    const random = (below: bigint): bigint => {
      state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
      return (state >> 11n) % below;
    };
    const kept = new Rendered();
    let samples = 0;
    for (let step = 0; step < 400; step++) {
      const values = valuesOf(Array.from({ length: 6 }, () => random(2n ** 64n) >> random(64n)));
      const states = [0, 0, 0].map(() => (random(6n) === 0n ? 1 : 0));
      const since = random(8n) === 0n ? undefined : [0, 0, 0].map(() => (random(5n) === 0n ? 0 : 1));
      const time = step < 200 ? '17.25' : '18.000';
      const bytes = kept.of(values, states, since, time);
      assert.deepEqual(bytes, new Rendered().of(values, states, since, time), `step ${step}`);
      samples += parseProtobuf(bytes).reduce((sum, one) => sum + one.samples.length, 0);
    }
    assert.ok(samples > 400);
  });

  it('says name, help, type, unit, labels, values and starts', () => {
    const document = new Rendered().of(
      valuesOf([1n, 2n, 2n ** 53n + 1n, 2n ** 64n - 1n, -3n, 4n]),
      [0, 0, 0],
      [1, 0, 1],
    );
    const a = (cpu: string, kind: string): [string, string][] => [
      ['kind', kind],
      ['cpu', cpu],
    ];
    assert.deepEqual(parseProtobuf(document), [
      {
        name: 'x_bytes_per_cpu_total',
        help: 'What "x" is,\né.',
        type: 'counter',
        unit: undefined,
        samples: [
          { labels: a('0', 'a'), value: 1, start: '17.250' },
          { labels: a('7', 'a'), value: 2, start: '17.250' },
          { labels: a('0', 'b\n"'), value: 2 ** 53, start: undefined },
          { labels: a('7', 'b\n"'), value: 2 ** 64, start: undefined },
        ],
      },
      {
        name: 'level_per_cpu',
        help: 'X.',
        type: 'gauge',
        unit: undefined,
        samples: [
          { labels: [['cpu', '0']], value: -3, start: undefined },
          { labels: [['cpu', '7']], value: 4, start: undefined },
        ],
      },
    ]);
  });

  it('rounds as Prometheus rounds the digits of a text', () => {
    const numbers = [
      2n ** 53n + 1n,
      2n ** 53n + 3n,
      2n ** 63n - 1n,
      2n ** 64n - 1025n,
      2n ** 64n - 1024n,
      9_999_999_999_999_999n,
    ];
    const [counters] = parseProtobuf(new Rendered().of(valuesOf(numbers), [0, 0, 0]));
    assert.deepEqual(
      counters!.samples.map(({ value }) => value),
      numbers.slice(0, 4).map((value) => Number(String(value))),
    );
    for (const value of [-(2n ** 63n), 1n - 2n ** 63n, -(2n ** 53n) - 1n, -1n, 2n ** 63n - 1n]) {
      const [, level] = parseProtobuf(new Rendered().of(valuesOf([0n, 0n, 0n, 0n, value, 0n]), [0, 0, 0]));
      assert.equal(level!.samples[0]!.value, Number(String(value)));
    }
  });

  it('is nothing but what is told of a family that is told once', () => {
    const document = familyBytes('own_bytes', { help: '', type: 'gauge', unit: 'bytes' }, [
      { labels: [], value: NaN },
      { labels: label(''), value: -Infinity },
    ]);
    assert.deepEqual(parseProtobuf(document), [
      {
        name: 'own_bytes',
        help: '',
        type: 'gauge',
        unit: 'bytes',
        samples: [
          { labels: [], value: NaN, start: undefined },
          { labels: [['kind', '']], value: -Infinity, start: undefined },
        ],
      },
    ]);
  });
});
