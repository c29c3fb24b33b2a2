import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget } from '../../src/truth/budget.js';

describe('Budget', () => {
  it('spends no more than the share of what all else uses', () => {
    let used = 0;
    let proofs = 0;
    let spent = 0;
    const budget = new Budget(() => used);
    for (let read = 0; read < 1000; read++) {
      used += 1000;
      while (budget.allows(0.05)) {
        used += 130;
        spent += 130;
        proofs++;
        budget.charge();
      }
    }
    assert.ok(spent <= 0.05 * 1_000_000 + 130, `${spent}`);
    assert.ok(proofs > 350, `${proofs}`);
  });

  it('makes one that cost too much wait until it is earned', () => {
    let used = 0;
    const budget = new Budget(() => used);
    used += 1000;
    assert.ok(budget.allows(0.1));
    used += 1100;
    budget.charge();
    used += 9000;
    assert.equal(budget.allows(0.1), false);
    used += 2000;
    assert.equal(budget.allows(0.1), true);
  });

  it('does not save up for ever', () => {
    let used = 0;
    const budget = new Budget(() => used);
    used += 1e9;
    assert.ok(budget.allows(0.5));
    used += 60_000;
    budget.charge();
    assert.equal(budget.allows(0.5), false);
  });

  it('neither earns nor charges what is passed over', () => {
    let used = 0;
    const budget = new Budget(() => used);
    used += 1_000_000;
    budget.pass();
    assert.equal(budget.allows(0.5), false);
    used += 100;
    assert.equal(budget.allows(0.5), true);
  });

  it('allows nothing before anything was used', () => {
    assert.equal(new Budget(() => 5_000_000).allows(0.5), false);
  });
});
