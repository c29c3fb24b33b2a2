/** Covers: screen.ts, table.ts, view.ts, names.ts, numbers.ts, painter.ts: the screen, to the letter. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nameText } from '../../src/top/names.js';
import { changeText, percentText, rateText, short, timeText, valueText } from '../../src/top/numbers.js';
import { colours, plain, wantsColours } from '../../src/top/painter.js';
import { screen } from '../../src/top/screen.js';
import type { Series } from '../../src/top/series.js';
import type { Size, View } from '../../src/top/view.js';
import { cpuIds } from '../support/entries.js';
import { frameOf, seriesOf, viewOf } from '../support/topFrames.js';

const ESCAPE = '\x1b';
const SMALL: Size = { columns: 80, rows: 24 };
const LARGE: Size = { columns: 200, rows: 60 };

const interfaceLabels = [{ name: 'interface', value: 'mce0' }];
const SERIES: readonly Series[] = [
  seriesOf('freebsd_vm_context_switches_total', {
    value: 1_680_976_138_942n,
    rate: 407_918.4,
    average: 398_112,
    parts: Float64Array.of(10.2, 20, 407_858.2, 30),
    hot: { id: 2, share: 0.387 },
  }),
  seriesOf('freebsd_interface_transmit_bytes_total', {
    labels: interfaceLabels,
    value: 11_587_311_249_151_127n,
    rate: 12_811_891_597.3,
    average: 2_683_178_256,
    parts: Float64Array.of(3_202_972_899, 3_202_972_899, 3_202_972_899, 3_202_972_900.3),
  }),
  seriesOf('freebsd_tcp_received_out_of_order_segments_total', {
    value: 12n,
    rate: 0,
    average: 0,
    parts: new Float64Array(4),
  }),
  seriesOf('freebsd_vm_wired_pages', {
    type: 'gauge',
    value: 1_290_981n,
    change: -254n,
    parts: Float64Array.of(-4_280_000, 5e6, 570_981, 0),
  }),
  seriesOf('freebsd_tcp_retransmitted_segments_total', { value: 77n, rate: 2.5 }),
  seriesOf('freebsd_arp_requests_sent_total', { value: 5n }),
  seriesOf('freebsd_cache_negative_hits_total', {
    value: undefined,
    reason: 'its per-CPU copies could not be read: invalid address (0x…), and that again and again',
  }),
];
const FRAME = frameOf(SERIES, {
  down: [
    { symbol: 'numneghits', reason: 'its per-CPU copies could not be read: invalid address', optional: false },
    { symbol: 'carpstats', reason: 'no loaded file has this symbol', optional: true },
    { symbol: 'nonesuch', reason: 'no loaded file has this symbol', optional: false },
  ],
  absent: [
    seriesOf('carpstats', { value: undefined, reason: 'no loaded file has this symbol', isOptional: true }),
    seriesOf('nonesuch', { value: undefined, reason: 'no loaded file has this symbol' }),
  ],
});

/** The screen without the empty lines in its middle. */
function shown(view: View, size: Size): string[] {
  const lines = screen(view, size, plain);
  assert.equal(lines.length, size.rows);
  for (const line of lines) assert.ok(line.length <= size.columns && /^[ -~]*$/.test(line), line);
  const last = lines.findLastIndex((line, index) => line !== '' && index < lines.length - 1);
  return [...lines.slice(0, last + 1), lines.at(-1)!].map((line) => line.trimEnd());
}

