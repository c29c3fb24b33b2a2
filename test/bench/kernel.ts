/**
 * The kernel that all servers of a benchmark read: one simulated image whose counters stand still until step() moves every one of them.
 * The simulator's own workload moves values in real time, so that between scrapes that follow each other at once most would stay as
 * they were; here each step is as long as the usual time between two scrapes, at the simulator's own rates.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';

export interface Size {
  readonly counters: number;
  readonly cpus: number;
}

/** What a server needs to open the kernel, as environment variables. */
export type KernelEnvironment = Readonly<
  Record<'BENCH_LIBKVM' | 'BENCH_EXECFILE' | 'BENCH_COREFILE' | 'BENCH_CONFIG' | 'BENCH_COUNTERS', string>
>;

/** Seconds of work between two scrapes: Prometheus' usual interval. */
const STEP_SECONDS = 15;
const TWO_32 = 0x1_0000_0000;

/** A slab's pages, of all CPUs one after the other. */
interface Slab {
  readonly address: bigint;
  readonly words: Uint32Array;
}

/** A counter, and what a step adds to its part on each CPU. */
interface Moved {
  readonly slab: Slab;
  /** Index in the slab's words of the low half of CPU 0's part. */
  readonly word: number;
  readonly perStep: Float64Array;
}

export class BenchKernel {
  private readonly moved: readonly Moved[];
  private readonly slabs = new Map<bigint, Slab>();
  /** Seeded, so that every run moves the same way. */
  private random = 1;

  private constructor(
    readonly size: Size,
    private readonly simulator: Simulator,
    readonly environment: KernelEnvironment,
    private readonly pause: number,
  ) {
    const { image } = simulator;
    const rates = new Map(image.steadyRates().map((rate) => [rate.symbol, rate.perCpu]));
    const pageSize = BigInt(image.pageSize);
    this.moved = Array.from({ length: size.counters }, (_, index) => {
      const symbol = `sim_counter_${index}`;
      const address = image.copyAddress(symbol, 0, 0);
      const slab = this.slabAt(address - (address % pageSize));
      // What is at rest in the simulated kernel moves here, too: by one.
      const perStep = Float64Array.from({ length: size.cpus }, (__, cpu) => {
        return (rates.get(symbol)?.[cpu] ?? 0) * STEP_SECONDS;
      });
      return { slab, word: Number(address % pageSize) / 4, perStep };
    });
  }

  /** @param pause milliseconds between an answer and the next scrape */
  static async start(size: Size, pause = 0): Promise<BenchKernel> {
    const spec = parseSimulatorSpec(`amd64-14,cpus=${size.cpus},counters=${size.counters}`);
    const simulator = await Simulator.start(spec, { workload: 'none' });
    const { library, execfile, corefile } = simulator.source;
    const series = Array.from({ length: size.counters }, (_, index) => ({
      symbol: `sim_counter_${index}`,
      name: `sim_${index}`,
      help: `Made-up counter ${index} of the simulated kernel.`,
    }));
    const config = join(simulator.dir, 'bench.yaml');
    writeFileSync(
      config,
      `version: 1\ncounters:\n${series
        .map(
          ({ symbol, name, help }) =>
            `  - {symbol: ${symbol}, metric: ${name}_total, help: ${help}, type: counter, cpu: both}\n`,
        )
        .join('')}`,
    );
    const counters = join(simulator.dir, 'bench.tsv');
    writeFileSync(
      counters,
      series
        .map(({ symbol, name, help }) => `${symbol}\tfreebsd_${name}_total\tfreebsd_${name}_per_cpu_total\t${help}\n`)
        .join(''),
    );
    const environment = {
      BENCH_LIBKVM: library,
      BENCH_EXECFILE: execfile,
      BENCH_COREFILE: corefile,
      BENCH_CONFIG: config,
      BENCH_COUNTERS: counters,
    };
    return new BenchKernel(size, simulator, environment, pause);
  }

  close(): Promise<void> {
    return this.simulator.close();
  }

  /** What comes between an answer and the next scrape: step(), and the pause that was asked for. */
  async next(): Promise<void> {
    this.step();
    if (this.pause > 0) await delay(this.pause);
  }

  /** Lets every counter go on by STEP_SECONDS on every CPU, by at least 1. Nobody must read meanwhile. */
  step(): void {
    const pageWords = this.simulator.image.pageSize / 4;
    for (const { slab, word, perStep } of this.moved) {
      const { words } = slab;
      for (let cpu = 0, at = word; cpu < perStep.length; cpu++, at += pageWords) {
        const low = words[at]! + Math.max(1, Math.floor(perStep[cpu]! * (0.8 + 0.4 * this.nextRandom())));
        words[at] = low;
        if (low >= TWO_32) words[at + 1]!++;
      }
    }
    for (const { address, words } of this.slabs.values()) {
      this.simulator.image.write(address, new Uint8Array(words.buffer));
    }
  }

  private slabAt(address: bigint): Slab {
    let slab = this.slabs.get(address);
    if (slab === undefined) {
      const { image } = this.simulator;
      const bytes = Uint8Array.from(image.read(address, (image.maxId + 1) * image.pageSize));
      slab = { address, words: new Uint32Array(bytes.buffer) };
      this.slabs.set(address, slab);
    }
    return slab;
  }

  /** From 0 up to, not including, 1: a linear congruential generator is enough to scatter numbers of events. */
  private nextRandom(): number {
    this.random = (Math.imul(this.random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.random / TWO_32;
  }
}
