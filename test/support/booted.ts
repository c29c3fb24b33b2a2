/** Kernels that tests of one process share until each runs on its own copy: to boot one takes longer than most tests. */
import { bootKernel } from '../../src/simulator/memory/bootKernel.js';
import type { KernelImage } from '../../src/simulator/memory/kernelImage.js';
import type { SimulatorSpec } from '../../src/simulator/spec.js';

/** Each has some 10 MB. */
const MOST = 6;

/** By their specs, the one that was asked for last at the end. */
const kept = new Map<string, KernelImage>();

/** The kernel of a spec as it boots; it is not to be changed, but for what Simulator.start() itself writes anew each time. */
export function booted(spec: SimulatorSpec): KernelImage {
  const key = JSON.stringify(spec);
  const kernel = kept.get(key) ?? bootKernel(spec);
  kept.delete(key);
  kept.set(key, kernel);
  for (const [oldest] of kept) if (kept.size > MOST) kept.delete(oldest);
  return kernel;
}
