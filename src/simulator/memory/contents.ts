/** What the kernel's own structures hold: malloc types, netisr queues, and the made-up cells that are traps. */
import { pcpu } from '../model/cpuTypes.js';
import { leavesOf, offsetOf, sizeOf, type CType } from '../model/ctypes.js';
import {
  linkerFile,
  mallocType,
  mallocTypeInternal,
  mallocTypeStats,
  simDpcpu,
  simZpcpu,
} from '../model/kernelTypes.js';
import type { Activity, CpuClass } from '../model/traffic.js';
import type { FileName } from '../model/symbols.js';
import { fillCpus, fillRunQueues } from './cpus.js';
import { fillInterfaces } from './interfaces.js';
import { fillJails } from './jails.js';
import type { KernelImage } from './kernelImage.js';
import { fillSpares } from './spares.js';
import { fillVnets } from './vnets.js';

export function fillContents(image: KernelImage): void {
  fillCpus(image);
  fillRunQueues(image);
  fillLinkerFiles(image);
  fillDpcpu(image);
  const vnets = fillVnets(image);
  fillInterfaces(image, vnets);
  fillJails(image, vnets);
  fillMallocTypes(image);
  fillPlainStructs(image);
  fillTraps(image);
  fillSpares(image);
}

/** The list of loaded files: at boot the kernel alone. */
function fillLinkerFiles(image: KernelImage): void {
  const { memory } = image;
  const kernel = image.linkerFiles.kernel;
  const head = image.addressOf('linker_files');
  const type = linkerFile(image.profile.release);
  memory.store(kernel + BigInt(offsetOf(type, 'id')), 1n, 4);
  memory.store(kernel + BigInt(offsetOf(type, 'loadcnt')), 1n, 4);
  memory.store(kernel + BigInt(offsetOf(type, 'address')), image.kernel.base);
  memory.store(kernel + BigInt(offsetOf(type, 'link.tqe_prev')), head);
  memory.store(head, kernel);
  memory.store(head + 8n, kernel + BigInt(offsetOf(type, 'link.tqe_next')));
}

/** netisr's queues and the made-up DPCPU struct. */
function fillDpcpu(image: KernelImage): void {
  const { memory, dpcpu } = image;
  const start = image.addressOf('__start_set_pcpu');
  const areaAddress = (link: string): bigint => image.addressOf(link) - start + dpcpu.base;
  const nws = areaAddress('pcpu_entry_nws');
  const workstream = image.typeOf('pcpu_entry_nws');
  const sim = areaAddress('pcpu_entry_sim_dpcpu');
  for (const id of image.present) {
    const shift = BigInt(id * dpcpu.stride);
    memory.store(nws + shift + BigInt(offsetOf(workstream, 'nws_cpu')), BigInt(id), 4);
    memory.store(sim + shift + BigInt(offsetOf(simDpcpu, 'depth')), BigInt(7 + id), 4);
    memory.store(sim + shift + BigInt(offsetOf(simDpcpu, 'flags')), BigInt(0x8001), 2);
    for (let protocol = 0; protocol < 16; protocol++) {
      const limit = nws + shift + BigInt(offsetOf(workstream, `nws_work[${protocol}].nw_qlimit`));
      memory.store(limit, 256n, 4);
    }
  }
  const move = (
    base: bigint,
    type: CType,
    symbol: string,
    path: string,
    activity: Activity,
    file: FileName = 'kernel',
  ): void => {
    const address = base + BigInt(offsetOf(type, path));
    const index = [...leavesOf(type)].findIndex((leaf) => leaf.path === path);
    image.values.push({ address, stride: dpcpu.stride, activity, symbol, index, file });
    image.history.write(address, dpcpu.stride, activity);
  };
  const protocols: readonly [number, number, CpuClass][] = [
    [1, 1_060_000, 'rx'],
    [4, 16, 'rx'],
    [5, 1_120_000, 'rx'],
    [6, 21_400, 'rx'],
  ];
  for (const [protocol, rate, cpuClass] of protocols) {
    const work = `nws_work[${protocol}]`;
    move(nws, workstream, 'nws', `${work}.nw_dispatched`, { rate, cpuClass });
    move(nws, workstream, 'nws', `${work}.nw_queued`, { rate: rate / 90, cpuClass: 'even' });
    move(nws, workstream, 'nws', `${work}.nw_handled`, { rate: rate / 90, cpuClass: 'even' });
  }
  move(sim, simDpcpu, 'sim_dpcpu', 'events', { rate: 1200, cpuClass: 'even' });
  move(sim, simDpcpu, 'sim_dpcpu', 'balance', { rate: 80, cpuClass: 'tx', level: 500 });
  for (const place of image.placesOf('sim_module_dpcpu')) {
    move(place - start + dpcpu.base, simDpcpu, 'sim_module_dpcpu', 'events', { rate: 70, cpuClass: 'tx' }, 'carp');
  }
}

