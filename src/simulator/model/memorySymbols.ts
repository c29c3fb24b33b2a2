/** The symbols of what the kernel keeps of its memory and of its interrupts, beyond counters. */
import type { Profile } from '../profiles.js';
import { array, char, cInt, pointer, struct, typedef, uInt, ulong, type CType } from './ctypes.js';
import { MOST_DOMAINS, vmDomain } from './domainTypes.js';
import { intrIrqsrc, intsrc, pic } from './interruptTypes.js';
import { umaKeg, umaZone } from './umaTypes.js';

export interface MemorySymbol {
  readonly name: string;
  readonly type: CType;
  readonly value?: bigint;
}

export function memorySymbols(profile: Profile, maxCpus: number): MemorySymbol[] {
  return [...interruptSymbols(profile, maxCpus), ...zoneSymbols(profile), ...domainSymbols(profile)];
}

function domainSymbols(profile: Profile): MemorySymbol[] {
  return [
    { name: 'vm_dom', type: array(vmDomain(profile), MOST_DOMAINS) },
    { name: 'vm_ndomains', type: cInt },
  ];
}

function zoneSymbols(profile: Profile): MemorySymbol[] {
  return [
    { name: 'uma_kegs', type: struct('', { lh_first: pointer(umaKeg(profile)) }) },
    { name: 'uma_cachezones', type: struct('', { lh_first: pointer(umaZone(profile)) }) },
  ];
}

function interruptSymbols({ machine, release }: Profile, maxCpus: number): MemorySymbol[] {
  const size = typedef('size_t', ulong);
  const both = [
    { name: 'intrcnt', type: pointer(ulong) },
    { name: 'intrnames', type: pointer(char) },
    { name: 'sintrcnt', type: size },
    { name: 'sintrnames', type: size },
  ];
  if (machine === 'amd64') {
    return [
      ...both,
      { name: 'nintrcnt', type: cInt },
      { name: 'intrcnt_index', type: cInt },
      { name: 'interrupt_sources', type: pointer(pointer(intsrc)) },
      { name: 'num_io_irqs', type: uInt },
      { name: 'first_msi_irq', type: uInt },
      { name: 'num_msi_irqs', type: uInt },
      { name: 'ioapic_template', type: pic },
      { name: 'msi_pic', type: pic },
      // Of each domain of memory, the CPU that the next source is given to.
      { name: 'current_cpu', type: array(cInt, MOST_DOMAINS) },
    ];
  }
  return [
    ...both,
    // INTRNG tells how many there are only since it takes them back.
    ...(release >= 15 ? [{ name: 'nintrcnt', type: cInt }] : [{ name: 'intrcnt_index', type: uInt }]),
    { name: 'irq_sources', type: pointer(pointer(intrIrqsrc(maxCpus))) },
    { name: 'intr_nirq', type: uInt },
  ];
}
