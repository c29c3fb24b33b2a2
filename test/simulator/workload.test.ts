/** What moves the counters: at the rates it tells in steady mode, believably else, and never longer than its parent lives. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { buildNative } from '../../src/simulator/build.js';
import type { ImageFile } from '../../src/simulator/image.js';
import { pcpu } from '../../src/simulator/model/cpuTypes.js';
import { offsetOf } from '../../src/simulator/model/ctypes.js';
import { STATISTICS_HZ } from '../../src/simulator/model/traffic.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { Simulator, type Workload } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';
import { firstOf } from '../support/clients.js';
import { settled, soon, until } from '../support/until.js';

async function withImage(
  spec: string,
  workload: Workload,
  use: (image: ImageFile, simulator: Simulator) => Promise<void>,
): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload });
  try {
    await use(simulator.image, simulator);
  } finally {
    await simulator.close();
  }
}

const signed = (values: readonly bigint[], before: readonly bigint[]): number[] =>
  values.map((value, i) => Number(BigInt.asIntN(64, value - before[i]!)));
/** Five ticks of each id, by mode. */
function cpuTimes(image: ImageFile): bigint[] {
  const offset = offsetOf(pcpu(profileOf('amd64-14')), 'pc_cp_time');
  return Array.from({ length: image.maxId + 1 }, (_, id) => {
    const address = image.read(image.symbol('cpuid_to_pcpu')!.address + BigInt(8 * id), 8).readBigUInt64LE();
    return [0, 1, 2, 3, 4].map((mode) =>
      address === 0n ? 0n : image.read(address + BigInt(offset + 8 * mode), 8).readBigUInt64LE(),
    );
  }).flat();
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe('steady workload', () => {
  it('moves each CPU at the rate that the image tells', async () => {
    await withImage('amd64-14,cpus=4,absent=2,counters=8', 'steady', async (image) => {
      const rates = image.steadyRates().filter(({ symbol }) => /^(sim_counter_\d+|tcpstat|vm_cnt)$/.test(symbol));
      const fast = rates.filter(({ rate }) => rate >= 1000);
      assert.ok(fast.length > 20);
      const copies = () => fast.map(({ symbol, index }) => image.counterCopies(symbol, index));
      const start = performance.now();
      const first = copies();
      await settled(async () => {
        await delay(1500);
        const last = copies();
        const seconds = (performance.now() - start) / 1000;
        for (const [i, { symbol, index, perCpu }] of fast.entries()) {
          const moved = signed(last[i]!, first[i]!);
          assert.equal(moved[2], 0, 'an absent CPU counts nothing');
          for (const [cpu, rate] of perCpu.entries()) {
            if (rate < 100) continue;
            const ratio = moved[cpu]! / (rate * seconds);
            if (ratio <= 0.85 || ratio >= 1.15) return `${symbol}[${index}] on CPU ${cpu}: ${ratio}`;
          }
        }
        return undefined;
      });
    });
  });

  it('gives each CPU the ticks of its modes, and no more than there are', async () => {
    await withImage('arm64-14,cpus=3,absent=1', 'steady', async (image) => {
      const rates = image.steadyRates().filter(({ symbol }) => symbol === 'pcpu');
      assert.equal(rates.length, 15);
      for (const cpu of [0, 2, 3]) {
        const all = sumOf(rates.map(({ perCpu }) => perCpu[cpu]!));
        assert.ok(Math.abs(all - STATISTICS_HZ) < 1e-6, `${all} ticks a second on CPU ${cpu}`);
      }
      const before = cpuTimes(image);
      const start = performance.now();
      await settled(async () => {
        await delay(1500);
        const moved = signed(cpuTimes(image), before);
        const seconds = (performance.now() - start) / 1000;
        for (const { index, rate, perCpu } of rates) {
          const cpu = perCpu.findIndex((one) => one > 0);
          // It moves a dozen times a second.
          const ticks = moved[5 * cpu + index]!;
          if (Math.abs(ticks - rate * seconds) > 2 + rate * seconds * 0.1) {
            return `mode ${index} of CPU ${cpu}: ${ticks} of ${rate * seconds}`;
          }
        }
        return undefined;
      });
    });
  });

  it('moves gauges without moving their sum', async () => {
    await withImage('amd64-14,cpus=4', 'steady', async (image) => {
      const before = image.counterCopies('tcps_states', 4);
      const moved = (): number[] => signed(image.counterCopies('tcps_states', 4), before);
      await until(
        () => moved()[0]! < 0 && moved()[3]! > 0,
        () => moved().join(' '),
      );
    });
  });
});

describe('believable workload', () => {
  it('moves what is busy, and leaves alone what is at rest', async () => {
    await withImage('amd64-14,cpus=8,counters=64', 'believable', async (image) => {
      const busy: readonly [string, number][] = [
        ['tcpstat', 16],
        ['tcpstat', 18],
        ['tcpstat', 27],
        ['udpstat', 0],
        ['ipstat', 0],
        ['vm_cnt', 0],
        ['vm_cnt', 2],
        ['numposhits', 0],
        ['sfstat', 0],
        ['sim_counter_3', 0],
        ['sim_counter_15', 0],
      ];
      const resting: readonly [string, number][] = [
        ['sim_rest', 0],
        ['sim_counter_31', 0],
        ['sim_counter_63', 0],
        ['tcpstat', 119],
      ];
      const states = Array.from({ length: 11 }, (_, i) => i);
      const before = busy.map(([symbol, index]) => image.counterCopies(symbol, index));
      const countedBefore = image.counterSum('numposhits', 0);
      const restBefore = resting.map(([symbol, index]) => image.counterSum(symbol, index));
      const statesBefore = states.map((i) => image.counterCopies('tcps_states', i));
      // So much that its shares can be told apart.
      await until(() => image.counterSum('numposhits', 0) > countedBefore + 1000n, 'numposhits moves');
      const isMoving = (): boolean =>
        busy.every(([symbol, index], i) => sumOf(signed(image.counterCopies(symbol, index), before[i]!)) > 0);
      await until(isMoving, 'all that is busy moves');
      const moves = busy.map(([symbol, index], i) => signed(image.counterCopies(symbol, index), before[i]!));
      for (const [i, moved] of moves.entries()) {
        assert.ok(sumOf(moved) > 0, busy[i]!.join(' '));
        assert.ok(
          moved.every((value) => value >= 0),
          'a counter never falls',
        );
      }
      assert.ok(sumOf(moves[0]!) < sumOf(moves[1]!), 'more bytes than segments');
      assert.ok(moves[3]![0]! > 5 * moves[3]![7]!, 'receiving is done by a few CPUs');
      assert.deepEqual(
        resting.map(([symbol, index]) => image.counterSum(symbol, index)),
        restBefore,
      );
      assert.equal(restBefore[1], 0n);
      assert.ok(restBefore[2]! > 0n);
      const stateMoves = states.flatMap((i) => signed(image.counterCopies('tcps_states', i), statesBefore[i]!));
      assert.ok(stateMoves.some((value) => value < 0) && stateMoves.some((value) => value > 0));
      for (const i of states) assert.ok(BigInt.asIntN(64, image.counterSum('tcps_states', i)) >= 0n);
    });
  });

  it('gives each tick of a CPU to one mode', async () => {
    await withImage('amd64-14,cpus=4,absent=2', 'believable', async (image) => {
      const before = cpuTimes(image);
      const start = performance.now();
      await settled(async () => {
        await delay(1500);
        const moved = signed(cpuTimes(image), before);
        const expected = (STATISTICS_HZ * (performance.now() - start)) / 1000;
        assert.deepEqual(moved.slice(10, 15), [0, 0, 0, 0, 0]);
        for (const cpu of [0, 1, 3, 4]) {
          const modes = moved.slice(5 * cpu, 5 * cpu + 5);
          assert.ok(
            modes.every((ticks) => ticks >= 0),
            'no mode falls',
          );
          if (Math.abs(sumOf(modes) - expected) > 2 + expected * 0.15) return `${sumOf(modes)} ticks of ${expected}`;
          assert.ok(modes[0]! > 0 && modes[4]! > 0, 'it works and rests');
        }
        return undefined;
      });
    });
  });

  it('moves the counters of a module while it is loaded', async () => {
    await withImage('amd64-14,cpus=2', 'believable', async (image) => {
      image.loadModule('carp');
      const total = (): bigint => {
        const sums = Array.from({ length: 16 }, (_, i) => image.counterSum('carpstats', i));
        return sums.reduce((a, b) => a + b);
      };
      assert.ok(total() < 100n, `${total()}: it begins at 0`);
      await until(() => total() > 0n, 'it moves');
    });
  });

  it('sleeps most of the time: it wakes a dozen times a second', { skip: process.platform !== 'linux' }, async () => {
    await withImage('amd64-14,cpus=8', 'believable', async (_, { dir }) => {
      const wakes = (): number => {
        const child = readdirSync('/proc').find(
          (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(join(dir, 'kernel.image')),
        );
        return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1]);
      };
      const before = wakes();
      const start = performance.now();
      await delay(1000);
      const seconds = (performance.now() - start) / 1000;
      const woken = wakes() - before;
      assert.ok(woken <= 20 * seconds + 5, `${woken} times in ${seconds} s`);
    });
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('the end', () => {
  it('leaves no process and no folder behind', async () => {
    const simulator = await Simulator.start(parseSimulatorSpec('cpus=2'));
    const { dir } = simulator;
    assert.ok(existsSync(join(dir, 'kernel.image')));
    await Promise.all([simulator.close(), simulator.close()]);
    assert.ok(!existsSync(dir));
  });

  it('keeps a folder that it was given', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'kcounter-test-'));
    try {
      const dir = join(parent, 'a', 'b');
      const simulator = await Simulator.start(parseSimulatorSpec('cpus=2'), { dir });
      await simulator.close();
      assert.ok(existsSync(join(dir, 'kernel.image')));
    } finally {
      rmSync(parent, { recursive: true });
    }
  });

  it('comes to the workload with the end of its standard input, and with SIGTERM', async () => {
    await withImage('cpus=2', 'none', async ({ path }) => {
      const { workload } = await buildNative(tmpdir());
      for (const end of ['stdin', 'signal']) {
        const child = spawn(workload, [path, 'believable'], { stdio: ['pipe', 'pipe', 'inherit'] });
        await firstOf(child.stdout);
        const exit = once(child, 'exit');
        if (end === 'stdin') child.stdin.end();
        else child.kill('SIGTERM');
        assert.deepEqual(await soon(exit, 'its end'), [0, null]);
      }
    });
  });

  it('comes when the process ends without close()', async () => {
    const module = new URL('../../src/simulator/simulator.js', import.meta.url).href;
    const spec = JSON.stringify(parseSimulatorSpec('cpus=2'));
    const script = `
      const { Simulator } = await import(${JSON.stringify(module)});
      const { dir } = await Simulator.start(${spec});
      console.log(dir);`;
    const dir = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
    assert.match(dir, /kcounter-simulator-/);
    assert.ok(!existsSync(dir));
    await delay(50);
  });
});