function text(image: KernelImage, value: string): bigint {
  const address = image.heap.reserve(value.length + 1, 8);
  image.memory.storeText(address, value);
  return address;
}

/** malloc(9) types: name, bytes allocated a second, and bytes in use. */
const mallocTypes: readonly [string, number, number][] = [
  ['devbuf', 21_000, 58_720_256],
  ['temp', 4_900_000, 196_608],
  ['mbuf_tag', 310_000, 65_536],
  ['pcb', 610_000, 4_194_304],
  ['socket', 280_000, 2_097_152],
  ['vnodes', 90_000, 9_437_184],
  ['subproc', 41_000, 1_048_576],
  ['cred', 72_000, 262_144],
  ['sysctltmp', 19_000, 4096],
  ['ioctlops', 52_000, 8192],
  ['bus', 12, 393_216],
  ['ifnet', 2, 16_384],
];

function fillMallocTypes(image: KernelImage): void {
  const { memory, profile } = image;
  const type = mallocType(profile.release);
  const head = image.addressOf('kmemstatistics');
  for (const [name, bytesPerSecond, inUse] of mallocTypes) {
    const address = image.heap.reserve(sizeOf(type), 64);
    const at = (path: string): bigint => address + BigInt(offsetOf(type, path));
    memory.store(at('ks_next'), memory.load(head));
    memory.store(head, address);
    const isOld = profile.release === 12;
    memory.store(at(isOld ? 'ks_magic' : 'ks_version'), isOld ? 0x3355n : 20_200_713n);
    memory.store(at('ks_shortdesc'), text(image, name));
    let internal = at(isOld ? 'ks_handle' : 'ks_mti');
    if (isOld) {
      const handle = image.heap.reserve(sizeOf(mallocTypeInternal), 64);
      memory.store(internal, handle);
      internal = handle;
    }
    const item = image.addItem(internal + BigInt(offsetOf(mallocTypeInternal, 'mti_stats')));
    // What was allocated and not freed is in use.
    const moves: readonly [member: string, rate: number, kept: number][] = [
      ['mts_memalloced', bytesPerSecond, inUse],
      ['mts_memfreed', bytesPerSecond, 0],
      ['mts_numallocs', bytesPerSecond / 512, Math.ceil(inUse / 512)],
      ['mts_numfrees', bytesPerSecond / 512, 0],
    ];
    for (const [index, [member, rate, kept]] of moves.entries()) {
      const activity = { rate, cpuClass: 'hot' } as const;
      const address = item + BigInt(offsetOf(mallocTypeStats, member));
      image.values.push({
        address,
        stride: memory.pageSize,
        activity,
        symbol: `malloc:${name}`,
        index,
        file: 'kernel',
      });
      image.history.write(address, memory.pageSize, activity, kept);
    }
    for (const id of image.present) {
      const mask = item + BigInt(offsetOf(mallocTypeStats, 'mts_size') + id * memory.pageSize);
      memory.store(mask, BigInt(image.random.bits() & 0x3ff));
    }
  }
}

