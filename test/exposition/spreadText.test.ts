/** Covers: spreadText.ts, and publisher.ts where it puts it between the kernel's series and the exporter's own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { openmetrics } from '../../src/exposition/formats/openmetrics.js';
import { formats } from '../../src/exposition/formats/registry.js';
import { text } from '../../src/exposition/formats/text.js';
import type { GroupFilter } from '../../src/exposition/groupFilter.js';
import { Publisher } from '../../src/exposition/publisher.js';
import { SpreadText } from '../../src/exposition/spreadText.js';
import type { SeriesLayout } from '../../src/plan/layout.js';
import type { SpreadRates } from '../../src/snapshots/activity/activity.js';
import { itemStates } from '../../src/snapshots/itemStates.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { entryOf, familyOf, fieldOf, layoutOf, reportOf, snapshotOf } from '../support/entries.js';
import { readable } from '../support/protobufDocument.js';

const label = (value: string) => [{ name: 'mode', value }];
const counter = familyOf('ticks_total', { type: 'counter', cpu: 'spread', help: 'Ticks.' });
const other = familyOf('other_bytes_total', { type: 'counter', cpu: 'spread', help: 'A \\ "b".' });
const gauge = familyOf('load', { cpu: 'spread', help: 'Load.' });
const LAYOUT = layoutOf(
  [
    entryOf('ticks', [
      fieldOf(counter, { labels: label('a'), format: 'u64' }),
      fieldOf(counter, { labels: label('b'), format: 'u64', cellOffset: 8 }),
    ]),
    entryOf('load', [fieldOf(gauge)], { at: { file: 'g.yaml', line: 1, column: 1 } }),
    entryOf('other', [fieldOf(other, { format: 'u64' })], { at: { file: 'o.yaml', line: 1, column: 1 } }),
  ],
  [0, 2, 5],
);

/** What an activity knows of rows. */
class Known {
  version = 1;
  isOf: SeriesLayout = LAYOUT;
  readonly rows = new Map<number, SpreadRates>();
  asked = 0;

  knows(layout: SeriesLayout): boolean {
    return layout === this.isOf;
  }

  spreadOf(row: number): SpreadRates | undefined {
    this.asked++;
    return this.rows.get(row);
  }
}

function snapshot(sequence = 1, states?: number[], load: readonly bigint[] = [3n, -1n, 9n]): Snapshot {
  const none = [0n, 0n, 0n, 0n];
  return snapshotOf(LAYOUT, [...none, ...none, 0n, ...load, ...none], states, reportOf({ sequence }));
}

const A: SpreadRates = { max: 12.5, p50: 0.25, p99: 11, hotCpu: 5 };
const B: SpreadRates = { max: 0, p50: 0, p99: 0, hotCpu: undefined };

const LINES = `# HELP ticks_per_cpu_rate Events per second on single CPUs over the last 60 seconds, of the CPUs the largest, the median and the 99th percentile: Ticks.
# TYPE ticks_per_cpu_rate gauge
ticks_per_cpu_rate{mode="a",stat="max"} 12.5
ticks_per_cpu_rate{mode="a",stat="p50"} 0.25
ticks_per_cpu_rate{mode="a",stat="p99"} 11
ticks_per_cpu_rate{mode="b",stat="max"} 0
ticks_per_cpu_rate{mode="b",stat="p50"} 0
ticks_per_cpu_rate{mode="b",stat="p99"} 0
# HELP ticks_busiest_cpu Id of the CPU that did clearly more than the median one over the last 60 seconds, absent while none did: Ticks.
# TYPE ticks_busiest_cpu gauge
ticks_busiest_cpu{mode="a"} 5
`;
const LOAD = `# HELP load_per_cpu The largest and the smallest of the CPUs' parts: Load.
# TYPE load_per_cpu gauge
load_per_cpu{stat="max"} 9
load_per_cpu{stat="min"} -1
`;

function spreadOf(rows: readonly (readonly [number, SpreadRates])[]): { known: Known; spread: SpreadText } {
  const known = new Known();
  for (const [row, rates] of rows) known.rows.set(row, rates);
  return { known, spread: new SpreadText(known, 60_000) };
}

async function textOf(spread: SpreadText, of = snapshot(), wanted?: (index: number) => boolean): Promise<string> {
  const part = await spread.render(of, text, wanted);
  return part === undefined ? '' : Buffer.from(part.text).toString();
}

