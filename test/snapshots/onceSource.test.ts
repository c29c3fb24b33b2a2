import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvmError } from '../../src/kernel/errors.js';
import { OnceSource } from '../../src/snapshots/onceSource.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';

describe('OnceSource', () => {
  it('has what one read gave for everybody, and reads again only where that failed', async () => {
    const snapshot = {} as Snapshot;
    let reads = 0;
    const source = new OnceSource({
      get reads() {
        return reads;
      },
      read: () => {
        reads++;
        return reads === 1 ? Promise.reject(new KvmError('vmcore', 'not there')) : Promise.resolve(snapshot);
      },
    });
    await assert.rejects(source.read(), KvmError);
    assert.equal(await source.read(), snapshot);
    assert.equal(await source.read(), snapshot);
    assert.equal(source.reads, 2);
  });
});
