/** What sysctl(3) tells of interfaces by their index: the truth, whoever counts it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import koffi from 'koffi';
import { bindRunning } from '../../src/kernel/live/runningFunctions.js';
import { ifCounterNames, ifmibdata } from '../../src/simulator/model/interfaceTypes.js';
import { placeOf } from '../../src/simulator/model/members.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { profileNames } from '../../src/simulator/spec.js';
import { interfacesOf, vnetsOf, withTypedKernel, type SeenInterface, type TypedKernel } from './typedKernel.js';

const oidOf = (index: number): number[] => [4, 18, 0, 2, index, 1];

function told(bytes: Buffer, member: string): bigint {
  const { offset, size } = placeOf(ifmibdata, member);
  return size === 8 ? bytes.readBigUInt64LE(offset) : BigInt(bytes.readUIntLE(offset, size));
}

function countsTold(bytes: Buffer): bigint[] {
  return ifCounterNames.map((name) => told(bytes, `ifmd_data.ifi_${name}`));
}

/** What the kernel's cells hold, and the driver's queues. */
function truth(typed: TypedKernel, { address, counts, getCounter }: SeenInterface): bigint[] {
  if (getCounter === typed.kernel.symbols.lookUp('if_get_counter_default')!.value) return [...counts];
  const softc = typed.word(typed.at(address, 'ifnet', 'if_softc'));
  return counts.map((count, column) =>
    typed.kernel.facts.cpus.reduce((sum, cpu) => sum + typed.word(softc + BigInt(8 * (12 * cpu + column))), count),
  );
}

for (const profile of profileNames) {
  describe(profile, () => {
    it('tells of each interface of the host what it has counted', async () => {
      await withTypedKernel(`${profile},cpus=3`, (typed) => {
        const { sysctls } = typed.kernel;
        const [jail, host] = vnetsOf(typed) as [bigint, bigint];
        for (const each of interfacesOf(typed, host)) {
          const bytes = sysctls.bytesAt(oidOf(each.index))!;
          assert.equal(bytes.length, 208);
          assert.equal(bytes.toString('latin1', 0, 16).replace(/\0.*$/s, ''), each.name);
          assert.deepEqual(countsTold(bytes), truth(typed, each), each.name);
          assert.ok(countsTold(bytes)[ifCounterNames.indexOf('opackets')]! > 0n, each.name);
          assert.equal(told(bytes, 'ifmd_data.ifi_datalen'), 152n);
          // Up, and running.
          assert.equal(told(bytes, 'ifmd_flags') & 0x41n, 0x41n);
        }
        assert.equal(told(sysctls.bytesAt(oidOf(1))!, 'ifmd_data.ifi_baudrate'), 25_000_000_000n);
        assert.equal(sysctls.unsigned('net.link.generic.system.ifcount'), 8n);
        assert.equal(sysctls.bytesAt([4, 18, 0, 1, 1])!.readInt32LE(), 8);
        if (profileOf(profile).release >= 14) {
          for (const { index } of interfacesOf(typed, jail)) assert.equal(sysctls.bytesAt(oidOf(index)), undefined);
        }
        for (const index of [-1, 0, 11, 15, 16, 70_000])
          assert.equal(sysctls.bytesAt(oidOf(index)), undefined, String(index));
        for (const oid of [[4, 18, 0, 2, 1, 2], [4, 18, 0, 2, 1], [4, 18, 1, 2, 1, 1], [1, 1], []])
          assert.equal(sysctls.bytesAt(oid), undefined, oid.join('.'));
      });
    });
  });
}

describe('struct ifmibdata', () => {
  it('is told in part where there is too little room, and not under its name alone', async () => {
    await withTypedKernel('amd64-14,cpus=2', ({ kernel, simulator }) => {
      const c = bindRunning({ libkvm: simulator.source.library, libc: simulator.source.library });
      const numbers = Int32Array.from(oidOf(1));
      const length: [number] = [100];
      const into = Buffer.alloc(208);
      assert.equal(c.sysctl(numbers, 6, into, length, null, 0), -1);
      assert.equal(koffi.errno(), koffi.os.errno['ENOMEM']);
      assert.equal(length[0], 96);
      assert.deepEqual(into.subarray(0, 96), kernel.sysctls.bytesAt(oidOf(1))!.subarray(0, 96));
      assert.throws(() => kernel.sysctls.bytes('net.link.generic.ifdata'), /EINVAL/);
    });
  });

  it('can be made to lie of one interface', async () => {
    await withTypedKernel('amd64-14,cpus=2', ({ kernel, simulator }) => {
      const read = (index: number): bigint[] => countsTold(kernel.sysctls.bytesAt(oidOf(index))!);
      const before = [1, 2].map(read);
      simulator.image.lie('net.link.generic.ifdata', 7n, 16 * 2 + 5);
      assert.deepEqual(read(1), before[0]);
      assert.deepEqual(
        read(2),
        before[1]!.map((count, column) => (column === 5 ? count + 7n : count)),
      );
    });
  });

  it('moves as the interface does', async () => {
    await withTypedKernel(
      'arm64-14,cpus=4',
      (typed) => {
        const host = vnetsOf(typed)[1]!;
        for (let round = 0; round < 30; round++) {
          const low = [1, 3].map((index) => countsTold(typed.kernel.sysctls.bytesAt(oidOf(index))!));
          const seen = interfacesOf(typed, host);
          const between = [seen[0]!, seen[2]!].map((each) => truth(typed, each));
          const high = [1, 3].map((index) => countsTold(typed.kernel.sysctls.bytesAt(oidOf(index))!));
          for (const [nth, counts] of between.entries())
            for (const [column, count] of counts.entries())
              assert.ok(low[nth]![column]! <= count && count <= high[nth]![column]!, `${nth} ${column}`);
        }
      },
      'believable',
    );
  });
});
