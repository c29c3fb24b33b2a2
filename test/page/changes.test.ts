/** Covers: changes.ts, heat.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unitOf } from '../../src/config/units.js';
import { changes, changeText, countsTrouble, knownText, nothingText, troubles } from '../../src/page/changes.js';
import { hottest, type StripValues } from '../../src/page/heat.js';
import { Past } from '../../src/page/past.js';
import type { PageRow } from '../../src/page/rows.js';

function row(index: number, name: string, type: 'counter' | 'gauge' = 'counter', labels = ''): PageRow {
  const family = { name, perCpuName: name, help: '', type, ...unitOf(name, undefined), cpu: 'both' } as const;
  const entry = { symbol: 's', group: 'g' };
  return { index, family, entry, member: undefined, name, labels, key: name + labels, words: name };
}

/** A minute in which each row was the first of its two values, and one in which it was the second. */
function pastOf(...values: readonly (readonly [number, number])[]): Past {
  const past = new Past(values.length);
  past.windowMs = 60_000;
  for (let second = 0; second < 120; second++) {
    const which = second < 60 ? 0 : 1;
    past.take(1000 * second, 1000 * (second + 1), (row) => values[row]?.[which] ?? NaN);
  }
  return past;
}

describe('countsTrouble', () => {
  it('knows errors and drops by their names, and takes nothing else for them', () => {
    for (const name of [
      'freebsd_interface_receive_errors_total',
      'freebsd_tcp_retransmitted_segments_total',
      'freebsd_udp_socket_full_total',
      'freebsd_tcp_syncache_dropped_total',
      'freebsd_uma_failures_total',
      'freebsd_tcp_bad_checksum_total',
    ])
      assert.equal(countsTrouble(row(0, name)), true, name);
    for (const name of [
      'freebsd_vm_faults_total',
      'freebsd_tcp_dropwhile_total',
      'freebsd_tcp_retransmitted_bytes_total',
      'freebsd_lost_pages_total',
      'freebsd_zfs_arc_misses_total',
    ])
      assert.equal(countsTrouble(row(0, name)), false, name);
    assert.equal(countsTrouble(row(0, 'x_errors', 'gauge')), false);
    assert.equal(countsTrouble(row(0, 'x_segments_total', 'counter', '{reason="dropped"}')), true);
  });
});

describe('troubles', () => {
  it('are what moved in the window, with how often', () => {
    const rows = ['a_errors_total', 'b_drops_total', 'c_total', 'd_drops_total', 'e_drops_total'].map((name, at) =>
      row(at, name),
    );
    const past = pastOf([5, 0], [1, 2], [9, 9], [0, 30], [1, NaN]);
    assert.deepEqual(
      troubles(rows, past, () => true).found.map(({ row, count, rate }) => [row.name, count, rate]),
      [
        ['d_drops_total', 1800, 30],
        ['b_drops_total', 120, 2],
      ],
    );
  });

  const told = (past: Past, isUp: (row: number) => boolean = () => true, isRemembered = true): string[] => {
    const all = troubles([row(0, 'a_errors_total'), row(1, 'b_drops_total'), row(2, 'c_total')], past, isUp);
    return [knownText(all, past.windowMs), nothingText(all, past.windowMs, isRemembered)];
  };

  it('are none only where all of the window is known of all rows that can be read', () => {
    const none = 'Nothing that counts errors or drops moved in the last 60 s.';
    assert.deepEqual(told(pastOf([0, 0], [0, 0], [9, NaN])), ['', none]);
    assert.deepEqual(told(pastOf([0, 0], [0, NaN], [9, 9])), [
      'of 1 of 2 rows less is known',
      'Not known yet of all of the last 60 s: none in what is known.',
    ]);
    assert.deepEqual(
      told(pastOf([0, 0], [0, NaN], [9, 9]), (row) => row !== 1),
      ['', none],
    );
    assert.deepEqual(
      told(pastOf([0, 0], [0, 0], [9, 9]), () => false),
      ['', 'Nothing that counts errors or drops can be read.'],
    );
  });

  it('are not known where nothing is known yet, with activity or without', () => {
    const off = 'Not known yet: nothing is remembered, since activity is off.';
    for (const past of [new Past(3), pastOf([NaN, NaN], [NaN, NaN], [1, 1])]) {
      assert.deepEqual(told(past), ['', 'Not known yet.']);
      assert.deepEqual(told(past, undefined, false), ['', off]);
    }
  });

  it('are told with the time of which they are known', () => {
    const past = pastOf([0, 5], [0, 5], [0, 0]);
    past.windowMs = 3_600_000;
    assert.equal(told(past)[0], 'known of 2 min of the last 60 min only');
  });
});

