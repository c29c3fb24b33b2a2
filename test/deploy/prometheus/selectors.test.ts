import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askedBy } from './selectors.js';

describe('askedBy', () => {
  const cases: readonly [expression: string, selectors: [string, string[]][], grouping: string[]][] = [
    [
      'rate(a_total[5m]) > 1e-05 and b',
      [
        ['a_total', []],
        ['b', []],
      ],
      [],
    ],
    ['up{job=~"k.*", instance!="}"} == 0', [['up', ['job', 'instance']]], []],
    [
      'max without (cpu, x) (rate(a[5m])) / (sum by (y) (b) > 0.5)',
      [
        ['a', []],
        ['b', []],
      ],
      ['cpu', 'x', 'y'],
    ],
    [
      'a / on (job) group_left (role) b offset 5m',
      [
        ['a', []],
        ['b', []],
      ],
      ['job', 'role'],
    ],
    [
      'clamp_min(1 - level:a:rate5m / (b > 0), 0) or time()',
      [
        ['level:a:rate5m', []],
        ['b', []],
      ],
      [],
    ],
    ["sum(a{l='x(y)'}) without (cpu)", [['a', ['l']]], ['cpu']],
  ];
  for (const [expression, selectors, grouping] of cases) {
    it(expression, () => {
      const asked = askedBy(expression);
      assert.deepEqual(
        asked.selectors.map(({ metric, labels }) => [metric, labels]),
        selectors,
      );
      assert.deepEqual(asked.grouping, grouping);
    });
  }
});
