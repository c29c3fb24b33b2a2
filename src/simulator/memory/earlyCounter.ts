/** `EARLY_COUNTER`: what a counter's cell holds before it is allocated. */
import { pcpu } from '../model/cpuTypes.js';
import { offsetOf } from '../model/ctypes.js';
import type { KernelImage } from './kernelImage.js';

/** An offset where pointers are offsets, else the dummy's own address in CPU 0's struct. */
export function earlyCounter(image: KernelImage): bigint {
  const { memory, profile } = image;
  const dummy = BigInt(offsetOf(pcpu(profile), 'pc_early_dummy_counter'));
  return profile.offsetByPcpu ? dummy : memory.load(image.addressOf('cpuid_to_pcpu')) + dummy;
}
