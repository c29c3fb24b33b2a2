/** Covers: view.ts, rows.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayoutMessage } from '../../src/live/messages.js';
import { pageRows, queries } from '../../src/page/rows.js';
import { choose, FIRST_VIEW, fromAddress, toAddress, type Movement, type View } from '../../src/page/view.js';

const family = { help: 'H.', type: 'counter', cpu: 'both' } as const;
const layout: LayoutMessage = {
  id: 'x',
  interval: 1000,
  reader: 'direct',
  reason: '',
  past: 0,
  cpus: [0],
  families: [
    { ...family, name: 'b_total', perCpuName: 'b_per_cpu_total', help: 'Segments that came twice.' },
    { ...family, name: 'a10_total', perCpuName: 'a10_per_cpu_total', cpu: 'per_cpu' },
    { ...family, name: 'a9', perCpuName: 'a9_per_cpu', type: 'gauge', cpu: 'sum' },
  ],
  entries: [
    { symbol: 'tcpstat', group: 'tcp' },
    { symbol: 'numneghits', group: 'mine' },
  ],
  rows: [
    { family: 0, entry: 0, labels: [], member: 'tcps_rcvduppack' },
    { family: 1, entry: 1, labels: [] },
    { family: 2, entry: 0, labels: [{ name: 'state', value: 'syn_sent' }] },
    { family: 2, entry: 0, labels: [{ name: 'state', value: 'a "quoted"\\\n' }] },
  ],
};
const rows = pageRows(layout);
/** Row 1 is down, row 0 is the counter that moves, row 2 the gauge that moves most, row 3 is the most uneven. */
const values: Movement = {
  isUp: (row) => row !== 1,
  value: (row) => [2n ** 53n, 'missing', 2n ** 53n + 1n, -1n][row],
  recent: (row) => [1, 0, 9, 2][row]!,
  skew: (row) => [1.5, undefined, 1, 4][row],
  alertNames: ({ index }) => (index === 1 ? ['FreeBSDTooMany', 'FreeBSDTooFew'] : []),
  isUnusual: (row) => row === 3,
};

function chosen(view: Partial<View>): number[] {
  return choose(rows, { ...FIRST_VIEW, ...view }, values).map(({ index }) => index);
}

describe('choose', () => {
  it('finds by name, symbol, member, label, help and pack, whatever the letters, all words at once', () => {
    assert.deepEqual(chosen({ search: 'B_TOTAL' }), [0]);
    assert.deepEqual(chosen({ search: 'a10_per_cpu' }), [1]);
    assert.deepEqual(chosen({ search: 'numneg' }), [1]);
    assert.deepEqual(chosen({ search: 'tcps_rcv' }), [0]);
    assert.deepEqual(chosen({ search: 'state="syn' }), [2]);
    assert.deepEqual(chosen({ search: 'twice' }), [0]);
    assert.deepEqual(chosen({ search: 'mine' }), [1]);
    assert.deepEqual(chosen({ search: ' tcp  gauge syn' }), [2]);
    assert.deepEqual(chosen({ search: 'tcp nothing' }), []);
    assert.deepEqual(chosen({ search: 'freebsdtoomany' }), [1], 'by its alert');
    assert.deepEqual(chosen({ search: 'mine FreeBSDTooFew' }), [1]);
    assert.deepEqual(chosen({ search: 'tcp FreeBSDTooFew' }), []);
  });

  it('filters by state and by movement', () => {
    assert.deepEqual(chosen({ state: 'down' }), [1]);
    assert.deepEqual(chosen({ state: 'up', sort: 'rate' }), [0, 2, 3]);
    assert.deepEqual(chosen({ moving: true }), [2, 3, 0]);
    assert.deepEqual(chosen({ cpu: 0 }), [3], 'hot on that CPU');
  });

  it('filters by packs, of which there may be several', () => {
    assert.deepEqual(chosen({ groups: ['mine'] }), [1]);
    assert.deepEqual(chosen({ groups: ['mine', 'tcp'], search: 'counter' }), [1, 0]);
    assert.deepEqual(chosen({ groups: ['other'] }), []);
  });

  it('sorts by value with all digits, what was not read last', () => {
    assert.deepEqual(chosen({ sort: 'value' }), [2, 0, 3, 1]);
    assert.deepEqual(chosen({ sort: 'value', reverse: true }), [3, 0, 2, 1]);
  });

  it('sorts by name as people count, by rate and by imbalance, and the other way round', () => {
    assert.deepEqual(chosen({}), [1, 2, 3, 0], 'by group first');
    assert.deepEqual(chosen({ reverse: true }), [0, 3, 2, 1]);
    assert.deepEqual(chosen({ sort: 'rate' }), [0, 2, 3, 1]);
    assert.deepEqual(chosen({ sort: 'rate', reverse: true }), [1, 3, 2, 0]);
    assert.deepEqual(chosen({ sort: 'skew' }), [3, 0, 2, 1]);
    assert.deepEqual(chosen({ sort: 'skew', reverse: true }), [2, 0, 3, 1], 'what is not known is last, either way');
  });

  it('does not compare the rates of bytes with those of events, and has what stands still last', () => {
    const units = [undefined, 'bytes', 'packets', 'bytes', 'pages', 'packets'];
    const mixed: LayoutMessage = {
      ...layout,
      families: units.map((unit, at) => {
        const name = `r${at}_total`;
        return { ...family, name, perCpuName: name, ...(unit === undefined ? {} : { unit }) };
      }),
      rows: units.map((_, at) => ({ family: at, entry: 0, labels: [] })),
    };
    const rates = [5, 1e9, 70, 2e9, 1e6, 0];
    const movement: Movement = { ...values, recent: (row) => rates[row]! };
    const sorted = (view: Partial<View>): number[] =>
      choose(pageRows(mixed), { ...FIRST_VIEW, ...view }, movement).map(({ index }) => index);
    assert.deepEqual(sorted({ sort: 'rate' }), [2, 0, 3, 1, 4, 5]);
    assert.deepEqual(sorted({ search: 'packets' }), [2, 5], 'units are found');
  });
});