describe('the screen', () => {
  it('is exactly this at 80 by 24', () => {
    assert.deepEqual(shown(viewOf(FRAME), SMALL), [
      'kcounter_exporter top - 14.3-RELEASE amd64, 4 CPUs                      02:13:45',
      'every 1s, by rate; rates over 1.00s, averages over 10.0s',
      '7 series: 4 moving, 1 that cannot be read',
      'DOWN (+1 more) numneghits: its per-CPU copies could not be read: invalid address',
      'NAME                                       VALUE     RATE/s  AVERAGE/s   HOT CPU',
      'vm_context_switches_total          1680976138942     407918     398112    2  39%',
      'tcp_retransmitted_segments_total              77       2.50          -         -',
      'interface_transmit_bytes{mce0}           10.3PiB    11.9GiB    2.50GiB',
      'vm_wired_pages                           1290981       -254',
      'tcp_received_out_of_order_segments            12          0          0',
      'arp_requests_sent_total                        5          -          -         -',
      'cache_negative_hits_total          - its per-CPU copies could not be read: inv..',
      'carpstats                          - no loaded file has this symbol',
      'nonesuch                           - no loaded file has this symbol',
      'q quit  s sort  r reverse  / filter  c CPUs  i idle  ? help             1-9 of 9',
    ]);
  });

  it('is exactly this at 200 by 60', () => {
    assert.deepEqual(shown(viewOf(FRAME), LARGE), [
      'kcounter_exporter top - 14.3-RELEASE amd64, 4 CPUs                                                                                                                                              02:13:45',
      'every 1s, by rate; rates over 1.00s, averages over 10.0s',
      '7 series: 4 moving, 1 that cannot be read',
      'DOWN (+1 more) numneghits: its per-CPU copies could not be read: invalid address',
      'NAME                                                                    VALUE     RATE/s  AVERAGE/s        UNIT   HOT CPU',
      'freebsd_vm_context_switches_total                               1680976138942     407918     398112                2  39%',
      'freebsd_tcp_retransmitted_segments_total                                   77       2.50          -    segments         -',
      'freebsd_interface_transmit_bytes_total{interface="mce0"}    11587311249151127    11.9GiB    2.50GiB       bytes',
      'freebsd_vm_wired_pages                                                1290981       -254                  pages',
      'freebsd_tcp_received_out_of_order_segments_total                           12          0          0    segments',
      'freebsd_arp_requests_sent_total                                             5          -          -                     -',
      'freebsd_cache_negative_hits_total                        - its per-CPU copies could not be read: invalid address (0x..), and that again and again',
      'carpstats                                                - no loaded file has this symbol',
      'nonesuch                                                 - no loaded file has this symbol',
      'q quit  s sort  r reverse  / filter  c CPUs  i idle  ? help                                                                                                                                     1-9 of 9',
    ]);
  });

  it('shows each CPU where there is room, with three digits', () => {
    assert.deepEqual(shown(viewOf(FRAME, { withCpus: true }), SMALL).slice(4), [
      'NAME                                             RATE/s  cpu0  cpu1  cpu2  cpu3',
      'vm_context_switches_total                        407918  10.2    20  408k    30',
      'tcp_retransmitted_segments_total                   2.50     -     -     -     -',
      'interface_transmit_bytes_total{interface="mce0"}  11.9G 2.98G 2.98G 2.98G 2.98G',
      'vm_wired_pages                                     -254 -4.3M 5.00M  571k     0',
      'tcp_received_out_of_order_segments_total              0     0     0     0     0',
      'arp_requests_sent_total                               -     -     -     -     -',
      'cache_negative_hits_total                        - its per-CPU copies could no..',
      'carpstats                                        - no loaded file has this sym..',
      'nonesuch                                         - no loaded file has this sym..',
      'q quit  s sort  r reverse  / filter  c CPUs  i idle  ? help             1-9 of 9',
    ]);
  });

  it('shows the busiest CPUs of each series where there are 256', () => {
    const parts = new Float64Array(256).fill(2);
    parts[17] = 1e6;
    parts[255] = 34_567;
    const [one] = SERIES;
    const hot = { id: 17, share: 0.966 };
    const series = [{ ...one!, parts, hot }, ...SERIES.slice(1)].map((each) =>
      each.parts?.length === 4 ? { ...each, parts: undefined } : each,
    );
    const view = viewOf(frameOf(series, { cpus: cpuIds(256) }), { withCpus: true });
    assert.deepEqual(shown(view, SMALL).slice(3, 7), [
      'NAME                                        RATE/s   BUSIEST',
      'vm_context_switches_total                   407918  17:1.00M 255:34.6k   0:    2',
      'tcp_retransmitted_segments_total              2.50         -',
      'interface_transmit_bytes_total{mce0}       11.9GiB         -',
    ]);
    assert.deepEqual(shown(view, LARGE).slice(3, 7), [
      'NAME                                               VALUE     RATE/s  AVERAGE/s        UNIT   HOT CPU   BUSIEST',
      'vm_context_switches_total                  1680976138942     407918     398112               17  97%  17:1.00M 255:34.6k   0:    2   1:    2   2:    2   3:    2   4:    2   5:    2   6:    2   7:    2',
      'tcp_retransmitted_segments_total                      77       2.50          -    segments         -         -',
      'interface_transmit_bytes{mce0}         11587311249151127    11.9GiB    2.50GiB       bytes         -         -',
    ]);
  });

  it('marks the hot CPU wherever it stands among the busiest', () => {
    const parts = new Float64Array(256).fill(1);
    [parts[3], parts[4]] = [90, 100];
    const frame = frameOf([seriesOf('x', { rate: 444, parts, hot: { id: 3, share: 0.2 } })], { cpus: cpuIds(256) });
    const line = screen(viewOf(frame, { withCpus: true }), SMALL, colours)[4]!;
    assert.ok(line.includes(`4:  100 ${ESCAPE}[1;33m  3:   90${ESCAPE}[0m`), line);
  });

  it('says before the first read, and in it, that there are no rates yet', () => {
    assert.deepEqual(shown(viewOf(undefined), SMALL).slice(1), ['every 1s, by rate', '', 'reading the kernel', '']);
    const first = frameOf(SERIES.slice(5, 6), { seconds: undefined, averageSeconds: undefined });
    assert.deepEqual(shown(viewOf(first), SMALL).slice(1, -1), [
      'every 1s, by rate; rates from the second read on',
      '1 series',
      'NAME                                    VALUE     RATE/s  AVERAGE/s   HOT CPU',
      'freebsd_arp_requests_sent_total             5          -          -         -',
    ]);
  });

  it('says what is sought, how it is sorted, and that it is on hold', () => {
    const view = viewOf(FRAME, { sort: 'name', isReversed: true, filter: 'tcp seg', withIdle: false, isPaused: true });
    assert.deepEqual(shown(view, SMALL).slice(1), [
      'ON HOLD, every 1s, by name, reversed, without idle ones, with "tcp seg"; rates..',
      '7 series: 4 moving, 1 that cannot be read',
      'DOWN (+1 more) numneghits: its per-CPU copies could not be read: invalid address',
      'NAME                                       VALUE     RATE/s  AVERAGE/s   HOT CPU',
      'tcp_retransmitted_segments_total              77       2.50          -         -',
      'q quit  s sort  r reverse  / filter  c CPUs  i idle  ? help             1-1 of 1',
    ]);
    const typing = viewOf(FRAME, { filter: 'tcp', filterBefore: '' });
    assert.equal(
      shown(typing, SMALL).at(-1),
      '/tcp_                                                                   1-2 of 2',
    );
  });

  it('has no line that runs over, and is as high as the terminal, whatever its size', () => {
    for (const view of [
      viewOf(FRAME),
      viewOf(FRAME, { withCpus: true }),
      viewOf(FRAME, { isHelp: true }),
      viewOf(undefined),
    ]) {
      for (let columns = 1; columns <= 210; columns++) shown(view, { columns, rows: 12 });
      for (let rows = 1; rows <= 24; rows++) shown(view, { columns: 80, rows });
    }
  });

  it('shows what is below when it is scrolled, and never less than it could', () => {
    const many = frameOf(Array.from({ length: 100 }, (_, index) => seriesOf(`x_${index}`, { rate: 1000 - index })));
    const firstAt = (above: number): string => shown(viewOf(many, { above }), SMALL)[4]!.split(' ')[0]!;
    assert.deepEqual([firstAt(0), firstAt(7), firstAt(1000)], ['x_0', 'x_7', 'x_81']);
  });

  it('marks the head, hot CPUs and what is wrong, and takes no more room for that', () => {
    const lines = screen(viewOf(FRAME), SMALL, colours);
    const codes = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');
    assert.deepEqual(
      lines.map((line) => line.replaceAll(codes, '')),
      screen(viewOf(FRAME), SMALL, plain),
    );
    assert.ok(lines[3]!.startsWith(`${ESCAPE}[31mDOWN `) && lines[3]!.endsWith(`${ESCAPE}[0m`));
    assert.ok(lines[4]!.startsWith(`${ESCAPE}[7mNAME `) && lines[4]!.endsWith(`${ESCAPE}[0m`));
    assert.ok(lines.some((line) => line.includes('\x1b[1;33m   2  39%\x1b[0m')));
  });

  it('lets no name steer the terminal', () => {
    const labels = [{ name: 'jail', value: 'a\x1b[2Jb\u202eü' }];
    const [line] = shown(viewOf(frameOf([seriesOf('x', { labels })])), SMALL).slice(4);
    assert.match(line!, /^x\{jail="a\?\[2Jb\?\?"\} /);
  });
});

