/** The hook of the simulated libkvm: told of each call, and heard. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kernelAddress } from '../../src/kernel/address.js';
import { KvmError } from '../../src/kernel/errors.js';
import { Simulated } from '../support/simulated.js';
import { installHook, type Fault, type Hook } from '../torture/hook.js';

const config = 'counters: [{symbol: numneghits, metric: neg_total, help: H., type: counter}]';

describe('the hook of the simulated libkvm', () => {
  /** Reads two words of a symbol with the hook in place; what was read, or libkvm's words. */
  async function readWith(hook: Hook): Promise<{ result: bigint[] | string; before: bigint[] }> {
    const simulated = await Simulated.open('amd64-14,cpus=2', config);
    const { kernel, image, simulator } = simulated;
    const address = image.symbol('desiredvnodes')!.address;
    const bytes = image.read(address, 16);
    const before = [bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(8)];
    const remove = installHook(simulator.source.library, (call, at, length, phase) => {
      if (phase === 'middle') image.write(address, Buffer.alloc(16, 0xff));
      return hook(call, at, length, phase);
    });
    try {
      const into = new BigUint64Array(2);
      kernel.memory.read(kernelAddress(address), into);
      return { result: [...into], before };
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return { result: error.message, before };
    } finally {
      remove();
      await simulated.close();
    }
  }
  const always =
    (fault: Fault): Hook =>
    (_call, _address, _length, phase) =>
      phase === 'before' ? fault : undefined;

  it('is told of a read before and after it, with address and length', async () => {
    const seen: unknown[] = [];
    const { result, before } = await readWith((call, address, length, phase) => {
      seen.push([call, typeof address, length, phase]);
      return undefined;
    });
    assert.deepEqual(result, before);
    assert.deepEqual(seen, [
      ['read', 'bigint', 16, 'before'],
      ['read', 'bigint', 16, 'after'],
    ]);
  });

  it('has a read fail, stop short or give a wrong count', async () => {
    assert.match((await readWith(always({ kind: 'fail', argument: 14 }))).result as string, /Bad address/);
    assert.match((await readWith(always({ kind: 'mute', argument: 14 }))).result as string, /no reason given/);
    assert.match((await readWith(always({ kind: 'short', argument: 3 }))).result as string, /short read, 13 of 16/);
    assert.match((await readWith(always({ kind: 'count', argument: 0 }))).result as string, /short read, 0 of 16/);
  });

  it('tears a read in two, and may change the memory in between', async () => {
    const { result, before } = await readWith(always({ kind: 'split', argument: 8 }));
    assert.deepEqual(result, [before[0], 0xffff_ffff_ffff_ffffn]);
  });
});