/** Structs of plain values that must not be taken for counters, and the u_int members of vm_cnt. */
function fillPlainStructs(image: KernelImage): void {
  const { memory } = image;
  const inHost = (link: string): bigint => image.inVnet(image.addressOf(link), 0);
  const pfsync = inHost('vnet_entry_pfsyncstats');
  for (let slot = 0; slot < 16; slot++) memory.store(pfsync + BigInt(8 * slot), BigInt(90_001 + 977 * 2 * slot));
  const igmp = inHost('vnet_entry_igmpstat');
  memory.store(igmp, 3n, 4);
  memory.store(igmp + 4n, 168n, 4);
  for (let slot = 1; slot < 8; slot++) memory.store(igmp + BigInt(8 * slot), BigInt(331 + 2 * slot));
  const pages = [4096, 16_711_680, 26_204, 88_917, 26_204, 133_375, 2, 2, 3124];
  const first = image.addressOf('vm_cnt') + BigInt(offsetOf(image.typeOf('vm_cnt'), 'v_page_size'));
  for (const [index, value] of pages.entries()) memory.store(first + BigInt(4 * index), BigInt(value), 4);
  if (image.profile.release === 12) {
    const crypto = image.addressOf('cryptostats');
    for (let slot = 0; slot < 8; slot++) memory.store(crypto + BigInt(4 * slot), BigInt(70_001 + slot), 4);
    const rt = inHost('vnet_entry_rtstat');
    for (let slot = 0; slot < 5; slot++) memory.store(rt + BigInt(2 * slot), BigInt(21 + slot), 2);
  }
}

function fillTraps(image: KernelImage): void {
  const { memory, profile } = image;
  const dummy = BigInt(offsetOf(pcpu(profile), 'pc_early_dummy_counter'));
  // EARLY_COUNTER: an offset where pointers are offsets, else the dummy's own address in CPU 0's struct.
  const cpu0 = memory.load(image.addressOf('cpuid_to_pcpu'));
  memory.store(image.addressOf('sim_early'), profile.offsetByPcpu ? dummy : cpu0 + dummy);
  memory.store(image.addressOf('sim_unmapped'), profile.addresses.uma + 0x2_0000_0040n - image.bias);
  memory.store(image.addressOf('sim_pointer'), profile.addresses.heap + 0x88n);

  const cells = image.addressOf('sim_zpcpu_array');
  for (const [index, cell] of [image.addressOf('sim_zpcpu'), cells, cells + 8n].entries()) {
    const item = image.addItem(cell);
    for (const id of image.present) {
      const put = (name: string, value: number, size: number): void => {
        memory.store(item + BigInt(offsetOf(simZpcpu, name) + id * memory.pageSize), BigInt(value), size);
      };
      put('errors', 100 * index + id, 4);
      put('depth', -id, 4);
      put('queue', 60_000 + id, 2);
      put('drift', -3 - id, 2);
      put('state', 200 + (id % 50), 1);
      put('offset', -1 - (id % 100), 1);
    }
    // One item's owner is not set.
    if (index !== 1) memory.store(item + BigInt(offsetOf(simZpcpu, 'owner')), image.heap.base);
    const symbol = index === 0 ? 'sim_zpcpu' : `sim_zpcpu_array[${index - 1}]`;
    const moves: readonly [string, Activity][] = [
      ['operations', { rate: 4100, cpuClass: 'tx' }],
      ['bytes', { rate: 5_900_000, cpuClass: 'tx' }],
      ['balance', { rate: 300, cpuClass: 'rx', level: 1200 }],
    ];
    for (const [nth, [name, activity]] of moves.entries()) {
      const address = item + BigInt(offsetOf(simZpcpu, name));
      image.values.push({ address, stride: memory.pageSize, activity, symbol, index: nth, file: 'kernel' });
      image.history.write(address, memory.pageSize, activity);
    }
  }
}
