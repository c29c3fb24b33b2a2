/** What the kernel has of each CPU: its struct pcpu, with what it has spent its time on, and its queue of threads that can run. */
import { offsetOf } from '../model/ctypes.js';
import { apicIdOf, pcpu, tdq } from '../model/cpuTypes.js';
import { busyModes, STATISTICS_HZ, UPTIME_SECONDS } from '../model/traffic.js';
import { domainOf } from './domainOf.js';
import type { KernelImage } from './kernelImage.js';

/** Of a CPU's time at load 1. */
const MOST_BUSY = 0.9;

/** The struct pcpu of each CPU, and the tables that lead to them. */
export function fillCpus(image: KernelImage): void {
  const { memory, profile, maxId } = image;
  const type = pcpu(profile);
  const segment = memory.segment(profile.addresses.pcpu);
  const table = image.addressOf('cpuid_to_pcpu');
  const offsets = image.addressOf('dpcpu_off');
  const start = image.addressOf('__start_set_pcpu');
  // amd64 has one array for all ids (a variable of the kernel in 12); arm64 allocates each struct but the first.
  const array = profile.machine === 'amd64' ? pcpuArray(image, segment) : undefined;
  for (let id = 0; id <= maxId; id++) {
    if (!image.present.includes(id)) continue;
    const own =
      array !== undefined
        ? array + BigInt(id * profile.pcpuSize)
        : id === 0
          ? image.addressOf('pcpu0')
          : segment.reserve(profile.pcpuSize, memory.pageSize);
    const put = (path: string, value: bigint, size = 8): void => {
      memory.store(own + BigInt(offsetOf(type, path)), value, size);
    };
    const thread = profile.addresses.heap + 0x4c2_0000n + BigInt(id * 0x7c0);
    put('pc_curthread', thread);
    put('pc_idlethread', thread + 0x3e0n);
    put('pc_curpcb', thread + 0x2_0000n);
    put('pc_switchtime', BigInt(image.random.bits()) << 18n);
    put('pc_switchticks', BigInt(image.random.bits()), 4);
    put('pc_cpuid', BigInt(id), 4);
    put('pc_domain', BigInt(domainOf(image, id)), 4);
    if (profile.machine === 'amd64') put('pc_apic_id', BigInt(apicIdOf(id)), 4);
    fillCpuTime(image, own + BigInt(offsetOf(type, 'pc_cp_time')), id);
    if (profile.release >= 13) put('pc_zpcpu_offset', BigInt(id * memory.pageSize));
    put('pc_early_dummy_counter', BigInt(image.random.bits()));
    const area = image.dpcpu.base + BigInt(id * image.dpcpu.stride);
    put('pc_dynamic', area - start);
    memory.store(table + BigInt(8 * id), own);
    memory.store(offsets + BigInt(8 * id), area - start);
    const cpuSet = image.addressOf('all_cpus') + BigInt(8 * Math.floor(id / 64));
    memory.store(cpuSet, memory.load(cpuSet) | (1n << BigInt(id % 64)));
  }
  if (profile.offsetByPcpu) memory.store(image.addressOf('__pcpu'), profile.addresses.pcpu);
}

/** The past of one CPU, which was as busy as its part in each class of work makes it. */
function fillCpuTime({ memory, history, present, values }: KernelImage, address: bigint, cpu: number): void {
  const busy = busyModes.map(({ part, cpuClass }) => part * present.length * (history.weights[cpuClass][cpu] ?? 0));
  const total = busy.reduce((sum, part) => sum + part, 0);
  const parts = busy.map((part) => (total > MOST_BUSY ? (part * MOST_BUSY) / total : part));
  for (const [index, part] of [...parts, 1 - Math.min(total, MOST_BUSY)].entries()) {
    const word = address + BigInt(8 * index);
    const activity = { rate: part * STATISTICS_HZ, cpuClass: busyModes[index]?.cpuClass ?? 'even' };
    values.push({ address: word, stride: 0, activity, symbol: 'pcpu', index, file: 'kernel', cpu });
    memory.store(word, BigInt(Math.floor(activity.rate * UPTIME_SECONDS)));
  }
}

function pcpuArray(image: KernelImage, segment: { reserve(size: number, align: number): bigint }): bigint {
  const { profile } = image;
  if (!profile.offsetByPcpu) return image.addressOf('__pcpu');
  return segment.reserve((image.maxId + 1) * profile.pcpuSize, profile.pageSize);
}

/** ULE's; 12 has no DPCPU object for them. */
export function fillRunQueues(image: KernelImage): void {
  const { memory, profile, dpcpu, present } = image;
  if (!image.has('pcpu_entry_tdq')) return;
  const first = image.addressOf('pcpu_entry_tdq') - image.addressOf('__start_set_pcpu') + dpcpu.base;
  for (const id of present) {
    const put = (member: string, value: number): void => {
      memory.store(first + BigInt(id * dpcpu.stride + offsetOf(tdq(profile), member)), BigInt(value), 4);
    };
    put('tdq_load', 1 + (id % 4));
    put('tdq_sysload', id % 3);
    put('tdq_id', id);
  }
}
