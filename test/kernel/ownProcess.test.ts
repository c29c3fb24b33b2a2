/** Covers: ownProcess.ts, and what the simulated kernel tells of the process that has it open. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openLiveKernel } from '../../src/kernel/live/liveKernel.js';
import { mappedBytes, PROCESS_BYTES, processOid } from '../../src/kernel/ownProcess.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';

const PID = 4711;
const MAPPED = 12_345_678_976;

/** A struct kinfo_proc of <sys/user.h>, with what is looked at. */
function told(pid = PID, { size = PROCESS_BYTES, layout = 0, bytes = PROCESS_BYTES } = {}): Buffer {
  const data = Buffer.alloc(bytes, 0xa5);
  data.writeInt32LE(size, 0);
  data.writeInt32LE(layout, 4);
  data.writeInt32LE(pid, 72);
  data.writeBigUInt64LE(BigInt(MAPPED), 256);
  return data;
}

const mappedOf = (answer: Buffer | undefined): number | undefined => mappedBytes({ bytesAt: () => answer }, PID);

describe('mappedBytes', () => {
  it('is the ki_size of the process, asked for by its number', () => {
    const asked: (readonly number[])[] = [];
    const bytesAt = (oid: readonly number[]): Buffer => {
      asked.push(oid);
      return told();
    };
    assert.equal(mappedBytes({ bytesAt }, PID), MAPPED);
    assert.deepEqual(asked, [[1, 14, 1, PID]]);
  });

  it('is nothing where the kernel tells nothing, of another process, or in another form', () => {
    assert.equal(mappedOf(undefined), undefined);
    assert.equal(mappedOf(told(PID + 1)), undefined);
    assert.equal(mappedOf(told(PID, { size: PROCESS_BYTES + 8 })), undefined);
    assert.equal(mappedOf(told(PID, { layout: 1 })), undefined);
    assert.equal(mappedOf(told(PID, { bytes: PROCESS_BYTES + 8 })), undefined);
    assert.equal(mappedOf(told(PID, { bytes: 512 })), undefined);
  });

  const skip = process.platform === 'linux' ? false : 'the simulated kernel knows of its process on Linux only';
  it('is, by sysctl(3), what /proc tells', { skip }, async () => {
    const simulator = await Simulator.start(parseSimulatorSpec('amd64-14,cpus=2'), { workload: 'none' });
    try {
      const kernel = openLiveKernel(simulator.source);
      try {
        // What is mapped changes at any time: it lies between two looks that agree.
        const ofProc = (): number =>
          Number(/^VmSize:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
        let bracket: [before: number, mapped: number | undefined, after: number];
        do bracket = [ofProc(), mappedBytes(kernel.sysctls), ofProc()];
        while (bracket[0] !== bracket[2]);
        assert.equal(bracket[1], bracket[0]);
        assert.equal(kernel.sysctls.bytesAt(processOid(process.pid + 1)), undefined);
      } finally {
        kernel.close();
      }
    } finally {
      await simulator.close();
    }
  });
});
