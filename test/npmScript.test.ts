import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asTyped } from '../src/npmScript.js';

describe('asTyped', () => {
  it('puts the words before a flag that npm passes flags on behind', () => {
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'demo' }), 'npm run demo -- --a=1');
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'start' }), 'npm run start -- --a=1');
  });

  it('leaves a flag as it is for who started the program without npm, or within another script', () => {
    assert.equal(asTyped('--a=1', {}), '--a=1');
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'test' }), '--a=1');
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'npx' }), '--a=1');
  });
});
