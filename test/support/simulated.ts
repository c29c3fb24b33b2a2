/** A simulated kernel with a scraper on it, for tests that look at single values. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/model.js';
import { openLiveKernel, type LiveKernel } from '../../src/kernel/live/liveKernel.js';
import { itemStates, type ItemState } from '../../src/snapshots/itemStates.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import type { Scraper } from '../../src/scrape/scraper.js';
import { startScraper } from '../../src/service/scraper.js';
import { partOf, sumOf } from '../../src/snapshots/values.js';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import type { ImageFile } from '../../src/simulator/image.js';
import { Simulator, type Workload } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';
import { booted } from './booted.js';

/** A config as it is loaded from this text. */
export function configOf(yaml: string): Config {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-test-'));
  try {
    const file = join(dir, 'test.yaml');
    writeFileSync(file, `version: 1\n${yaml}`);
    return loadConfig([file]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** By their texts, those that were loaded: to read all packs takes longer than to boot a kernel. */
const known = new Map<string, Config>();

/** The same, loaded once in a process: for another kernel each time. What is loaded anew for the same kernel must be another object, as it is there. */
export function knownConfigOf(yaml: string): Config {
  let config = known.get(yaml);
  if (config === undefined) {
    config = configOf(yaml);
    known.set(yaml, config);
  }
  return config;
}

export class Simulated {
  /** What the scraper told of symbols that came up or went down. */
  readonly changes: SymbolStatus[] = [];
  readonly scraper: Scraper;

  private constructor(
    readonly simulator: Simulator,
    readonly kernel: LiveKernel,
    config: Config,
    kernelPath?: string,
  ) {
    this.scraper = startScraper(kernel, config, { onChange: (status) => this.changes.push(status), kernelPath });
  }

  /** Nothing moves in it unless a workload is named. */
  static async open(
    spec: string,
    yaml: string,
    workload: Workload = 'none',
    kernelPath?: string,
    boot = booted,
  ): Promise<Simulated> {
    const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload, boot });
    try {
      const kernel = openLiveKernel(simulator.source);
      try {
        return new Simulated(simulator, kernel, knownConfigOf(yaml), kernelPath);
      } catch (error) {
        kernel.close();
        throw error;
      }
    } catch (error) {
      await simulator.close();
      throw error;
    }
  }

  get image(): ImageFile {
    return this.simulator.image;
  }

  async close(): Promise<void> {
    this.kernel.close();
    await this.simulator.close();
  }
}

/**
 * A kernel in which nothing moves by itself, for as long as `act` takes.
 * @param prepare what is done to it before it is opened
 */
export async function withKernel(
  spec: string,
  act: (kernel: LiveKernel, simulator: Simulator) => void | Promise<void>,
  prepare: (simulator: Simulator) => void = () => undefined,
): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload: 'none', boot: booted });
  try {
    prepare(simulator);
    const kernel = openLiveKernel(simulator.source);
    try {
      await act(kernel, simulator);
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

/** The sum and the parts of each row that could be read, as unsigned 64-bit values; undefined for the others. */
export function rowsOf(snapshot: Snapshot): ({ sum: bigint; parts: bigint[] } | undefined)[] {
  const { rows, cpus } = snapshot.layout;
  return rows.map((_, row) => {
    const sum = sumOf(snapshot, row);
    if (sum === undefined) return undefined;
    const parts = cpus.map((__, cpu) => partOf(snapshot, row, cpu) ?? 0n);
    return { sum: BigInt.asUintN(64, sum), parts: parts.map((part) => BigInt.asUintN(64, part)) };
  });
}

export function statesOf({ states }: Snapshot): ItemState[] {
  return [...states].map((state) => itemStates[state]!);
}
