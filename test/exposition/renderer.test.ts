import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../../src/config/model.js';
import { BodyPool } from '../../src/exposition/bodyPool.js';
import type { Format } from '../../src/exposition/formats/format.js';
import { openmetrics } from '../../src/exposition/formats/openmetrics.js';
import { openmetrics2 } from '../../src/exposition/formats/openmetrics2.js';
import { protobuf } from '../../src/exposition/formats/protobuf.js';
import { text as textFormat } from '../../src/exposition/formats/text.js';
import { Renderer } from '../../src/exposition/renderer.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../support/entries.js';
import { readable } from '../support/protobufDocument.js';

/** A snapshot of a layout of its own. */
function snapshotFor(
  entries: readonly Entry[],
  cpus: readonly number[],
  values: readonly bigint[],
  states: readonly number[],
): Snapshot {
  return snapshotOf(layoutOf(entries, cpus), values, states);
}

async function render(
  snapshot: Snapshot,
  renderer = new Renderer(snapshot.layout, new BodyPool()),
  format: Format = textFormat,
  wanted?: (family: number) => boolean,
  start?: string,
): Promise<string> {
  await renderer.update(snapshot);
  const { body, length } = await renderer.assemble(format, start, wanted);
  const text = readable(format, body.buffer.subarray(0, length));
  body.release();
  if (format === textFormat && wanted === undefined) assert.equal(borrowed(renderer), text);
  return text;
}

/** The text as it lies in the buffers. */
function borrowed(renderer: Renderer): string {
  const { chunks, release } = renderer.borrow();
  const text = Buffer.concat(chunks).toString();
  release();
  return text;
}