describe('the order', () => {
  const names = (options: Partial<View>): string[] =>
    shown(viewOf(FRAME, options), LARGE)
      .slice(5, -1)
      .map((line) => /^(?:freebsd_)?(\w{5})/.exec(line)![1]!);

  it('has events before bytes, counters before gauges, then what is idle, and what is not known last, also the other way round', () => {
    assert.deepEqual(names({ sort: 'rate' }), [
      'vm_co',
      'tcp_r',
      'inter',
      'vm_wi',
      'tcp_r',
      'arp_r',
      'cache',
      'carps',
      'nones',
    ]);
    assert.deepEqual(names({ sort: 'rate', isReversed: true }), [
      'tcp_r',
      'vm_wi',
      'inter',
      'tcp_r',
      'vm_co',
      'nones',
      'carps',
      'cache',
      'arp_r',
    ]);
  });

  it('is by value, name or skew', () => {
    assert.deepEqual(names({ sort: 'value' }).slice(0, 6), ['vm_co', 'tcp_r', 'tcp_r', 'arp_r', 'inter', 'vm_wi']);
    assert.deepEqual(names({ sort: 'name' }).slice(0, 4), ['carps', 'arp_r', 'cache', 'inter']);
    assert.deepEqual(names({ sort: 'skew' }).slice(0, 3), ['vm_co', 'tcp_r', 'inter']);
  });

  it('leaves out what is idle and what this kernel does not have, but nothing that is wrong', () => {
    assert.deepEqual(names({ withIdle: false }), ['vm_co', 'tcp_r', 'inter', 'vm_wi', 'cache', 'nones']);
  });
});