describe('the address', () => {
  it('is empty at first, and gives back every view', () => {
    assert.equal(toAddress(FIRST_VIEW), '');
    assert.deepEqual(fromAddress(''), FIRST_VIEW);
    for (const view of [
      {
        search: 'a b&c=#%',
        state: 'down',
        moving: true,
        sort: 'skew',
        reverse: true,
        groups: ['a,b', 'tcp'],
        cpu: 1023,
        heat: 'a_total{b="c"}',
        minutes: 60,
        open: 'x{y="z & # \\"w"}',
      },
      { ...FIRST_VIEW, state: 'up', sort: 'name', reverse: true },
      { ...FIRST_VIEW, sort: 'value' },
    ] as View[]) {
      assert.deepEqual(fromAddress(`#${toAddress(view)}`), view);
    }
  });

  it('may hold anything', () => {
    assert.deepEqual(fromAddress('#cpu=x&min=7&state=sideways&sort=--rate&moving=yes&other=1&%'), FIRST_VIEW);
  });
});

describe('queries', () => {
  it('ask for what is published only', () => {
    const asked = rows.map((row) => queries(row).map(({ query }) => query));
    const parts = 'rate(b_per_cpu_total[5m])';
    assert.deepEqual(asked[0], [
      'rate(b_total[5m])',
      parts,
      `max without (cpu) (${parts}) / avg without (cpu) (${parts})`,
    ]);
    assert.equal(asked[1]![0], 'rate(a10_per_cpu_total[5m])');
    assert.deepEqual(asked[2], ['a9{state="syn_sent"}']);
    assert.deepEqual(asked[3], ['a9{state="a \\"quoted\\"\\\\\\n"}']);
  });

  it('are of the few series that say how a counter, or a gauge, is spread', () => {
    const counter = { ...family, cpu: 'spread', name: 'c_total', perCpuName: 'c_per_cpu_total' } as const;
    const spread: LayoutMessage = {
      ...layout,
      families: [
        { ...counter, spread: ['c_per_cpu_rate', 'c_busiest_cpu'] },
        { ...counter, type: 'gauge', name: 'g', perCpuName: 'g_per_cpu', spread: ['g_per_cpu'] },
      ],
      rows: [
        { family: 0, entry: 0, labels: [] },
        { family: 0, entry: 0, labels: [{ name: 'mode', value: 'user' }] },
        { family: 1, entry: 0, labels: [] },
      ],
    };
    const [plain, labelled, gauge] = pageRows(spread);
    const asked = [plain!, labelled!, gauge!].map((row) => queries(row).map(({ query }) => query));
    assert.deepEqual(asked, [
      [
        'rate(c_total[5m])',
        'c_per_cpu_rate',
        'c_per_cpu_rate{stat="max"} / ignoring (stat) c_per_cpu_rate{stat="p50"}',
        'c_busiest_cpu',
      ],
      [
        'rate(c_total{mode="user"}[5m])',
        'c_per_cpu_rate{mode="user"}',
        'c_per_cpu_rate{mode="user",stat="max"} / ignoring (stat) c_per_cpu_rate{mode="user",stat="p50"}',
        'c_busiest_cpu{mode="user"}',
      ],
      ['g', 'g_per_cpu'],
    ]);
    assert.ok(plain!.words.includes('c_busiest_cpu'));
  });
});
