import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryText, type ListProposal } from '../../src/discover/listEntry.js';
import { configOf } from '../support/simulated.js';
import { isTyped } from '../../src/config/model.js';
import { memberMetric } from '../../src/config/madeNames.js';
import { rulesOf } from '../support/smallKernel.js';

const proposal = (members: readonly string[]): ListProposal => ({
  symbol: 'linker_files',
  rules: rulesOf({ link: 'link', keys: [{ label: 'name', member: 'filename' }] }),
  members,
  areCounters: false,
  packs: [],
});

/** The names of its metrics, as the config has them that it is written to. */
function namesIn(text: string): string[] {
  const [entry] = configOf(`list:\n  ${text}\n`).entries;
  assert.ok(entry !== undefined && isTyped(entry));
  return (entry.members ?? []).map((rule) => memberMetric(entry, rule, rule.pattern));
}

describe('the entry that is proposed for a list', () => {
  it('gives a name to each metric that has it alone', () => {
    const gauges = entryText(proposal(['refs', 'ctors_size', 'size', 'dtors_size']), { type: 'gauge' }, false);
    assert.deepEqual(namesIn(gauges), [
      'linker_files_refs',
      'linker_files_ctors_size',
      'linker_files_size',
      'linker_files_dtors_size',
    ]);
    const metrics = { type: 'counter', gauges: ['b_in'], metric: 'list_*' } as const;
    assert.deepEqual(namesIn(entryText(proposal(['a_in', 'b_in', 'a_out']), metrics, false)), [
      'list_a_in_total',
      'list_b_in',
      'list_out_total',
    ]);
  });

  it('leaves out a member for whose metric there is no name left', () => {
    const text = entryText(proposal(['x_a.b', 'y_a.b', 'x_a_b', 'z_y_a_b']), { type: 'gauge' }, false);
    assert.equal(new Set(namesIn(text)).size, namesIn(text).length);
    assert.match(text, /members: \[/);
  });
});
