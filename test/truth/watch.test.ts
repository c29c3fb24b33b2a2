import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PACK_FOLDER } from '../../src/config/packs.js';
import type { LiveKernel } from '../../src/kernel/live/liveKernel.js';
import { bootKernel } from '../../src/simulator/memory/bootKernel.js';
import { kernelFile } from '../../src/simulator/memory/kernelFile.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { profileNames } from '../../src/simulator/spec.js';
import { startScraper } from '../../src/service/scraper.js';
import type { Scraper } from '../../src/scrape/scraper.js';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import { sumOf } from '../../src/snapshots/values.js';
import { namedRows } from '../../src/truth/namedRows.js';
import { TruthWatch, type TruthChange } from '../../src/truth/watch.js';
import { swapMembers } from '../support/rebuilt.js';
import { configOf, knownConfigOf, Simulated, withKernel } from '../support/simulated.js';
import { installHook } from '../torture/hook.js';

const packs = 'packs: [tcp, udp, vm, namecache]';
const unlimited = { allows: () => true, charge: () => undefined, pass: () => undefined };
const never = (): boolean => false;

/** A scraper under watch, on a kernel in which nothing moves unless a test moves it. */
class Watched {
  readonly changes: TruthChange[] = [];
  readonly watch: TruthWatch;
  readonly scraper: Scraper;

  private constructor(
    readonly simulator: Simulator,
    readonly kernel: LiveKernel,
    yaml: string,
  ) {
    this.watch = new TruthWatch(kernel, (change) => this.changes.push(change), unlimited);
    this.scraper = startScraper(kernel, knownConfigOf(yaml), { judge: this.watch });
  }

  static async with(
    spec: string,
    yaml: string,
    act: (watched: Watched) => Promise<void>,
    prepare: (simulator: Simulator) => void = () => undefined,
  ): Promise<void> {
    await withKernel(spec, (kernel, simulator) => act(new Watched(simulator, kernel, yaml)), prepare);
  }

  /** A read, and the proofs that follow it. */
  async read(): Promise<void> {
    await this.watch.turn(this.scraper, await this.scraper.read(), 1, never);
  }

  /** Reads until something is withdrawn or comes back; how many reads that took. */
  async until(verdict: TruthChange['verdict'], counter: string): Promise<number> {
    for (let reads = 1; reads <= 100; reads++) {
      await this.read();
      if (!this.changes.some((change) => change.counter === counter && change.verdict === verdict)) continue;
      // What is published from now on.
      await this.scraper.read();
      return reads;
    }
    throw new Error(`${counter} is not ${verdict} after 100 reads: ${JSON.stringify(this.changes)}`);
  }

  /** What is published of a counter. */
  async published(counter: string): Promise<bigint | undefined> {
    const snapshot = await this.scraper.read();
    const row = namedRows(snapshot.layout).find((named) => named.counter === counter)?.row;
    return row === undefined ? undefined : sumOf(snapshot, row);
  }

  symbol(name: string): SymbolStatus | undefined {
    return this.scraper.symbols.find(({ symbol }) => symbol === name);
  }
}

/** A counter's own copy on one CPU goes up, or down. */
function add({ image }: Simulator, symbol: string, delta: bigint, index = 0, cpu = 0): void {
  const address = image.copyAddress(symbol, index, cpu);
  const bytes = image.read(address, 8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, bytes.readBigUInt64LE() + delta));
  image.write(address, bytes);
}

/** From now on the proofs of a scraper read by way of `around`, which is given what reads. The reads of one proof are numbered from 0 on. */
function aroundReads(scraper: Scraper, around: (read: () => Promise<void>, nth: number) => Promise<void>): void {
  const readingOf = scraper.readingOf.bind(scraper);
  scraper.readingOf = (rows) => {
    const reading = readingOf(rows);
    let reads = 0;
    return {
      ...reading,
      pointerTo: (row) => reading.pointerTo(row),
      read: () => around(() => reading.read(), reads++),
    };
  };
}

