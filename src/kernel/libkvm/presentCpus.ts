/** Which CPUs there are, as kvm_getpcpu(3) tells them. */
import { POINTER_MINUS_ONE } from './functions.js';
import type { Handle } from './handle.js';

/** The ids from 0 to `maxId` that a CPU has, ascending. Throws KvmError where libkvm cannot tell. */
export function presentCpus(handle: Handle, maxId: number): number[] {
  const { c, kd } = handle;
  const cpus: number[] = [];
  for (let id = 0; id <= maxId; id++) {
    const pcpu = c.kvm_getpcpu(kd, id);
    if (pcpu === POINTER_MINUS_ONE) throw handle.failure('kvm_getpcpu');
    if (pcpu === null) continue;
    c.free(pcpu);
    cpus.push(id);
  }
  return cpus;
}
