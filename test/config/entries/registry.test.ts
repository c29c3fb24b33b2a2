/** The kinds of entries as a whole: what a config and its messages take from the registry. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryKinds, kindNames } from '../../../src/config/entries/registry.js';
import type { EntryKind } from '../../../src/config/model.js';
import { configSchema } from '../../../src/config/schema.js';
import { errorsOf, loadTyped } from '../files.js';

const HEAD = 'version: 1\n';
/** What a kind takes that names no symbol. */
const FIRST: Partial<Record<EntryKind, string>> = {
  pcpu: 'type: gauge',
  structures: 'structure: ipfw_rules',
  interrupts: 'metric: m_total',
};

describe('the kinds of entries', () => {
  it('have their lists at the end of a config, in the order in which their entries are published', () => {
    assert.deepEqual(kindNames, ['counters', 'zpcpu', 'dpcpu', 'pcpu', 'list', 'structures', 'values', 'interrupts']);
    assert.deepEqual(Object.keys(configSchema._zod.def.shape).slice(-kindNames.length), kindNames);
    const entries = loadTyped(
      `${HEAD}pcpu: [{fields: [p]}]\ndpcpu: [{symbol: d}]\nzpcpu: [{symbol: z}]\ncounters: [{symbol: c}]\n`,
    );
    assert.deepEqual(
      entries.map(({ kind, symbol }) => [kind, symbol]),
      [
        ['counters', 'c'],
        ['zpcpu', 'z'],
        ['dpcpu', 'd'],
        ['pcpu', 'pcpu'],
      ],
    );
  });

  it('are named where a config has none', () => {
    const expected =
      'expected at least one in `counters`, `zpcpu`, `dpcpu`, `pcpu`, `list`, `structures`, `values` or `interrupts`, or a pack';
    assert.deepEqual(errorsOf(HEAD), [`a.yaml: found no entries, ${expected}`]);
  });

  it("take another kind's list for an unknown key, whatever it holds", () => {
    for (const kind of kindNames) {
      const other = entryKinds[kind].listKey === 'members' ? 'fields' : 'members';
      for (const held of ['5', 'true', '[a]', '{}', '']) {
        const first = FIRST[kind] ?? 'symbol: x';
        const errors = errorsOf(`${HEAD}${kind}:\n  - ${first}\n    ${other}: ${held}\n`);
        assert.deepEqual(errors, [`a.yaml:4:5: ${kind}[0].${other}: unknown key`], held);
      }
    }
  });
});
