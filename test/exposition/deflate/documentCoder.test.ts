/** Covers: documentCoder.ts, messageCoder.ts, heads.ts, bitWriter.ts: made-up documents, which must be the same after gunzip. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, gunzipSync } from 'node:zlib';
import type { Entry } from '../../../src/config/model.js';
import { BodyPool } from '../../../src/exposition/bodyPool.js';
import type { Format } from '../../../src/exposition/formats/format.js';
import { formats } from '../../../src/exposition/formats/registry.js';
import { Renderer } from '../../../src/exposition/renderer.js';
import { cpuIds, entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../../support/entries.js';

/** A repeatable sequence of numbers from 0 up to `below`. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz_ABC.,-(){}"\\\né√ 0123456789';
type Random = ReturnType<typeof makeRandom>;

function word(random: Random, longest: number): string {
  return Array.from({ length: 1 + random(longest) }, () => alphabet[random(alphabet.length)]).join('');
}

function makeEntry(random: Random, number: number): Entry {
  const name = `m${number}_${'long_'.repeat(random(4))}${random(30) === 0 ? 'x'.repeat(300) : 'x'}`;
  const family = familyOf(`${name}_total`, {
    help: word(random, 80),
    type: random(2) === 0 ? 'counter' : 'gauge',
    cpu: (['sum', 'per_cpu', 'both'] as const)[random(3)]!,
  });
  const rows = random(3) === 0 ? 1 + random(6) : 1;
  const fields = Array.from({ length: rows }, (_, row) =>
    fieldOf(family, {
      labels: rows === 1 ? [] : [{ name: 'what', value: word(random, random(8) === 0 ? 400 : 12) + String(row) }],
      cellOffset: 8 * row,
      format: random(3) === 0 ? 'i64' : 'u64',
    }),
  );
  return entryOf(name, fields);
}

function valueOf(random: Random): bigint {
  const bits = BigInt(random(65));
  const value = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
  return bits === 0n ? 0n : BigInt.asUintN(64, value) >> (64n - bits);
}

/** Renders a layout with values of its own, whole and deflated; the two are to say the same. */
class Trial {
  private readonly layout;
  private readonly pool = new BodyPool();
  private readonly renderer: Renderer;

  constructor(
    private readonly random: Random,
    entries: readonly Entry[],
    cpus: readonly number[],
  ) {
    this.layout = layoutOf(entries, cpus);
    this.renderer = new Renderer(this.layout, this.pool);
  }

  /** @param absent of how many items one cannot be read; 0 for none */
  async run(absent: number): Promise<void> {
    const { layout, random } = this;
    const values = Array.from({ length: layout.rows.length * (layout.cpus.length + 1) }, () => valueOf(random));
    const states = layout.items.map(() => (absent > 0 && random(absent) === 0 ? 2 : 0));
    const snapshot = snapshotOf(layout, values, states);
    await this.renderer.update(snapshot);
    for (const format of formats) await this.compare(format);
  }

  private async compare(format: Format): Promise<void> {
    const whole = await this.renderer.assemble(format);
    const plain = whole.body.buffer.subarray(0, whole.length);
    const { body, length, crc, size } = (await this.renderer.deflate(format)) ?? assert.fail('it is left to zlib');
    assert.equal(size, plain.length);
    assert.equal(crc, crc32(plain));
    assert.ok(length <= body.buffer.length, 'it was told how much room it needs');
    assert.deepEqual(unpack(body.buffer.subarray(0, length), crc, size), plain);
    body.release();
    whole.body.release();
  }
}

/** What a gzip file says of which all but the end is there. */
function unpack(beginning: Uint8Array, crc: number, size: number): Buffer {
  const end = Buffer.alloc(10);
  // An empty last block, in the fixed code.
  end.writeUInt16LE(3);
  end.writeUInt32LE(crc, 2);
  end.writeUInt32LE(size, 6);
  return gunzipSync(Buffer.concat([beginning, end]));
}

describe('DocumentCoder', () => {
  it('gives the same text as the renderer, whatever the names, labels, values and CPUs', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = makeRandom(seed);
      const entries = Array.from({ length: 1 + random(12) }, (_, number) => makeEntry(random, number));
      const ids = cpuIds(1 + random(random(4) === 0 ? 300 : 20));
      const cpus = ids.filter((id) => id === 0 || random(5) > 0);
      const trial = new Trial(random, entries, cpus);
      for (const absent of [0, 3, 3, 0, 1]) await trial.run(absent);
    }
  });

  it('finds what lies too far back by no distance that DEFLATE cannot express', async () => {
    const random = makeRandom(7);
    const entries = Array.from({ length: 40 }, (_, number) => makeEntry(random, number));
    const cpus = cpuIds(1024);
    await new Trial(random, entries, cpus).run(0);
  });

  it('writes an empty document where nothing could be read', async () => {
    const random = makeRandom(1);
    await new Trial(random, [makeEntry(random, 1)], [0, 1]).run(1);
  });
});
