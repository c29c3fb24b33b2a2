/** Covers: compare.ts, series.ts, about.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareScrapes, type Comparison, type Moved } from '../../src/diff/compare.js';
import { decimalText, type Decimal } from '../../src/diff/decimal.js';
import { parseScrape } from '../../src/diff/parser.js';
import { labelSet } from '../../src/exposition/syntax.js';

/** What the exporter says of the kernel and the read. */
function own(boot = '1700000000.204118', at = '1700000600.5', release = '14.0-CURRENT'): string {
  return `# TYPE kcounter_exporter_kernel_info gauge
kcounter_exporter_kernel_info{kernel="live",release="${release}",osreldate="1400097",machine="amd64"} 1
# TYPE kcounter_exporter_kernel_boot_time_seconds gauge
kcounter_exporter_kernel_boot_time_seconds ${boot}
# TYPE kcounter_exporter_snapshot_timestamp_seconds gauge
kcounter_exporter_snapshot_timestamp_seconds ${at}
`;
}

const AT_B = '1700000610.5';

function compare(a: string, b: string, ownA = own(), ownB = own(undefined, AT_B)): Comparison {
  return compareScrapes(parseScrape(a + ownA, 'a'), parseScrape(b + ownB, 'b'));
}

function counter(name: string, ...lines: readonly string[]): string {
  return `# TYPE ${name} counter\n${lines.map((line) => `${name}${line}\n`).join('')}`;
}

function shown({ name, labels, a, b, change, rate }: Moved): string {
  const [from, to, by] = [a, b, change].map((value: Decimal) => decimalText(value));
  return `${name}${labelSet(labels)} ${from} ${to} ${by} ${rate}`;
}

/** All that a comparison tells of series but how many did not move. */
function told(comparison: Comparison): unknown[] {
  const { moved, wentBack, otherBeginning, cpuIds, onlyA, onlyB, incomparable } = comparison;
  return [...moved.flat(), ...wentBack, ...otherBeginning, ...cpuIds, ...onlyA, ...onlyB, ...incomparable];
}

