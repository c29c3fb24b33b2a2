import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReloadSignal } from '../../src/service/reloadSignal.js';

describe('ReloadSignal', () => {
  it('keeps for later what comes before anybody can handle it, however often, and lets go in the end', () => {
    const before = process.listenerCount('SIGHUP');
    const reloadSignal = new ReloadSignal();
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    let handled = 0;
    reloadSignal.handleBy(() => handled++);
    assert.equal(handled, 1);
    process.emit('SIGHUP');
    assert.equal(handled, 2);
    reloadSignal.close();
    assert.equal(process.listenerCount('SIGHUP'), before);
  });

  it('calls nothing where no signal came', () => {
    const reloadSignal = new ReloadSignal();
    reloadSignal.handleBy(() => assert.fail());
    reloadSignal.close();
  });
});