describe('what cpu: spread publishes', () => {
  it('are the rates of CPUs, the hot one, and of gauges the largest and smallest part', async () => {
    const { spread } = spreadOf([
      [0, A],
      [1, B],
    ]);
    assert.equal(await textOf(spread), LINES + LOAD);
  });

  it('is absent, and not 0, where nothing is known, and so is what stands before it', async () => {
    const { known, spread } = spreadOf([]);
    assert.equal(await textOf(spread), LOAD);
    known.rows.set(1, B);
    known.version++;
    const only = await textOf(spread, snapshot(2));
    assert.match(only, /^ticks_per_cpu_rate\{mode="b",stat="max"\} 0$/m);
    assert.doesNotMatch(only, /mode="a"|busiest_cpu|other/);
  });

  it('is absent where a value is not of this layout, or could not be read for this document', async () => {
    const { known, spread } = spreadOf([
      [0, A],
      [1, B],
    ]);
    const withdrawn = itemStates.indexOf('withdrawn');
    assert.equal(await textOf(spread), LINES + LOAD);
    const without = await textOf(spread, snapshot(2, [withdrawn, 0, withdrawn, 0]));
    assert.doesNotMatch(without, /mode="a"|load|busiest/);
    assert.match(without, /mode="b"/);
    assert.equal(await textOf(spread, snapshot(3)), LINES + LOAD);
    known.isOf = layoutOf([], []);
    assert.equal(await textOf(spread, snapshot(4)), LOAD);
  });

  it('is rendered again only for another window, and of gauges for another read', async () => {
    const { known, spread } = spreadOf([[0, A]]);
    const first = await spread.render(snapshot(1), text);
    assert.equal(await spread.render(snapshot(1), text), first);
    const { asked } = known;
    assert.match(await textOf(spread, snapshot(2, undefined, [7n, 7n, 7n])), /^load_per_cpu\{stat="min"\} 7$/m);
    assert.equal(known.asked, asked);
    known.rows.set(0, { ...A, max: 99 });
    known.version++;
    assert.match(await textOf(spread, snapshot(2)), /stat="max"\} 99$/m);
  });

  it('tells the signs of gauges, and all of their digits', async () => {
    const { spread } = spreadOf([]);
    const largest = 2n ** 63n - 1n;
    const lines = await textOf(spread, snapshot(1, undefined, [-(2n ** 63n), largest, 0n]));
    assert.match(lines, /"max"\} 9223372036854775807\n.*"min"\} -9223372036854775808\n/);
  });

  it('is of the wanted families only', async () => {
    const { spread } = spreadOf([
      [0, A],
      [3, B],
    ]);
    const all = await textOf(spread);
    const some = await Promise.all([0, 1, 2].map((wanted) => textOf(spread, snapshot(), (index) => index === wanted)));
    assert.equal(some.join(''), all);
    assert.equal(some[1], LOAD);
    assert.equal(await textOf(spread, snapshot(), () => false), '');
  });

  it('is the same when it is inflated', async () => {
    const { spread } = spreadOf([[0, A]]);
    const part = (await spread.render(snapshot(), text))!;
    assert.deepEqual(inflateRawSync(await part.deflated, { finishFlush: 2 }), part.text);
  });
});

describe('a document with cpu: spread', () => {
  const own = {
    families: () =>
      Promise.resolve([{ name: 'own', help: 'O.', type: 'gauge' as const, samples: [{ labels: [], value: 1 }] }]),
  };

  function publisher(): Publisher {
    const { spread } = spreadOf([
      [0, A],
      [1, B],
      [3, A],
    ]);
    const source = { reads: 1, read: () => Promise.resolve(snapshot()) };
    return new Publisher(new Snapshots(source, undefined), own, undefined, [spread]);
  }

  async function documentOf(format: (typeof formats)[number], groups?: GroupFilter): Promise<string> {
    const plain = await publisher().document(format, { groups });
    const packed = await publisher().document(format, { groups, takesGzip: true });
    const all = Buffer.concat(plain.chunks);
    assert.equal(all.length, plain.length);
    assert.deepEqual(gunzipSync(Buffer.concat(packed.chunks)), all);
    return readable(format, all);
  }

  it('has it after the sums and before the own metrics, plain and as gzip', async () => {
    const all = await documentOf(text);
    assert.match(all, /^# HELP ticks_total .*\nload 0\n.*other_bytes_total 0\n# HELP ticks_per_cpu_rate .*\nown 1\n$/s);
    assert.ok(all.includes(LINES + LOAD));
  });

  it('is right in OpenMetrics: each family once and together, none with the name of a counter', async () => {
    const all = await documentOf(openmetrics);
    const families = [...all.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    assert.deepEqual(families, [
      'ticks counter',
      'load gauge',
      'other_bytes counter',
      'ticks_per_cpu_rate gauge',
      'ticks_busiest_cpu gauge',
      'load_per_cpu gauge',
      'other_bytes_per_cpu_rate gauge',
      'other_bytes_busiest_cpu gauge',
      'own gauge',
    ]);
    assert.match(all, /^# HELP other_bytes_busiest_cpu .*: A \\\\ \\"b\\"\.$/m);
    assert.match(all, /\n# EOF\n$/);
  });

  it('has that of the chosen groups only', async () => {
    for (const format of formats) {
      const some = await documentOf(format, (group) => group === 'g');
      assert.match(some, /^load_per_cpu\{stat="max"\} 9$/m);
      assert.doesNotMatch(some, /ticks|other/);
    }
  });
});
