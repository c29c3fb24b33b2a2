import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SendMemory, type Sending } from '../../../src/http/limits/sendMemory.js';

const DOCUMENT = 1000;

describe('SendMemory', () => {
  const cut: number[] = [];
  function sending(memory: SendMemory, number: number, chunks = [new Uint8Array(DOCUMENT)]): Sending {
    return memory.add(chunks, () => cut.push(number));
  }

  it('counts what several get once, until the last has it', () => {
    const memory = new SendMemory(10 * DOCUMENT);
    const bytes = new Uint8Array(DOCUMENT);
    const chunks = [bytes.subarray(0, 10), bytes.subarray(10)];
    const [first, ...others] = Array.from({ length: 100 }, (_, number) => sending(memory, number, chunks));
    assert.equal(memory.bytes, DOCUMENT);
    for (const other of others) other.done();
    first!.progress();
    assert.equal(memory.bytes, DOCUMENT);
    first!.done();
    first!.done();
    assert.equal(memory.bytes, 0);
    assert.deepEqual(cut, []);
  });

  it('cuts the client that has taken nothing for the longest time where there is too much', () => {
    const memory = new SendMemory(10 * DOCUMENT);
    const all = Array.from({ length: 10 }, (_, number) => sending(memory, number));
    all[0]!.progress();
    all[2]!.done();
    for (let number = 10; number < 13; number++) all.push(sending(memory, number));
    assert.deepEqual(cut.splice(0), [1, 3]);
    assert.equal(memory.bytes, 10 * DOCUMENT);
    for (const one of all) one.done();
    assert.equal(memory.bytes, 0);
  });

  it('lets six documents be, however large they are, and never cuts the one that comes', () => {
    const memory = new SendMemory(1);
    const all = Array.from({ length: 8 }, (_, number) => sending(memory, number));
    assert.deepEqual(cut.splice(0), [0, 1]);
    for (const one of all) one.done();
  });
});
