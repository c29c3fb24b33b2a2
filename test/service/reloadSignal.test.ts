import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HangUp } from '../../src/service/reloadSignal.js';

describe('HangUp', () => {
  it('keeps for later what comes before anybody can handle it, however often, and lets go in the end', () => {
    const before = process.listenerCount('SIGHUP');
    const hangUp = new HangUp();
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    let handled = 0;
    hangUp.handleBy(() => handled++);
    assert.equal(handled, 1);
    process.emit('SIGHUP');
    assert.equal(handled, 2);
    hangUp.close();
    assert.equal(process.listenerCount('SIGHUP'), before);
  });

  it('calls nothing where no signal came', () => {
    const hangUp = new HangUp();
    hangUp.handleBy(() => assert.fail());
    hangUp.close();
  });
});