describe('compareScrapes', () => {
  it('subtracts counters of one boot to the last digit, and tells their rate', () => {
    const { moved, seconds } = compare(
      counter('x_total', ' 18446744073709551605'),
      counter('x_total', ' 18446744073709551615'),
    );
    assert.equal(seconds, 10);
    assert.deepEqual(
      moved.map((rows) => rows.map(shown)),
      [['x_total 18446744073709551605 18446744073709551615 10 1']],
    );
  });

  it('never subtracts counters of two boots, of two kernels, or of a boot that is not told', () => {
    const [a, b] = [
      counter('x_total', ' 5') + '# TYPE g gauge\ng 5\n',
      counter('x_total', ' 9') + '# TYPE g gauge\ng 3\n',
    ];
    for (const [other, why] of [
      [own('1700000000.204119'), /times of boot differ/],
      [own(undefined, undefined, '14.1-RELEASE'), /the release differs/],
      ['', /B does not tell when/],
    ] as const) {
      const { moved, otherBeginning, otherBoot = '' } = compare(a, b, own(), other);
      assert.match(otherBoot, why);
      // What a gauge is now does not hang on when the kernel began.
      assert.deepEqual(moved.flat().map(shown), ['g 5 3 -2 undefined']);
      assert.deepEqual(
        otherBeginning.map(({ name }) => name),
        ['x_total'],
      );
    }
  });

  it('has no negative change of a counter: what went back, or wrapped, is told apart', () => {
    const { moved, wentBack } = compare(
      counter('x_total', '{i="0"} 18446744073709551615', '{i="1"} 7'),
      counter('x_total', '{i="0"} 4', '{i="1"} 8'),
    );
    assert.deepEqual(
      wentBack.map(({ labels, a, b }) => [labels[0]?.value, a.digits, b.digits]),
      [['0', 2n ** 64n - 1n, 4n]],
    );
    assert.deepEqual(moved.flat().map(shown), ['x_total{i="1"} 7 8 1 0.1']);
  });

  it('takes what went below 0, which is near 2^64, for no change that was counted', () => {
    const { moved, wentBack } = compare(counter('x_total', ' 10'), counter('x_total', ' 18446744073709551615'));
    assert.deepEqual([moved.length, wentBack.length], [0, 1]);
  });

  it('sees a reset that the sum has made up for by a CPU that went back', () => {
    const parts = (...values: number[]): string =>
      counter('x_per_cpu_total', ...values.map((value, cpu) => `{cpu="${cpu}"} ${value}`));
    const { wentBack } = compare(
      counter('x_total', ' 100') + parts(90, 10),
      counter('x_total', ' 150') + parts(20, 130),
    );
    assert.equal(wentBack.length, 1);
  });

  it('names the CPUs that had most of a change, and adds up parts that have no sum', () => {
    const parts = (...values: number[]): string =>
      counter('x_per_cpu_total', ...values.map((value, cpu) => `{if="e",cpu="${cpu}"} ${value}`));
    const [row] = compare(parts(1, 2, 3), parts(2, 2, 12)).moved.flat();
    assert.equal(shown(row!), 'x_per_cpu_total{if="e"} 6 16 10 1');
    assert.deepEqual(
      row!.cpus.map(({ cpu, share }) => [cpu, share]),
      [
        [2, 0.9],
        [0, 0.1],
      ],
    );
    const other = compare(parts(1, 2, 3), parts(2, 2));
    assert.deepEqual(
      other.incomparable.map(({ why }) => why),
      ['A and B have it of other CPUs'],
    );
    assert.deepEqual(other.moved, []);
  });

  it('never mixes what is of unlike units, and puts the greatest change of each first', () => {
    const at = (bytes: number, less: number, more: number, gauge: number): string =>
      counter('x_bytes_total', ` ${bytes}`) +
      counter('x_packets_total', ` ${less}`) +
      counter('x_faults_total', ` ${more}`) +
      `# TYPE g gauge\ng ${gauge}\n# TYPE h gauge\nh ${-2 * gauge}\n# TYPE p_pages gauge\np_pages ${gauge}\n`;
    const { moved } = compare(at(0, 0, 0, 0), at(1000, 2, 3, 5));
    assert.deepEqual(
      moved.map((rows) => rows.map(({ name }) => name)),
      [['x_faults_total', 'x_packets_total'], ['x_bytes_total'], ['h', 'g'], ['p_pages']],
    );
  });

  it('says of what is in one only, and of what is not of one type', () => {
    const { onlyA, onlyB, incomparable, unmoved } = compare(
      '# TYPE a gauge\na 1\n# TYPE x gauge\nx 1\n# TYPE n gauge\nn NaN\nuntyped 1\n# TYPE s gauge\ns 1\n',
      '# TYPE b gauge\nb 1\n# TYPE x counter\nx 1\n# TYPE n gauge\nn 1\nuntyped 1\n# TYPE s gauge\ns 1\n',
    );
    assert.deepEqual(
      [onlyA, onlyB].map((rows) => rows.map(({ name }) => name)),
      [['a'], ['b']],
    );
    assert.deepEqual(Object.fromEntries(incomparable.map(({ name, why }) => [name, why])), {
      n: 'its value is no finite number',
      untyped: 'no TYPE line tells whether it is a counter or a gauge',
      x: 'it is a gauge in A and a counter in B',
    });
    assert.equal(unmoved, 1);
  });

  it("leaves out the exporter's metrics and what it works out, and subtracts no ids of CPUs", () => {
    const at = (value: number): string =>
      counter('x_total', ' 1') +
      `# TYPE x_per_cpu_rate gauge\nx_per_cpu_rate{stat="max"} ${value}\n# TYPE x_busiest_cpu gauge\nx_busiest_cpu ${value}\n` +
      `# TYPE interrupt_cpu gauge\ninterrupt_cpu{irq="1"} ${value}\n# TYPE process_open_fds gauge\nprocess_open_fds ${value}\n` +
      `# TYPE g gauge\ng 1\n# TYPE g_per_cpu gauge\ng_per_cpu{stat="max"} ${value}\n`;
    const { moved, cpuIds, unmoved, leftOut } = compare(at(1), at(2));
    assert.deepEqual(moved, []);
    assert.deepEqual(
      cpuIds.map(({ name }) => name),
      ['interrupt_cpu'],
    );
    assert.deepEqual([unmoved, leftOut], [2, 4 + 3]);
  });

  it('does not subtract what was zeroed in between, where OpenMetrics tells since when it counts', () => {
    const at = (value: number, created: string): string =>
      `# TYPE x counter\nx_total{i="0"} ${value}\n${created}x_total{i="1"} ${value}\nx_created{i="1"} 1700000000.204\n`;
    const end = '# EOF\n';
    const since = 'x_created{i="0"} 1700000000.204\n';
    const { moved, otherBeginning } = compare(at(5, since), at(9, ''), own() + end, own(undefined, AT_B) + end);
    assert.deepEqual(
      otherBeginning.map(({ labels }) => labels[0]?.value),
      ['0'],
    );
    assert.deepEqual(
      moved.flat().map(({ labels }) => labels[0]?.value),
      ['1'],
    );
  });

  it('finds nothing in any document that is compared with itself', () => {
    const value = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
      fc.double({ noNaN: true, min: 0 }).map(String),
    );
    const series = fc.uniqueArray(
      fc.tuple(fc.constantFrom('c_bytes_total', 'c_total', 'c_per_cpu_total'), fc.nat(70), fc.string(), value),
      {
        selector: ([name, cpu, label]) => `${name} ${cpu} ${label}`,
      },
    );
    fc.assert(
      fc.property(series, (all) => {
        const types = '# TYPE c_bytes_total counter\n# TYPE c_total counter\n# TYPE c_per_cpu_total counter\n';
        const lines = all.map(
          ([name, cpu, label, text]) =>
            `${name}${labelSet([
              { name: 'l', value: label },
              { name: 'cpu', value: String(cpu) },
            ])} ${text.replace('Infinity', '0')}\n`,
        );
        const document = types + lines.join('');
        assert.deepEqual(told(compare(document, document)), []);
      }),
    );
  });

  it('changes sign with the sides, of gauges, and tells each series once', () => {
    const values = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.maxSafeInteger());
    const document = (all: Readonly<Record<string, number>>): string =>
      Object.entries(all)
        .map(([name, value]) => `# TYPE g_${name} gauge\ng_${name} ${value}\n`)
        .join('');
    fc.assert(
      fc.property(values, values, (a, b) => {
        const there = compare(document(a), document(b));
        const back = compare(document(b), document(a));
        const changes = ({ moved }: Comparison, sign: bigint): string[] =>
          moved.flat().map(({ name, change }) => `${name} ${sign * change.digits}`);
        assert.deepEqual(changes(there, 1n), changes(back, -1n));
        assert.equal(told(there).length + there.unmoved, new Set([...Object.keys(a), ...Object.keys(b)]).size);
      }),
    );
  });
});
