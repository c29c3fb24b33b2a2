/** What the kernel's own structures hold: vnets, interfaces, netisr queues, and the made-up cells that are traps. */
import { leavesOf, offsetOf, sizeOf, type CType } from '../model/ctypes.js';
import { ifnet, linkerFile, simDpcpu, simZpcpu } from '../model/kernelTypes.js';
import { vnet as vnetType, VNET_MAGIC } from '../model/kernelTypes.js';
import type { Activity, CpuClass } from '../model/traffic.js';
import type { FileName } from '../model/symbols.js';
import { fillCpus, fillRunQueues } from './cpus.js';
import { fillDomains } from './domains.js';
import { earlyCounter } from './earlyCounter.js';
import { fillInterrupts } from './interrupts.js';
import type { KernelImage } from './kernelImage.js';
import { fillMallocTypes } from './mallocTypes.js';
import { Spares } from './spares.js';
import { fillZones } from './umaZones.js';

export function fillContents(image: KernelImage): void {
  fillCpus(image);
  fillRunQueues(image);
  fillLinkerFiles(image);
  fillDpcpu(image);
  fillVnets(image);
  fillInterfaces(image);
  fillPlainStructs(image);
  fillTraps(image);
  const spares = new Spares(image.memory, image.addressOf('sim_spares'));
  fillMallocTypes(image, spares);
  fillInterrupts(image, spares);
  fillZones(image, spares);
  fillDomains(image);
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

/** The host's vnet and a jail's. A new vnet comes to the head of the list. */
function fillVnets(image: KernelImage): void {
  const { memory } = image;
  const start = image.addressOf('__start_set_vnet');
  const head = image.addressOf('vnet_head');
  let older = 0n;
  for (const [index, data] of image.vnetData.entries()) {
    const vnet = image.heap.reserve(sizeOf(vnetType), 64);
    const put = (path: string, value: bigint, size = 8): void => {
      memory.store(vnet + BigInt(offsetOf(vnetType, path)), value, size);
    };
    put('vnet_le.le_next', older);
    put('vnet_le.le_prev', head);
    if (older !== 0n) memory.store(older + BigInt(offsetOf(vnetType, 'vnet_le.le_prev')), vnet);
    put('vnet_magic_n', BigInt(VNET_MAGIC), 4);
    put('vnet_ifcnt', 2n, 4);
    put('vnet_sockcnt', BigInt(412 - 400 * index), 4);
    put('vnet_state', 0x0fff_ffffn, 4);
    put('vnet_data_mem', data);
    put('vnet_data_base', data - start);
    if (index === 0) memory.store(image.addressOf('vnet0'), vnet);
    older = vnet;
  }
  memory.store(head, older);
}

/** A 25 GbE card and the loopback in the host's vnet, each with its twelve counters. */
function fillInterfaces(image: KernelImage): void {
  const { memory } = image;
  const traffic: readonly [rate: number, cpuClass: CpuClass][] = [
    [1_110_000, 'rx'],
    [0.4, 'rx'],
    [2_130_000, 'tx'],
    [0.1, 'tx'],
    [0, 'even'],
    [4.9e8, 'rx'],
    [2.84e9, 'tx'],
    [3, 'rx'],
    [0.5, 'house'],
    [1.4, 'rx'],
    [0.7, 'tx'],
    [2, 'rx'],
  ];
  const interfaces: readonly [string, number, number][] = [
    ['mce', 0, 1],
    ['lo', 0, 0.002],
  ];
  let link = image.inVnet(image.addressOf('vnet_entry_ifnet'), 0);
  for (const [index, [driver, unit, scale]] of interfaces.entries()) {
    const address = image.heap.reserve(sizeOf(ifnet), 64);
    const at = (path: string): bigint => address + BigInt(offsetOf(ifnet, path));
    memory.store(link, address);
    link = at('if_link');
    memory.storeText(at('if_xname'), `${driver}${unit}`);
    memory.store(at('if_dname'), text(image, driver));
    memory.store(at('if_dunit'), BigInt(unit), 4);
    memory.store(at('if_index'), BigInt(index + 1), 2);
    memory.store(at('if_mtu'), index === 0 ? 1500n : 16_384n, 4);
    memory.store(at('if_baudrate'), index === 0 ? 25_000_000_000n : 0n);
    for (const [slot, [rate, cpuClass]] of traffic.entries()) {
      const activity = { rate: rate * scale, cpuClass };
      image.addCounter(at(`if_counters[${slot}]`), activity, `if:${driver}${unit}`, slot, 'kernel');
    }
  }
  memory.store(image.inVnet(image.addressOf('vnet_entry_ifnet'), 0) + 8n, link);
}

function text(image: KernelImage, value: string): bigint {
  const address = image.heap.reserve(value.length + 1, 8);
  image.memory.storeText(address, value);
  return address;
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
  memory.store(image.addressOf('sim_early'), earlyCounter(image));
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
