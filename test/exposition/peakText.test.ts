import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openmetrics } from '../../src/exposition/formats/openmetrics.js';
import { text } from '../../src/exposition/formats/text.js';
import { PeakText } from '../../src/exposition/peakText.js';
import type { Peak } from '../../src/snapshots/activity/peaks.js';
import { itemStates } from '../../src/snapshots/itemStates.js';
import { entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../support/entries.js';

const peaked = familyOf('a_total', { type: 'counter', help: 'As.', peak: true });
const LAYOUT = layoutOf(
  [
    entryOf('a', [
      fieldOf(peaked, { labels: [{ name: 'x', value: '1' }] }),
      fieldOf(peaked, { labels: [{ name: 'x', value: '2' }], cellOffset: 8 }),
    ]),
    entryOf('b', [fieldOf(familyOf('b_total', { type: 'counter' }))]),
  ],
  [0, 1],
);
const VALUES = new BigUint64Array(9);

/** What is published where each row has the peak that is given. */
class Published {
  readonly windows: number[] = [];
  private readonly peaks: PeakText;

  constructor(peaks: readonly (Peak | undefined)[]) {
    const peakOf = (_layout: unknown, row: number, windowMs: number): Peak | undefined => {
      this.windows.push(windowMs);
      return peaks[row];
    };
    this.peaks = new PeakText({ peakOf }, () => 90_000, 60_000);
  }

  async lines(
    states: readonly number[] = [0, 0, 0],
    format = text,
    wanted?: (index: number) => boolean,
  ): Promise<string[]> {
    const part = await this.peaks.render(snapshotOf(LAYOUT, VALUES, states), format, wanted);
    return part === undefined ? [] : part.text.toString().trimEnd().split('\n');
  }
}

describe('PeakText', () => {
  const both = [
    { rate: 12.5, cpu: 1 },
    { rate: 0, cpu: undefined },
  ];

  it('tells of each row its peak and the CPU that had it, if any', async () => {
    const published = new Published(both);
    assert.deepEqual(await published.lines(), [
      '# HELP a_peak_rate The highest rate since the last scrape, 60 seconds at least, from one sample to the next, taken every 10 ms where the machine keeps up, in events per second: As.',
      '# TYPE a_peak_rate gauge',
      'a_peak_rate{x="1"} 12.5',
      'a_peak_rate{x="2"} 0',
      '# HELP a_peak_cpu Id of the CPU that had most of that peak, absent where there was none: As.',
      '# TYPE a_peak_cpu gauge',
      'a_peak_cpu{x="1"} 1',
    ]);
    assert.deepEqual(published.windows, [90_000, 90_000]);
    assert.match((await published.lines(undefined, openmetrics)).join('\n'), /^# TYPE a_peak_rate gauge$/m);
  });

  it('has nothing of what has no peak, and of groups that are not asked for', async () => {
    assert.deepEqual(await new Published([undefined, undefined]).lines(), []);
    assert.deepEqual(await new Published(both).lines([0, 0, 0], text, () => false), []);
  });

  it('has nothing of what could not be read or was withdrawn', async () => {
    const published = new Published(both);
    const states = [itemStates.indexOf('withdrawn'), 0, 0];
    assert.deepEqual(
      (await published.lines(states)).filter((line) => !line.startsWith('#')),
      ['a_peak_rate{x="2"} 0'],
    );
  });
});
