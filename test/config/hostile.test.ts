/** Configs of which there is too much, or nothing: each ends in one clear error. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../src/config/load.js';
import { errorsOf, messageOf, write } from './files.js';

const NO_ENTRIES =
  'found no entries, expected at least one in `counters`, `zpcpu`, `dpcpu`, `pcpu`, `list`, `structures`, `values` or `interrupts`, or a pack';

describe('a config', () => {
  it('that is empty, or without entries, is refused', () => {
    const empty = 'found an empty file, expected a config that begins with `version: 1`';
    assert.deepEqual(errorsOf(''), [`a.yaml:1:1: ${empty}`]);
    assert.deepEqual(errorsOf('version: 1\ncounters: []\n'), [`a.yaml: ${NO_ENTRIES}`]);
    assert.equal(messageOf([]), `config: ${NO_ENTRIES}`);
  });

  it('that is bad does not hide the errors of another', () => {
    assert.deepEqual(errorsOf('a: [', 'version: 2\n'), [
      'a.yaml:1:5: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'b.yaml:1:10: version: found the number 2, expected the number 1',
    ]);
  });

  it('with many bad labels shows the first errors and counts the others', () => {
    const labels = Array.from({ length: 15_000 }, (_, i) => `-${i}: ''`).join(', ');
    const lines = errorsOf(`version: 1\ncounters: [{symbol: s, metric: m, help: h, labels: {${labels}}}]`);
    assert.equal(lines.length, 51);
    assert.equal(lines[50], '… and 29951 more');
  });

  it('with too many values in the kernel is refused', () => {
    const entry = (n: number) => `- {symbol: s${n}, metric: m${n}, help: h, length: 65536}\n`;
    const entries = Array.from({ length: 2000 }, (_, n) => entry(n)).join('');
    assert.deepEqual(errorsOf(`version: 1\ncounters:\n${entries}`), [
      'a.yaml:4:45: counters[1].length: found more than 100000 values in all, expected fewer',
    ]);
  });

  it('with thousands of good entries is no attack', () => {
    const entry = (n: number) =>
      `  - symbol: sim_counter_${n}\n    metric: sim_counter_${n}_total\n    type: counter\n    help: Made-up counter.\n`;
    const entries = Array.from({ length: 5000 }, (_, n) => entry(n)).join('');
    assert.equal(loadConfig([write(`version: 1\ncounters:\n${entries}`)]).entries.length, 5000);
  });
});
