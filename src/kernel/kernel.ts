/**
 * The parts of a kernel. Whoever opens one hands each of its readers the parts that it needs, and no more: what only a running kernel can
 * be asked is then not asked of anything else.
 */
import type { Facts } from './facts.js';
import type { Memory, ZpcpuMemory } from './memory.js';
import type { Modules } from './modules.js';
import type { Symbols } from './symbols.js';
import type { Sysctls } from './sysctls.js';

export interface Kernel {
  readonly facts: Facts;
  readonly memory: Memory & ZpcpuMemory;
  readonly symbols: Symbols;
  readonly modules: Modules;
  /**
   * `kern.boottime`: seconds since the epoch when the kernel was booted, as it says now; undefined where it does not tell. It is another one
   * once the clock was set, as ntpd(8) may do minutes after the boot.
   */
  bootTime(): number | undefined;
}

/** A kernel that runs, and answers. */
export interface RunningKernel extends Kernel {
  readonly sysctls: Sysctls;
}
