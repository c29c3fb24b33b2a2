/** What the kernel's own structures hold that have no file of their own: netisr queues, and the made-up cells that are traps. */
import { leavesOf, offsetOf, type CType } from '../model/ctypes.js';
import { linkerFile, simDpcpu, simZpcpu } from '../model/kernelTypes.js';
import type { Activity, CpuClass } from '../model/traffic.js';
import type { FileName } from '../model/files.js';
import { fillBpf } from './bpf.js';
import { fillCpus, fillRunQueues } from './cpus.js';
import { fillDomains } from './domains.js';
import { fillEpochs } from './epochs.js';
import { earlyCounter } from './earlyCounter.js';
import { giveIflibSpares } from './iflib.js';
import { fillIdentity } from './identity.js';
import { fillInterfaces } from './interfaces.js';
import { fillInterrupts } from './interrupts.js';
import { fillSas } from './ipsecSas.js';
import { fillIpfw } from './ipfwContents.js';
import { fillJails } from './jails.js';
import type { KernelImage } from './kernelImage.js';
import { fillMallocTypes } from './mallocTypes.js';
import { fillPacketFilters } from './pfContents.js';
import { fillSockets } from './sockets.js';
import { fillSpares } from './spares.js';
import { fillNextHops } from './nextHops.js';
import { Spares } from './spareStacks.js';
import { fillZones } from './umaZones.js';
import { fillVnets } from './vnets.js';

export function fillContents(image: KernelImage): void {
  fillIdentity(image);
  fillCpus(image);
  fillRunQueues(image);
  fillLinkerFiles(image);
  // The two others are superpages'.
  image.memory.store(image.addressOf('pagesizes'), BigInt(image.profile.pageSize));
  fillDpcpu(image);
  const vnets = fillVnets(image);
  fillInterfaces(image, vnets);
  fillJails(image, vnets);
  fillSockets(image, vnets);
  fillBpf(image);
  fillPlainStructs(image);
  fillTraps(image);
  const spares = new Spares(image.memory, image.addressOf('sim_spares'));
  fillMallocTypes(image, spares);
  fillInterrupts(image, spares);
  fillZones(image, spares);
  fillDomains(image);
  fillEpochs(image, spares);
  fillNextHops(image, vnets, spares);
  fillSas(image, spares);
  giveIflibSpares(image, spares);
  fillPacketFilters(image);
  fillIpfw(image);
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
    const index = leavesOf(type).findIndex((leaf) => leaf.path === path);
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
