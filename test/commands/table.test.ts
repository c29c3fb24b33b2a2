import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { table, wrappedTable } from '../../src/commands/table.js';
import { runExporter } from '../support/exporter.js';

const head = ['member', 'offset', 'sum', 'cpu 0', 'cpu 1', 'cpu 2'];
const rows = [
  ['a', '0', '60', '10', '20', '30'],
  ['long_name', '8', '6', '1', '2', '3'],
];

describe('wrappedTable', () => {
  it('is one table where that fits', () => {
    assert.deepEqual(wrappedTable(head, rows, 1, 2, 43), table(head, rows, 1));
    assert.equal(Math.max(...table(head, rows, 1).map((line) => line.length)), 43);
  });

  it('goes on below, with the first columns again, where it does not fit', () => {
    assert.deepEqual(wrappedTable(head, rows, 1, 2, 36), [
      'member     offset  sum  cpu 0  cpu 1',
      'a               0   60     10     20',
      'long_name       8    6      1      2',
      '',
      'member     offset  cpu 2',
      'a               0     30',
      'long_name       8      3',
    ]);
  });

  it('has one more column than the first ones even where that is too wide', () => {
    assert.equal(wrappedTable(head, rows, 1, 2, 1).length, 4 * 3 + 3);
  });
});

it('describe keeps its lines within 120 characters on 256 CPUs, and has each CPU', () => {
  const { code, stdout } = runExporter('describe', 'v_swtch', '--simulate=amd64-14,cpus=256');
  assert.equal(code, 0);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line);
  assert.deepEqual(
    [...stdout.matchAll(/cpu (\d+)/g)].map(([, cpu]) => Number(cpu)),
    Array.from({ length: 256 }, (_, cpu) => cpu),
  );
});
