/** The running kernel, or one that stands in for it: opened through libkvm(3), asked through kldsym(2) and sysctl(3). */
import { KernelOpenError } from '../errors.js';
import type { RunningKernel } from '../kernel.js';
import { bootTime } from './bootTime.js';
import { factsOf } from './facts.js';
import type { RunningSource } from '../source.js';
import { FileList } from '../linker/fileList.js';
import { openRunning } from './openRunning.js';
import { Linker } from './linker.js';
import { LinkerSets } from '../linker/linkerSets.js';
import { LoadGenerations } from './loadGenerations.js';
import { LibkvmMemory, LibkvmZpcpuMemory } from '../libkvm/memory.js';
import { LiveModules } from './modules.js';
import { Nlist } from '../libkvm/nlist.js';
import { PcpuStructs } from '../libkvm/pcpuStructs.js';
import { LiveSymbols } from './symbols.js';
import { LiveSysctls } from './sysctls.js';

export interface LiveKernel extends RunningKernel {
  readonly memory: LibkvmZpcpuMemory;
  /** A second call does nothing; any other call of the kernel after it throws KvmError. */
  close(): void;
}

/** Opens a kernel read-only. Throws KernelOpenError, whose message says what to do. */
export function openLiveKernel(source: RunningSource): LiveKernel {
  const handle = openRunning(source);
  try {
    const linker = new Linker(handle);
    const sysctls = new LiveSysctls(handle);
    const origin = source === 'live' ? 'live' : source.origin;
    const facts = factsOf(origin, handle, new LibkvmMemory(handle), linker, sysctls);
    const memory = new LibkvmZpcpuMemory(handle, facts);
    const list = new FileList(linker, memory, () => linker.files());
    const generations = new LoadGenerations(linker, list);
    const sets = new LinkerSets(linker, list);
    const nlist = new Nlist(handle, facts);
    const pcpuStructs = new PcpuStructs(handle, memory, facts);
    const symbols = new LiveSymbols(linker, nlist, memory, facts, generations, sets, pcpuStructs);
    const modules = new LiveModules(linker, generations, list, sysctls);
    return {
      facts,
      memory,
      symbols,
      modules,
      sysctls,
      bootTime: () => bootTime(sysctls),
      close: () => {
        handle.close();
      },
    };
  } catch (error) {
    handle.close();
    throw new KernelOpenError(`the kernel was opened but cannot be read: ${(error as Error).message}`);
  }
}
