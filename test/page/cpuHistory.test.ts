import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CpuHistory, KEPT_MS } from '../../src/page/cpuHistory.js';

function readAt(end: number): { end: number; seconds: number; takenAt: number } {
  return { end, seconds: 1, takenAt: 1e12 + end };
}

describe('CpuHistory', () => {
  it('keeps what each CPU did from read to read, and leaves out what is not known', () => {
    const history = new CpuHistory();
    history.take(readAt(1000), undefined);
    assert.equal(history.most, undefined);
    history.take(readAt(2000), [1, 5, -7, undefined]);
    history.take(readAt(3000), undefined);
    history.take(readAt(4000), [3, 0, 0, 2]);
    assert.deepEqual(
      history.columns.map(({ begin, end, sizes }) => [begin, end, ...sizes]),
      [
        [1000, 2000, 1, 5, 7, NaN],
        [3000, 4000, 3, 0, 0, 2],
      ],
    );
    assert.deepEqual(history.most, { cpu: 2, size: 7, takenAt: 1e12 + 2000 });
    assert.equal(history.knownMs, 2000);
    assert.deepEqual(history.cellAt(1500, 0, 2), { cpu: 1, size: 5, takenAt: 1e12 + 2000 });
    assert.deepEqual(history.cellAt(1500, 2, 4)?.cpu, 2, 'of those that are known');
    assert.equal(history.cellAt(1500, 3, 4), undefined);
    assert.equal(history.cellAt(2500, 0, 4), undefined, 'a gap');
    assert.equal(history.cellAt(5000, 0, 4), undefined);
  });

  it('takes a read once, whenever its parts come', () => {
    const history = new CpuHistory();
    for (const moves of [undefined, [1], [1]]) history.take(readAt(2000), moves);
    assert.equal(history.columns.length, 1);
  });

  it('forgets what is old, and what another clock told', () => {
    const history = new CpuHistory();
    history.take(readAt(2000), [1]);
    history.take(readAt(2000 + KEPT_MS - 1), [2]);
    assert.equal(history.columns.length, 2);
    history.take(readAt(2000 + KEPT_MS), [3]);
    assert.deepEqual(
      history.columns.map(({ sizes }) => sizes[0]),
      [2, 3],
    );
    history.take(readAt(500), [4]);
    assert.deepEqual(
      history.columns.map(({ sizes }) => sizes[0]),
      [4],
    );
  });
});
