/** What does not change while a kernel runs, by libkvm(3), by symbols and by sysctls. */
import { kernelAddress } from '../address.js';
import { KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import type { Memory } from '../memory.js';
import type { Sysctls } from '../sysctls.js';
import type { Handle } from '../libkvm/handle.js';
import { presentCpus } from '../libkvm/presentCpus.js';
import type { Linker } from './linker.js';
import type { RunningFunctions } from './runningFunctions.js';

/** Throws KvmError where the kernel does not tell, or tells what cannot be. */
export function factsOf(
  origin: string,
  handle: Handle<RunningFunctions>,
  memory: Memory,
  linker: Linker,
  sysctls: Sysctls,
): Facts {
  const { c, kd } = handle;
  // Clears what libkvm keeps of a kernel that was open before.
  c.kvm_getmaxcpu(null);
  const maxCpu = c.kvm_getmaxcpu(kd);
  if (maxCpu < 0) throw handle.failure('kvm_getmaxcpu');
  const ncpus = c.kvm_getncpus(kd);
  if (ncpus < 1) throw handle.failure('kvm_getncpus');
  const maxId = maxIdOf(memory, linker);
  if (maxId >= maxCpu || ncpus > maxId + 1) {
    throw new KvmError('kvm_read', `mp_maxid ${maxId} does not fit ${ncpus} CPUs of at most ${maxCpu}`);
  }
  return {
    origin,
    release: sysctls.text('kern.osrelease'),
    osreldate: Number(sysctls.unsigned('kern.osreldate')),
    machineArch: sysctls.text('hw.machine_arch'),
    pageSize: Number(sysctls.unsigned('hw.pagesize')),
    maxId,
    ncpus,
    cpus: requireCpus(handle, maxId),
    scheduler: sysctls.bytes('kern.sched.name') === undefined ? undefined : sysctls.text('kern.sched.name'),
    isJailed: sysctls.bytes('security.jail.jailed')?.every((byte) => byte === 0) !== true,
  };
}

function maxIdOf(memory: Memory, linker: Linker): number {
  const symbol = linker.symbol('mp_maxid');
  if (symbol === undefined) throw new KvmError('kldsym', 'the kernel has no mp_maxid');
  const word = new Uint32Array(1);
  memory.read(kernelAddress(symbol.value), word);
  return word[0]!;
}

function requireCpus(handle: Handle<RunningFunctions>, maxId: number): number[] {
  const cpus = presentCpus(handle, maxId);
  if (cpus.length === 0) throw new KvmError('kvm_getpcpu', 'no CPU is present');
  return cpus;
}