describe('TruthWatch', () => {
  it('withdraws a counter that its sysctl contradicts in three reads, says so, and brings it back after three', async () => {
    await Watched.with('amd64-14,cpus=4', packs, async (watched) => {
      const { image } = watched.simulator;
      await watched.read();
      assert.deepEqual(watched.changes, []);
      const value = await watched.published('vm_cnt.v_dfree');
      assert.notEqual(value, undefined);
      image.lie('vm.stats.vm.v_dfree', 1n);
      assert.ok((await watched.until('withdrawn', 'vm_cnt.v_dfree')) >= 3);
      assert.equal(await watched.published('vm_cnt.v_dfree'), undefined);
      assert.notEqual(await watched.published('vm_cnt.v_tfree'), undefined, 'no other counter goes with it');
      const status = watched.symbol('vm_cnt');
      assert.equal(status?.cause, 'withdrawn');
      assert.match(status.reason, /^1 of \d+ values: v_dfree disagrees with vm\.stats\.vm\.v_dfree$/);
      assert.equal(watched.watch.report.withdrawn, 1);
      image.lie('vm.stats.vm.v_dfree', 0n);
      assert.ok((await watched.until('good', 'vm_cnt.v_dfree')) >= 3);
      assert.equal(await watched.published('vm_cnt.v_dfree'), value);
      assert.equal(watched.symbol('vm_cnt')?.up, true);
      assert.deepEqual(
        watched.changes.map(({ verdict }) => verdict),
        ['suspect', 'withdrawn', 'good'],
      );
    });
  });

  it('withdraws one word of a struct that a sysctl tells as a whole', async () => {
    await Watched.with('arm64-14,cpus=4', packs, async (watched) => {
      watched.simulator.image.lie('net.inet.tcp.stats', -1n, 7);
      await watched.until('withdrawn', 'tcpstat.tcps_segstimed');
      assert.equal(watched.watch.report.withdrawn, 1);
      assert.match(watched.symbol('tcpstat')?.reason ?? '', /: tcps_segstimed disagrees with net\.inet\.tcp\.stats$/);
    });
  });

  it('withdraws members that the types confuse', async () => {
    const spec = 'amd64-14,cpus=4';
    const confuse = (simulator: Simulator): void => {
      writeFileSync(
        simulator.source.execfile,
        kernelFile(bootKernel(simulator.spec), 'kernel', swapMembers('vmmeter', 'v_trap', 'v_syscall')),
      );
    };
    await Watched.with(
      spec,
      packs,
      async (watched) => {
        await watched.until('withdrawn', 'vm_cnt.v_syscall');
        assert.equal(watched.watch.report.withdrawn, 2);
        assert.equal(await watched.published('vm_cnt.v_trap'), undefined);
        assert.notEqual(await watched.published('vm_cnt.v_swtch'), undefined);
      },
      confuse,
    );
  });

  it('withdraws a counter that stops while the kernel counts on elsewhere', async () => {
    await Watched.with('amd64-14,cpus=2', 'packs: [namecache]', async (watched) => {
      const { simulator } = watched;
      const told: bigint[] = [];
      for (let read = 0; read < 8; read++) {
        add(simulator, 'dothits', 3n);
        await watched.read();
      }
      for (let read = 1n; read <= 8n; read++) {
        simulator.image.lie('vfs.cache.stats.dothits', read * 3n);
        await watched.read();
        told.push(BigInt(watched.watch.report.withdrawn));
      }
      assert.equal(told[0], 0n);
      assert.equal(told.at(-1), 1n);
      assert.equal(watched.changes.at(-1)?.counter, 'dothits');
    });
  });

  it('knows v_pdpages for what it is', async () => {
    const yaml = 'counters: [{symbol: vm_cnt, members: [v_pdpages, v_dfree]}]';
    await Watched.with('amd64-14,cpus=2', yaml, async (watched) => {
      await watched.watch.proveAll(watched.scraper);
      assert.equal(await watched.published('vm_cnt.v_pdpages'), undefined);
      assert.notEqual(await watched.published('vm_cnt.v_dfree'), undefined);
      assert.equal(
        watched.symbol('vm_cnt')?.reason,
        '1 of 2 values: v_pdpages disagrees with vm.stats.vm.v_pdpages',
        'decided before the first scrape is answered',
      );
    });
  });

  for (const profile of ['amd64-14', 'arm64-14']) {
    it(`withdraws all where a CPU has come that the reader does not know, and nothing is read of it: ${profile}`, async () => {
      const hide = ({ image }: Simulator): void => {
        image.setMaxId(0);
      };
      await Watched.with(
        `${profile},cpus=2`,
        packs,
        async (watched) => {
          await watched.read();
          assert.deepEqual(watched.changes, []);
          watched.simulator.image.setMaxId(1);
          await watched.until('withdrawn', 'all counters');
          const snapshot = await watched.scraper.read();
          assert.equal(snapshot.report.series, 0);
          const { withdrawn, mismatches, oldestProof } = watched.watch.report;
          assert.ok(withdrawn > 150, `${withdrawn} withdrawn, which the alert looks at`);
          assert.ok(mismatches.sysctl >= 3);
          assert.ok(oldestProof > 0);
          assert.match(
            watched.symbol('dothits')?.reason ?? '',
            /^the way of reading it disagrees with vm\.stats\.sys\.v_swtch$/,
          );
        },
        hide,
      );
    });
  }

  it('judges nothing by what goes both ways while it moves', async () => {
    const yaml = 'counters: [{symbol: tcps_states, length: 11, label: state, metric: states, help: H.}]';
    await Watched.with('amd64-14,cpus=2', yaml, async (watched) => {
      const { simulator, scraper, watch } = watched;
      simulator.image.lie('net.inet.tcp.states', 1n, 4);
      let step = 1n;
      let isMoving = true;
      aroundReads(scraper, (read) => {
        if (isMoving) add(simulator, 'tcps_states', step, 4);
        step = -step;
        return read();
      });
      for (let read = 0; read < 10; read++) await watched.read();
      assert.deepEqual(watched.changes, []);
      assert.equal(watch.report.mismatches.sysctl, 0);
      isMoving = false;
      await watched.until('withdrawn', 'tcps_states[4]');
    });
  });

  it('lets no suspect that cannot be decided keep the others from their turn', async () => {
    const yaml =
      'counters: [{symbol: tcps_states, length: 11, label: state, metric: states, help: H.}, {symbol: dothits}]';
    await Watched.with('amd64-14,cpus=2', yaml, async (watched) => {
      const { simulator, scraper } = watched;
      // One proof a turn, as a small budget allows.
      let allowed = 0;
      const watch = new TruthWatch(watched.kernel, (change) => watched.changes.push(change), {
        allows: () => allowed-- > 0,
        charge: () => undefined,
        pass: () => undefined,
      });
      let isMoving = false;
      aroundReads(scraper, (read) => {
        if (isMoving) add(simulator, 'tcps_states', 1n, 4);
        return read();
      });
      const turn = async (): Promise<void> => {
        allowed = 1;
        await watch.turn(scraper, await scraper.read(), 1, never);
      };
      simulator.image.lie('net.inet.tcp.states', 1n, 4);
      for (let read = 0; read < 3 && watched.changes.length === 0; read++) await turn();
      assert.equal(watched.changes.at(-1)?.verdict, 'suspect');
      isMoving = true;
      simulator.image.lie('vfs.cache.stats.dothits', 1n);
      for (let read = 0; read < 30; read++) await turn();
      assert.ok(watched.changes.some(({ counter, verdict }) => counter === 'dothits' && verdict === 'withdrawn'));
    });
  });

  it('takes a counter that is zeroed meanwhile for none that is wrong', async () => {
    await Watched.with('amd64-14,cpus=2', 'counters: [{symbol: dothits, type: counter}]', async (watched) => {
      const { simulator, scraper } = watched;
      aroundReads(scraper, async (read, nth) => {
        // Before the sysctl is asked it has its old value, after that the other CPU counts on.
        if (nth > 0) add(simulator, 'dothits', 50_000n, 0, 1);
        await read();
        add(simulator, 'dothits', -1000n);
      });
      add(simulator, 'dothits', 1_000_000n);
      for (let read = 0; read < 10; read++) await watched.read();
      assert.deepEqual(watched.changes, []);
    });
  });

  it('warns only where a sysctl may tell something else on this release, and withdraws where it was seen to tell the same', async () => {
    await Watched.with('amd64-13,cpus=2', 'counters: [{symbol: dothits}, {symbol: nummiss}]', async (watched) => {
      const { simulator, watch } = watched;
      for (let read = 0; read < 4; read++) {
        add(simulator, 'nummiss', 5n);
        await watched.read();
      }
      simulator.image.lie('vfs.cache.stats.dothits', 1n);
      await watched.until('doubted', 'dothits');
      assert.notEqual(await watched.published('dothits'), undefined);
      assert.deepEqual([watch.report.doubted, watch.report.withdrawn], [1, 0]);
      simulator.image.lie('vfs.cache.stats.miss', 1n);
      await watched.until('withdrawn', 'nummiss');
      assert.equal(await watched.published('nummiss'), undefined);
    });
  });

  it('asks libkvm for sums and copies where its arithmetic is right, and withdraws what it contradicts', async () => {
    const yaml = 'counters: [{symbol: sim_rest}, {symbol: dothits}]';
    await Watched.with('amd64-14,cpus=2', yaml, async (watched) => {
      await watched.read();
      assert.deepEqual(watched.watch.report.checks, { kvm_counter_u64_fetch: 1, kvm_read_zpcpu: 1, sysctl: 2 });
      await watched.read();
      // What a sysctl tells has its turn at libkvm; what none tells is asked of it each time.
      assert.deepEqual(watched.watch.report.checks, { kvm_counter_u64_fetch: 3, kvm_read_zpcpu: 2, sysctl: 3 });
      watched.kernel.memory.counterU64Fetch = () => 12_345n;
      await watched.until('withdrawn', 'sim_rest');
      assert.equal(watched.symbol('sim_rest')?.reason, 'disagrees with kvm_counter_u64_fetch');
    });
    await Watched.with('arm64-14,cpus=2', yaml, async (watched) => {
      await watched.read();
      const { checks, unprovable } = watched.watch.report;
      assert.deepEqual(checks, { kvm_counter_u64_fetch: 0, kvm_read_zpcpu: 0, sysctl: 2 });
      assert.equal(unprovable, 1);
    });
  });

  it('takes a fetch that failed for no sum of 0', async () => {
    await Watched.with('amd64-14,cpus=2', 'counters: [{symbol: dothits}]', async (watched) => {
      const remove = installHook(watched.simulator.source.library, (call, _address, _length, phase) =>
        call === 'fetch' && phase === 'before' ? { kind: 'fail', argument: 14 } : undefined,
      );
      try {
        for (let read = 0; read < 5; read++) await watched.read();
      } finally {
        remove();
      }
      assert.deepEqual(watched.changes, []);
      assert.equal(watched.watch.report.checks.kvm_counter_u64_fetch, 0);
    });
  });

  it('gives way to who waits, and does nothing without a budget', async () => {
    await Watched.with('amd64-14,cpus=2', packs, async ({ watch, scraper, kernel }) => {
      await watch.turn(scraper, await scraper.read(), 1, () => true);
      // The look at the reader alone.
      assert.deepEqual(watch.report.checks, { kvm_counter_u64_fetch: 0, kvm_read_zpcpu: 0, sysctl: 1 });
      const poor = new TruthWatch(kernel, () => undefined, {
        allows: () => false,
        charge: () => undefined,
        pass: () => undefined,
      });
      const snapshot = await scraper.read();
      const { reads } = kernel.memory.traffic;
      await poor.turn(scraper, snapshot, 1, never);
      assert.equal(kernel.memory.traffic.reads, reads);
    });
  });

  it('proves each counter in turn, and knows since when the oldest proof is', async () => {
    await Watched.with('amd64-14,cpus=4', packs, async (watched) => {
      for (let read = 0; read < 40; read++) await watched.read();
      const { layout } = await watched.scraper.read();
      const told = namedRows(layout).filter(({ symbol }) => symbol !== 'vm_cnt').length;
      const { checks, mismatches, oldestProof, unprovable } = watched.watch.report;
      assert.ok(checks.sysctl >= told, `${checks.sysctl} checks of ${told}`);
      assert.deepEqual(mismatches, { kvm_counter_u64_fetch: 0, kvm_read_zpcpu: 0, sysctl: 0 });
      assert.ok(oldestProof >= 0 && Number.isFinite(oldestProof));
      assert.equal(unprovable, 0);
    });
  });

  it('keeps what it knows over a reload', async () => {
    await Watched.with('amd64-14,cpus=2', packs, async (watched) => {
      const { simulator, kernel, scraper, watch } = watched;
      simulator.image.lie('vfs.cache.stats.dothits', 1n);
      await watched.until('withdrawn', 'dothits');
      const yaml = 'counters: [{symbol: dothits, metric: other, help: H.}]';
      const next = startScraper(kernel, configOf(yaml), { judge: watch, before: scraper });
      assert.equal(sumOf(await next.read(), 0), undefined);
      // While both answer, both go by the same.
      assert.equal(await watched.published('dothits'), undefined);
      simulator.image.lie('vfs.cache.stats.dothits', 0n);
      await watched.until('good', 'dothits');
      assert.notEqual(sumOf(await next.read(), 0), undefined);
      assert.notEqual(await watched.published('dothits'), undefined);
    });
  });

  for (const profile of profileNames) {
    it(`finds nothing wrong with any pack under load: ${profile}`, async (context) => {
      const simulated = await Simulated.open(
        `${profile},cpus=4`,
        `packs: ['${join(PACK_FOLDER, '*.yaml')}']`,
        'believable',
      );
      try {
        for (const module of ['carp', 'pf', 'ipsec', 'zfs'] as const) simulated.image.loadModule(module);
        const changes: TruthChange[] = [];
        const watch = new TruthWatch(simulated.kernel, (change) => changes.push(change), unlimited);
        for (let read = 0; read < 60; read++) {
          await watch.turn(simulated.scraper, await simulated.scraper.read(), 1, never);
        }
        assert.deepEqual(
          changes.filter(({ verdict }) => verdict !== 'suspect'),
          [],
        );
        const { checks } = watch.report;
        assert.ok(checks.sysctl > 500, `${checks.sysctl}`);
        context.diagnostic(JSON.stringify(watch.report));
      } finally {
        await simulated.close();
      }
    });
  }
});
