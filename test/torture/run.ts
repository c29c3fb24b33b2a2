/** Life after life until there were enough scrapes, and what came of them all. */
import type { NativeFiles } from '../../src/simulator/build.js';
import type { ProfileName } from '../../src/simulator/profiles.js';
import { Life, type Failure, type Hazard } from './life.js';

/** Scrapes of one kernel, before another is booted. */
export const LIFE_SCRAPES = 250;

export interface TortureOptions {
  readonly seed: number;
  readonly scrapes: number;
  readonly profile: ProfileName | undefined;
  /** Only this one is run. */
  readonly onlyLife?: number;
  /** Only these are let loose; undefined for all. */
  readonly hazards?: readonly Hazard[];
  readonly onProgress?: (scrapes: number) => void;
}

export interface TortureResult {
  lives: number;
  scrapes: number;
  refused: number;
  compared: number;
  skipped: number;
  proofs: number;
  readonly injected: Map<string, number>;
  readonly failures: Failure[];
}

export async function runTorture(native: NativeFiles, options: TortureOptions): Promise<TortureResult> {
  const total: TortureResult = {
    lives: 0,
    scrapes: 0,
    refused: 0,
    compared: 0,
    skipped: 0,
    proofs: 0,
    injected: new Map(),
    failures: [],
  };
  const { seed, scrapes, profile, onlyLife, onProgress } = options;
  const count = Math.ceil(scrapes / LIFE_SCRAPES);
  for (let life = onlyLife ?? 0; life < (onlyLife === undefined ? count : onlyLife + 1); life++) {
    const result = await new Life(seed, life, profile, options.hazards).run(native, LIFE_SCRAPES);
    total.lives++;
    total.scrapes += result.scrapes;
    total.refused += result.refused;
    total.compared += result.compared;
    total.skipped += result.skipped;
    total.proofs += result.proofs;
    for (const [what, times] of result.injected) total.injected.set(what, (total.injected.get(what) ?? 0) + times);
    total.failures.push(...result.failures);
    onProgress?.(total.scrapes);
  }
  return total;
}
