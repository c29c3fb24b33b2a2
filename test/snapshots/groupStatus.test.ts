import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cause } from '../../src/plan/unresolved.js';
import { describeGroups, type GroupStatus } from '../../src/snapshots/groupStatus.js';
import { UNRESOLVED } from '../../src/snapshots/itemStates.js';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import { entryOf, familyOf, fieldOf, layoutOf } from '../support/entries.js';
import { Simulated } from '../support/simulated.js';

/** What becomes of a symbol; undefined where it is read. */
type Fate = Cause | undefined;

/** The groups of a config in which each symbol gives a sum and the parts of two CPUs. */
function groupsWith(config: Readonly<Record<string, readonly Fate[]>>, optional = true): Record<string, GroupStatus> {
  const wanted = Object.entries(config).flatMap(([group, fates]) =>
    fates.map((cause, index) => ({ group, cause, symbol: `${group}${index}` })),
  );
  const entries = wanted.map(({ group, symbol }) =>
    entryOf(symbol, [fieldOf(familyOf(symbol))], { at: { file: `/x/${group}.yaml`, line: 1, column: 1 } }),
  );
  const states = Uint8Array.from(wanted, ({ cause }) => (cause === undefined ? 0 : UNRESOLVED));
  const symbols = wanted.map(({ group, cause, symbol }): SymbolStatus => {
    const reason = cause === undefined ? '' : `it is ${cause}`;
    return { symbol, groups: [group], optional, up: cause === undefined, cause, reason, bases: [], since: 0 };
  });
  const groups = describeGroups(layoutOf(entries, [0, 1]), states, symbols);
  return Object.fromEntries(groups.map((status) => [status.group, status]));
}

describe('describeGroups', () => {
  it('counts the series of each group', () => {
    const groups = groupsWith({ tcp: [undefined, undefined], carp: ['missing', undefined] });
    assert.deepEqual(
      [groups['tcp'], groups['carp']],
      [
        { group: 'tcp', series: 6, state: 'read', reason: '', isGood: true },
        { group: 'carp', series: 3, state: 'read', reason: '', isGood: true },
      ],
    );
  });

  it('tells a group of which the kernel has nothing from one of which it has something', () => {
    const groups = groupsWith({ ipsec: ['missing', 'missing'], route: ['unfit'], mixed: ['missing', 'unfit'] });
    const absent = { series: 0, state: 'absent', reason: 'none of its symbols exists here', isGood: true };
    assert.deepEqual(groups['ipsec'], { group: 'ipsec', ...absent });
    const silent = { series: 0, state: 'silent', isGood: false };
    assert.deepEqual(groups['route'], { group: 'route', ...silent, reason: 'route0: it is unfit' });
    assert.deepEqual(groups['mixed'], { group: 'mixed', ...silent, reason: 'mixed1: it is unfit' });
  });

  it('takes no form for a fault while something of the group is read, but any fault', () => {
    const groups = groupsWith({ buf: ['unfit', undefined], vnode: ['failed', undefined] });
    assert.equal(groups['buf']!.isGood, true);
    assert.equal(groups['vnode']!.isGood, false);
  });

  it('takes what must be there and is not for a fault', () => {
    for (const cause of ['missing', 'unfit'] as const) {
      assert.equal(groupsWith({ tcp: [cause, undefined] }, false)['tcp']!.isGood, false);
      assert.equal(groupsWith({ tcp: [cause] }, false)['tcp']!.isGood, false);
    }
  });

  it('tells of a kernel whose symbol has another form, and of one whose struct has no such members', async () => {
    for (const [yaml, reason] of [
      ['{symbol: rtstat, struct: rtstat, optional: true}', /^rtstat: its type is struct rtstat, /],
      [
        '{symbol: vm_cnt, optional: true, members: [{name: v_no_such, optional: true}]}',
        /^vm_cnt: .*none of the members/,
      ],
    ] as const) {
      const simulated = await Simulated.open('amd64-12,cpus=1', `counters: [${yaml}]`);
      try {
        const { groups, series } = (await simulated.scraper.read()).report;
        assert.equal(series, 0);
        assert.equal(groups.length, 1);
        assert.equal(groups[0]!.state, 'silent');
        assert.equal(groups[0]!.isGood, false);
        assert.match(groups[0]!.reason, reason);
      } finally {
        await simulated.close();
      }
    }
  });
});