describe('names', () => {
  const labels = [
    { name: 'interface', value: 'mce0' },
    { name: 'queue', value: 'rx' },
  ];
  const cases: readonly [number, string][] = [
    [90, 'freebsd_interface_receive_dropped_packets_total{interface="mce0",queue="rx"}'],
    [70, 'freebsd_interface_receive_dropped_packets_total{mce0,rx}'],
    [59, 'interface_receive_dropped_packets_total{mce0,rx}'],
    [42, 'interface_receive_dropped_packets{mce0,rx}'],
    [34, 'interface_re..ped_packets{mce0,rx}'],
    [12, 'inter..0,rx}'],
    [2, 'in'],
  ];
  for (const [width, expected] of cases) {
    it(`are cut to ${width} in a way that tells them apart`, () => {
      const series = seriesOf('freebsd_interface_receive_dropped_packets_total', { labels });
      assert.equal(nameText(series, width, width < 60 ? 'freebsd_' : undefined), expected);
    });
  }
});

describe('numbers', () => {
  it('have all digits where these fit, else three and a letter', () => {
    assert.deepEqual(
      [1234567890123n, 12345678901234n, -5n].map((value) => valueText(value, 13, undefined)),
      ['1234567890123', '12.3T', '-5'],
    );
    assert.deepEqual(
      [0, 0.001, 0.5, 9.996, 99.96, 1234567, 12345678901].map((rate) => rateText(rate, 10, undefined)),
      ['0', '<0.01', '0.50', '10.0', '100', '1234567', '12.3G'],
    );
    assert.deepEqual(
      [0n, 7n, -7n, 123456n].map((change) => changeText(change, 6, undefined)),
      ['+0', '+7', '-7', '+123k'],
    );
  });

  it('have binary prefixes of bytes', () => {
    assert.deepEqual(
      [0, 512, 1023, 12345678901].map((rate) => rateText(rate, 10, 'bytes')),
      ['0B', '512B', '1.00KiB', '11.5GiB'],
    );
    assert.equal(rateText(12345678901, 6, 'bytes'), '11.5G');
    assert.deepEqual(
      [1234567890123n, 12345678901234n, -12345678901234n].map((value) => valueText(value, 13, 'bytes')),
      ['1234567890123', '11.2TiB', '-11.2TiB'],
    );
    assert.equal(changeText(-123456789n, 6, 'bytes'), '-118M');
    assert.deepEqual(
      [7, 0.5, 1000, -4096, -1023 * 1024, 2 ** 64].map((value) => short(value, 'bytes')),
      ['7', '0.50', '0.98K', '-4.0K', '-1.0M', '16.0E'],
    );
  });

  it('take five characters at most where they are short', () => {
    const texts = [0, 7, 999, 999.6, 1000, 999_499, 999_500, -9994, -4_280_000, 2 ** 64];
    assert.deepEqual(
      texts.map((value) => short(value, undefined)),
      ['0', '7', '999', '1.00k', '1.00k', '999k', '1.00M', '-10k', '-4.3M', '18.4E'],
    );
    for (let power = -2; power < 19; power++) {
      for (const digits of [1, 9.94, 9.95, 9.994, 9.995, 9.9951, 9.999]) {
        const value = digits * 10 ** power;
        for (const unit of [undefined, 'bytes']) {
          assert.ok(short(value, unit).length <= 5, short(value, unit));
          assert.ok(short(-Math.ceil(value), unit).length <= 5, short(-Math.ceil(value), unit));
        }
      }
    }
  });

  it('tell shares and times', () => {
    assert.deepEqual([0.00123, 0.0994, 0.0996, 1].map(percentText), ['0.1%', '9.9%', '10%', '100%']);
    assert.deepEqual([500, 1000, 1500, 60_000].map(timeText), ['500ms', '1s', '1.5s', '60s']);
  });
});

it('wants colours unless somebody says otherwise', () => {
  assert.equal(wantsColours({ TERM: 'xterm' }), true);
  assert.equal(wantsColours({ TERM: 'xterm', NO_COLOR: '' }), true);
  for (const env of [{ TERM: 'xterm', NO_COLOR: '1' }, { TERM: 'dumb' }, { TERM: '' }, {}]) {
    assert.equal(wantsColours(env), false);
  }
});
