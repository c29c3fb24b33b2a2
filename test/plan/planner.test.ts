import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KernelKnowledge, Planner } from '../../src/plan/planner.js';
import { isResolved } from '../../src/plan/resolution.js';
import { openLayouts } from '../../src/service/scraper.js';
import { configOf, Simulated } from '../support/simulated.js';

const config = `
counters:
  - {symbol: carpstats, struct: carpstats, optional: true, members: ["*"]}
  - {symbol: numneghits, metric: a_total, help: H., type: counter}
dpcpu:
  - {symbol: sim_dpcpu, size: 24, fields: [{offset: 0, format: u64, metric: b_total, help: H., type: counter}]}
`;

describe('Planner', () => {
  it('lays out anew only what changed, as modules come and go', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', config);
    try {
      const { image, kernel } = simulated;
      if (image.symbol('carpstats') !== undefined) image.unloadModule('carp');
      const planner = new Planner(
        kernel,
        configOf(config),
        new KernelKnowledge(kernel.modules, openLayouts(kernel), undefined),
        0,
      );
      const first = planner.layout;
      assert.equal(first.rows.length, 2, 'what is not there has no members');
      planner.refresh(1);
      assert.equal(planner.layout, first);

      image.loadModule('pf');
      planner.refresh(2);
      assert.equal(planner.layout, first, 'another module brought nothing that the config asks for');

      image.loadModule('carp');
      planner.refresh(3);
      const second = planner.layout;
      assert.ok(second.rows.length > 2);
      assert.deepEqual(
        second.rows.filter((row) => first.rows.includes(row)).map((row) => second.entries[row.entry]!.symbol),
        ['numneghits', 'sim_dpcpu'],
      );

      image.unloadModule('carp');
      assert.equal(planner.resolution.dropGone().size, 1);
      planner.refresh(4);
      assert.equal(planner.layout.rows.length, 2);
      assert.deepEqual(planner.resolution.entries.map(isResolved), [false, true, true]);
      assert.ok(planner.layout.rows.every((row) => first.rows.includes(row)));
    } finally {
      await simulated.close();
    }
  });
});
