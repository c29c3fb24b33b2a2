/** A simulated kernel with a scraper on it, for tests that look at single values. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/model.js';
import { Kernel } from '../../src/kernel/live/kernel.js';
import { ITEM_OK, itemStates, type ItemState, type Snapshot } from '../../src/snapshots/snapshot.js';
import { Scraper } from '../../src/scrape/scraper.js';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import type { ImageFile } from '../../src/simulator/image.js';
import { Simulator, type Workload } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';

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

export class Simulated {
  /** What the scraper told of symbols that came up or went down. */
  readonly changes: SymbolStatus[] = [];
  readonly scraper: Scraper;

  private constructor(
    readonly simulator: Simulator,
    readonly kernel: Kernel,
    config: Config,
    kernelPath?: string,
  ) {
    this.scraper = new Scraper(kernel, config, (status) => this.changes.push(status), kernelPath);
  }

  /** Nothing moves in it unless a workload is named. */
  static async open(spec: string, yaml: string, workload: Workload = 'none', kernelPath?: string): Promise<Simulated> {
    const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload });
    try {
      const kernel = Kernel.open(simulator.source);
      try {
        return new Simulated(simulator, kernel, configOf(yaml), kernelPath);
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

/** The sum and the parts of each row that could be read, as unsigned 64-bit values; undefined for the others. */
export function rowsOf({ layout, words, states }: Snapshot): ({ sum: bigint; parts: bigint[] } | undefined)[] {
  const values = new BigUint64Array(words.buffer, words.byteOffset, words.length / 2);
  const columns = layout.cpus.length + 1;
  return layout.rows.map(({ item }, row) => {
    if (states[item] !== ITEM_OK) return undefined;
    const [sum, ...parts] = values.subarray(row * columns, (row + 1) * columns);
    return { sum: sum!, parts };
  });
}

export function statesOf({ states }: Snapshot): ItemState[] {
  return [...states].map((state) => itemStates[state]!);
}
