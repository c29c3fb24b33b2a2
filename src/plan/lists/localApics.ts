/** Which CPU has which local APIC. Both ids are in the CPU's struct pcpu, and stay. */
import { addressPlus, type KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import { readInteger } from '../../kernel/integers.js';
import type { FollowedKernel } from '../instances/instance.js';
import type { LocalApicsPlan } from './interruptsPlan.js';
import type { Slice } from './listPlan.js';

/** By the id of its local APIC, the struct pcpu of each CPU. Throws KvmError where they cannot be told, or contradict each other. */
export function localApics(
  { cpu, apic }: LocalApicsPlan,
  { memory, symbols }: FollowedKernel,
): ReadonlyMap<number, KernelAddress> {
  const found = symbols.resolvePcpu();
  if (found === undefined) throw new KvmError('kldsym', 'nothing leads to the struct pcpu of each CPU');
  const load = (pcpu: KernelAddress, { offset, size }: Slice): number =>
    Number(readInteger(memory, addressPlus(pcpu, offset), size));
  const apics = new Map<number, KernelAddress>();
  for (const [id, pcpu] of found.addresses) {
    const own = load(pcpu, apic);
    if (load(pcpu, cpu) !== id || apics.has(own)) {
      throw new KvmError('kvm_read', `the struct pcpu of CPU ${id} does not tell its local APIC`);
    }
    apics.set(own, pcpu);
  }
  return apics;
}
