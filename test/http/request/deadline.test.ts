import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
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
      await turn();
      return 'a';
    };
    assert.equal(await beforeDeadline(later(), 3_600_000, discard), 'a');
    assert.equal(await beforeDeadline(later(), undefined, discard), 'a');
    const gone = Promise.reject<string>(new Error('gone'));
    await assert.rejects(beforeDeadline(gone, 3_600_000, discard), /gone/);
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
    let come: (what: string) => void = () => undefined;
    const coming = new Promise<string>((resolve) => (come = resolve));
    assert.equal(await beforeDeadline(coming, 1, discard), undefined);
    let fail: (why: Error) => void = () => undefined;
    const failing = new Promise<string>((_resolve, reject) => (fail = reject));
    assert.equal(await beforeDeadline(failing, 1, discard), undefined);
    assert.deepEqual(discarded, []);
    come('b');
    fail(new Error('late'));
    await turn();
    assert.deepEqual(discarded, ['b']);
  });
});
