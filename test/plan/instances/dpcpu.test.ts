import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NoDataError } from '../../../src/kernel/errors.js';
import { dpcpu } from '../../../src/plan/instances/dpcpu.js';
import { configOf, Simulated } from '../../support/simulated.js';

describe('a DPCPU object of a scheduler', () => {
  it('is read where the kernel was booted with that scheduler, and is no data else', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', 'dpcpu: [{symbol: tdq, fields: [tdq_load]}]');
    try {
      const { facts, symbols } = simulated.kernel;
      assert.equal(facts.scheduler, 'ULE');
      const [entry, other] = configOf('dpcpu: [{symbol: tdq, fields: [a]}, {symbol: nws, fields: [a]}]').entries;
      assert.equal(dpcpu.find(entry!, { facts, symbols })!.instances[0]!.where.copies!.size, 2);
      for (const scheduler of ['4BSD', undefined]) {
        const kernel = { facts: { ...facts, scheduler }, symbols };
        assert.throws(
          () => dpcpu.find(entry!, kernel),
          (error) => error instanceof NoDataError && /kern\.sched\.name is .*: only ULE keeps tdq$/.test(error.message),
        );
        assert.ok(dpcpu.find(other!, kernel) !== undefined, 'others are nobody’s');
      }
      assert.equal(dpcpu.find({ ...entry!, symbol: 'no_such_symbol' }, { facts, symbols }), undefined);
    } finally {
      await simulated.close();
    }
  });
});
