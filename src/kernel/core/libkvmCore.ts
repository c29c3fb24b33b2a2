/** A dump opened through libkvm(3), once what it says of the CPUs is what the dump's memory does. */
import { KernelOpenError, KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import { bindKvm, type LibraryPaths } from '../libkvm/functions.js';
import { Handle } from '../libkvm/handle.js';
import { LibkvmZpcpuMemory } from '../libkvm/memory.js';
import { presentCpus } from '../libkvm/presentCpus.js';

export interface LibkvmCore {
  readonly memory: LibkvmZpcpuMemory;
  readonly close: () => void;
}

/** @throws KernelOpenError where libkvm cannot open it, or takes it for another kernel's */
export function openLibkvmCore(libraries: LibraryPaths, kernel: string, core: string, facts: Facts): LibkvmCore {
  const handle = Handle.open({
    libraries,
    bind: bindKvm,
    execfile: kernel,
    corefile: core,
    advise: (text) => `${core}: ${text}`,
  });
  try {
    holdAgainst(handle, facts);
    const close = (): void => {
      handle.close();
    };
    return { memory: new LibkvmZpcpuMemory(handle, facts), close };
  } catch (error) {
    handle.close();
    if (error instanceof KvmError) throw new KernelOpenError(`${core}: ${error.message}`);
    throw error;
  }
}

function holdAgainst(handle: Handle, { cpus, maxId, ncpus }: Facts): void {
  const { c, kd } = handle;
  // Clears what libkvm keeps of a kernel that was open before.
  c.kvm_getmaxcpu(null);
  const limit = c.kvm_getmaxcpu(kd);
  if (limit < 0) throw handle.failure('kvm_getmaxcpu');
  const count = c.kvm_getncpus(kd);
  if (limit <= maxId || count !== ncpus)
    throw new KvmError(
      'kvm_getncpus',
      `libkvm finds ${count} CPUs of at most ${limit}, and the dump has ${ncpus} up to ${maxId}`,
    );
  const found = presentCpus(handle, maxId);
  if (found.join() !== cpus.join())
    throw new KvmError('kvm_getpcpu', `libkvm finds the CPUs ${found.join()}, and the dump has ${cpus.join()}`);
}