describe('changes', () => {
  const named = (past: Past, type: 'counter' | 'gauge' = 'counter'): number[] | undefined =>
    changes(
      [0, 1, 2, 3, 4].map((at) => row(at, `r${at}`, type)),
      past,
    )?.map(({ row }) => row.index);

  it('are those with the largest factor, either way', () => {
    assert.deepEqual(named(pastOf([100, 300], [5000, 5100], [1000, 10], [0, 50], [10, 10])), [3, 2, 0]);
  });

  it('are not what barely moves, nor what is not known of both windows', () => {
    const past = pastOf([0, 0.1], [0.2, 0.4], [100, 149], [NaN, 1000], [1000, NaN]);
    assert.deepEqual(named(past), []);
  });

  it('are of as many bytes as are worth an event, whatever the unit of others', () => {
    const past = pastOf([0, 50], [0, 500], [0, 50_000]);
    const rows = [row(0, 'a_packets_total'), row(1, 'b_bytes_total'), row(2, 'c_bytes_total')];
    assert.deepEqual(
      changes(rows, past)?.map(({ row }) => row.name),
      ['a_packets_total', 'c_bytes_total'],
    );
    const gauges = [row(0, 'a_bytes', 'gauge'), row(1, 'b_pages', 'gauge')];
    assert.deepEqual(
      changes(gauges, pastOf([0, 4096], [0, 4096]))?.map(({ row }) => row.name),
      ['b_pages'],
    );
  });

  it('are not known before there are two windows', () => {
    assert.equal(named(pastOf([NaN, 1], [NaN, 2], [NaN, 3], [NaN, 4], [NaN, 5])), undefined);
  });

  it('compare the values of gauges', () => {
    assert.deepEqual(named(pastOf([1e9, 1.1e9], [1e6, 5e6], [3, 6], [0, 4096], [-5, -5]), 'gauge'), [3, 1]);
  });

  it('say by how much', () => {
    assert.deepEqual(
      [
        [0, 5],
        [5, 0],
        [2, 9],
        [9, 2],
        [1, 12_345],
        [-2, 3],
      ].map(([before, now]) => changeText(before ?? NaN, now ?? NaN)),
      ['▲ new', '▼ none', '▲ ×4.5', '▼ ÷4.5', '▲ ×12.3k', '▲'],
    );
  });
});

describe('hottest', () => {
  it('says in words what the strip shows', () => {
    const cpus = [0, 1, 5];
    const values = { unit: 'packets', rates: [10, 20, 1500], hot: [0, 1, 12], chosen: undefined };
    assert.equal(
      hottest(cpus, values),
      'most on CPU 5: 1.50 k packets/s, the median CPU 20.0 packets/s · rows unusual on CPU 5 (12), CPU 1 (1)',
    );
    const of = (rates: StripValues['rates'], hot: readonly number[]): string =>
      hottest(cpus, { unit: undefined, rates, hot, chosen: undefined });
    assert.equal(of([0, 0, 0], []), 'nothing on any CPU');
    assert.equal(of([0, undefined, 0], [0, 0, 0]), 'no CPU is unusual');
    assert.equal(of(undefined, []), '');
  });
});
