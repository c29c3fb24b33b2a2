import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeDeadline, deadlineOf } from '../../../src/http/request/deadline.js';

describe('deadlineOf', () => {
  it('is what the client says, less the offset', () => {
    assert.equal(deadlineOf('10', 0.5), 9500);
    assert.equal(deadlineOf('10.25', 0), 10_250);
  });

  it('ignores an offset that leaves nothing', () => {
    assert.equal(deadlineOf('0.5', 0.5), 500);
    assert.equal(deadlineOf('0.4', 0.5), 400);
  });

  it('is none where the client says none, or nothing that a timer can wait for', () => {
    for (const header of [undefined, '', 'soon', '0', '-3', 'NaN', 'Infinity', '1e9']) {
      assert.equal(deadlineOf(header, 0.5), undefined, header);
    }
  });
});

describe('beforeDeadline', () => {
  const discarded: string[] = [];
  const discard = (late: string): void => void discarded.push(late);

  it('gives what is there in time, or why it is not', async () => {
    const later = async (): Promise<string> => {
      await sleep(1);
      return 'a';
    };
    assert.equal(await beforeDeadline(later(), 1000, discard), 'a');
    assert.equal(await beforeDeadline(later(), undefined, discard), 'a');
    const gone = Promise.reject<string>(new Error('gone'));
    await assert.rejects(beforeDeadline(gone, 1000, discard), /gone/);
    assert.deepEqual(discarded, []);
  });

  it('gives nothing where the work held up the timer', async () => {
    const blocking = Promise.resolve().then(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      return 'blocked';
    });
    assert.equal(await beforeDeadline(blocking, 20, discard), undefined);
    assert.equal(discarded.pop(), 'blocked');
  });

  it('gives nothing where it is late, and hands over what comes then', async () => {
    assert.equal(
      await beforeDeadline(
        sleep(30).then(() => 'b'),
        1,
        discard,
      ),
      undefined,
    );
    const failing = sleep(5).then((): string => {
      throw new Error('late');
    });
    assert.equal(await beforeDeadline(failing, 1, discard), undefined);
    await sleep(40);
    assert.deepEqual(discarded, ['b']);
  });
});