describe('Renderer', () => {
  const states = familyOf('tcp_states', { help: 'Back\\slash and\nnewline.' });
  const twoStates = entryOf('tcps_states', [
    fieldOf(states, { labels: [{ name: 'state', value: 'listen' }], cellOffset: 0, format: 'i64' }),
    fieldOf(states, { labels: [{ name: 'state', value: 'a"b\\c\nd' }], cellOffset: 8, format: 'i64' }),
  ]);
  const total = familyOf('switches_total', { help: 'What switches_total is.', type: 'counter', cpu: 'sum' });
  const parts = familyOf('faults_total', { help: 'What faults_total is.', type: 'counter', cpu: 'per_cpu' });
  const counters = entryOf('vm_cnt', [
    fieldOf(total, { labels: [], cellOffset: 0, format: 'u64' }),
    fieldOf(parts, { labels: [], cellOffset: 8, format: 'u64' }),
  ]);
  const values = [5n, -2n, 7n, 0n, 1n, -1n, 2n ** 64n - 1n, 0n, 0n, 0n, 2n ** 53n + 1n, 12n];

  it('writes sums and parts under distinct names, exactly, with escapes', async () => {
    const text = await render(snapshotFor([twoStates, counters], [0, 3], values, [0, 0, 0, 0]));
    assert.equal(
      text,
      [
        '# HELP tcp_states Back\\\\slash and\\nnewline.',
        '# TYPE tcp_states gauge',
        'tcp_states{state="listen"} 5',
        'tcp_states{state="a\\"b\\\\c\\nd"} 0',
        '# HELP tcp_states_per_cpu Back\\\\slash and\\nnewline.',
        '# TYPE tcp_states_per_cpu gauge',
        'tcp_states_per_cpu{state="listen",cpu="0"} -2',
        'tcp_states_per_cpu{state="listen",cpu="3"} 7',
        'tcp_states_per_cpu{state="a\\"b\\\\c\\nd",cpu="0"} 1',
        'tcp_states_per_cpu{state="a\\"b\\\\c\\nd",cpu="3"} -1',
        '# HELP switches_total What switches_total is.',
        '# TYPE switches_total counter',
        'switches_total 18446744073709551615',
        '# HELP faults_per_cpu_total What faults_total is.',
        '# TYPE faults_per_cpu_total counter',
        'faults_per_cpu_total{cpu="0"} 9007199254740993',
        'faults_per_cpu_total{cpu="3"} 12',
        '',
      ].join('\n'),
    );
  });

  it('leaves out what could not be read, and the header where nothing is left', async () => {
    const text = await render(snapshotFor([twoStates, counters], [0, 3], values, [0, 2, 7, 0]));
    assert.match(text, /^tcp_states\{state="listen"\} 5$/m);
    assert.doesNotMatch(text, /a\\"b/);
    assert.doesNotMatch(text, /switches_total/);
    assert.match(text, /^faults_per_cpu_total\{cpu="3"\} 12$/m);
  });

  it('has room for the largest values in every line', async () => {
    const largest = values.map(() => 2n ** 63n);
    const text = await render(snapshotFor([twoStates, counters], [0, 3], largest, [0, 0, 0, 0]));
    assert.equal(text.match(/ -9223372036854775808$/gm)?.length, 6);
    assert.equal(text.match(/ 9223372036854775808$/gm)?.length, 3);
  });

  it('gives the same bytes whether it keeps lines or writes them anew', async () => {
    const cpus = [0, 3];
    const first = snapshotFor([twoStates, counters], cpus, values, [0, 0, 0, 0]);
    const kept = new Renderer(first.layout, new BodyPool());
    await render(first, kept);
    const next: [bigint[], number[]][] = [
      [values, [0, 0, 0, 0]],
      [
        [6n, -2n, 8n, 9n, 2n, 7n, 2n ** 64n - 2n, 1n, 1n, 3n, 2n ** 53n + 2n, 13n],
        [0, 0, 0, 0],
      ],
      [
        [10n, 12n, -3n, -9n, -10n, 1n, 2n ** 53n - 1n, 0n, 0n, 99n, 100n, 9n],
        [0, 0, 0, 0],
      ],
      [
        [1n, 1n, 0n, 99n, 98n, 1n, 2n ** 53n, 0n, 0n, 99n, 1000n, 99_999_999n],
        [0, 0, 0, 0],
      ],
      [
        [7n, 7n, 0n, 99n, 98n, 1n, 10n ** 16n, 0n, 0n, 99n, 1000n, 100_000_000n],
        [1, 0, 0, 0],
      ],
      [
        [8n, 8n, 0n, 99n, 98n, 1n, 10n ** 15n, 0n, 0n, 99n, 1001n, 100_000_001n],
        [0, 0, 1, 1],
      ],
      [
        [8n, 8n, 0n, 99n, 98n, 1n, 10n ** 15n, 0n, 0n, 99n, 1001n, 100_000_001n],
        [0, 0, 0, 0],
      ],
    ];
    for (const [nextValues, states] of next) {
      const snapshot = snapshotFor([twoStates, counters], cpus, nextValues, states);
      assert.equal(await render(snapshot, kept), await render(snapshot));
    }
  });

  it('gives the same bytes through a thousand changes of every size', async () => {
    const cpus = [0, 1, 2, 3, 4, 5];
    const gauge = familyOf('balance', { help: 'What balance is.' });
    const total = familyOf('bytes_total', { help: 'What bytes_total is.', type: 'counter' });
    const entries = [
      entryOf('a', [fieldOf(gauge, { labels: [], cellOffset: 0, format: 'i64' })]),
      entryOf('b', [fieldOf(total, { labels: [], cellOffset: 0, format: 'u64' })]),
    ];
    let state = 1n;
    const random = (below: bigint): bigint => {
      state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
      return (state >> 16n) % below;
    };
    const walk = Array.from({ length: 14 }, () => random(10n ** 9n));
    const kept = new Renderer(snapshotFor(entries, cpus, walk, [0, 0]).layout, new BodyPool());
    for (let step = 0; step < 1000; step++) {
      walk.forEach((value, index) => {
        const size = 10n ** random(step % 50 === 0 ? 19n : 9n);
        walk[index] = index < 7 ? BigInt.asIntN(64, value + random(2n * size + 1n) - size) : value + random(size + 1n);
      });
      const snapshot = snapshotFor(entries, cpus, walk, [0, 0]);
      assert.equal(await render(snapshot, kept), await render(snapshot), `step ${step}`);
    }
  });

  it('tells a unit only where a format has it, and only of a name that ends in it', () => {
    const told = (name: string, unit: string | undefined, format: Format = openmetrics): string[] =>
      Buffer.from(format.header(name, { help: 'h', type: 'counter', ...(unit === undefined ? {} : { unit }) }))
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('# UNIT'));
    assert.deepEqual(told('x_packets_total', 'packets'), ['# UNIT x_packets packets']);
    assert.deepEqual(told('x_drops_total', 'packets'), []);
    assert.deepEqual(told('x_packets_per_cpu_total', 'packets'), []);
    assert.deepEqual(told('x_packets_total', undefined), []);
    assert.deepEqual(told('x_packets_total', 'packets', textFormat), []);
    assert.deepEqual(told('x_packets_total', 'packets', openmetrics2), ['# UNIT x_packets_total packets']);
    assert.deepEqual(told('x_packets_per_cpu_total', 'packets', openmetrics2), []);
  });

  it('writes OpenMetrics with the same lines under its own headers', async () => {
    const bytes = familyOf('x_bytes_total', {
      type: 'counter',
      unit: 'bytes',
      help: 'A "quoted" help.',
    });
    const entries = [entryOf('x', [fieldOf(bytes, { labels: [], cellOffset: 0, format: 'u64' })])];
    const snapshot = snapshotFor(entries, [0, 1], [3n, 1n, 2n], [0]);
    assert.equal(
      await render(snapshot, undefined, openmetrics),
      [
        '# TYPE x_bytes counter',
        '# UNIT x_bytes bytes',
        '# HELP x_bytes A \\"quoted\\" help.',
        'x_bytes_total 3',
        '# TYPE x_bytes_per_cpu counter',
        '# HELP x_bytes_per_cpu A \\"quoted\\" help.',
        'x_bytes_per_cpu_total{cpu="0"} 1',
        'x_bytes_per_cpu_total{cpu="1"} 2',
        '',
      ].join('\n'),
    );
  });

  it('tells behind each counter since when it counts, in OpenMetrics only', async () => {
    const snapshot = {
      ...snapshotFor([twoStates, counters], [0, 3], values, [0, 2, 0, 0]),
      sinceBoot: Uint8Array.of(1, 1, 1, 1),
    };
    const text = await render(snapshot, undefined, openmetrics, undefined, '1700000000.204');
    assert.deepEqual(
      text.split('\n').filter((line) => !line.startsWith('#')),
      [
        'tcp_states{state="listen"} 5',
        'tcp_states_per_cpu{state="listen",cpu="0"} -2',
        'tcp_states_per_cpu{state="listen",cpu="3"} 7',
        'switches_total 18446744073709551615',
        'switches_created 1700000000.204',
        'faults_per_cpu_total{cpu="0"} 9007199254740993',
        'faults_per_cpu_created{cpu="0"} 1700000000.204',
        'faults_per_cpu_total{cpu="3"} 12',
        'faults_per_cpu_created{cpu="3"} 1700000000.204',
        '',
      ],
    );
    assert.equal(await render(snapshot, undefined, textFormat, undefined, '1700000000.204'), await render(snapshot));

    const zeroed = { ...snapshot, sinceBoot: Uint8Array.of(1, 1, 0, 1) };
    assert.equal(
      await render(zeroed, undefined, openmetrics, undefined, '1700000000.204'),
      text.replace('switches_created 1700000000.204\n', ''),
    );
    const unknown = { ...snapshot, sinceBoot: undefined };
    assert.equal(
      await render(unknown, undefined, openmetrics, undefined, '1700000000.204'),
      text.replaceAll(/.*_created.*\n/g, ''),
    );
  });

  it('tells in the sample since when a counter counts, in OpenMetrics 2.0 and protobuf, and only of those that do', async () => {
    const snapshot = {
      ...snapshotFor([twoStates, counters], [0, 3], values, [0, 2, 0, 0]),
      sinceBoot: Uint8Array.of(1, 1, 1, 1),
    };
    const since = '1700000000.204';
    const expected = [
      'tcp_states{state="listen"} 5',
      'tcp_states_per_cpu{state="listen",cpu="0"} -2',
      'tcp_states_per_cpu{state="listen",cpu="3"} 7',
      `switches_total 18446744073709551615 st@${since}`,
      `faults_per_cpu_total{cpu="0"} 9007199254740993 st@${since}`,
      `faults_per_cpu_total{cpu="3"} 12 st@${since}`,
      '',
    ];
    const samplesOf = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith('#'));
    const kept = new Map(
      [openmetrics2, protobuf].map((format) => [format, new Renderer(snapshot.layout, new BodyPool())]),
    );
    for (const [format, renderer] of kept) {
      const lines =
        format === protobuf
          ? // To the nearest double, as Prometheus rounds what it reads.
            expected.map((line) =>
              line
                .replace('615 st', '616 st')
                .replace('0993 st', '0992 st')
                .replace('18446744073709551616', String(2 ** 64)),
            )
          : expected;
      const textOf = async (of: Snapshot, start: string | undefined = since) =>
        samplesOf(await render(of, renderer, format, undefined, start));
      assert.deepEqual(await textOf(snapshot), lines);
      const zeroed = { ...snapshot, sinceBoot: Uint8Array.of(1, 1, 0, 1) };
      const without = lines.map((line) => (line.startsWith('switches') ? line.replace(/ st@.*/, '') : line));
      assert.deepEqual(await textOf(zeroed), without, 'what was zeroed');
      const none = lines.map((line) => line.replace(/ st@.*/, ''));
      assert.deepEqual(await textOf({ ...snapshot, sinceBoot: undefined }), none, 'where nothing is known');
      assert.deepEqual(samplesOf(await render(snapshot, renderer, format)), none, 'where nobody says a time');
      for (const other of ['17.500', '1800000000.000']) {
        const told = lines.map((line) => line.replace(since, other));
        assert.deepEqual(await textOf(snapshot, other), told);
      }
    }
  });

  it('assembles the families that are wanted', async () => {
    const snapshot = snapshotFor([twoStates, counters], [0, 3], values, [0, 0, 0, 0]);
    const text = await render(snapshot, undefined, textFormat, (index) => index === 1);
    assert.match(text, /^# HELP switches_total .*\n# TYPE switches_total counter\nswitches_total \d+\n$/);
  });
});
