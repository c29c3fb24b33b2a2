/** UMA's zones: each with a past in the caches of CPUs and in its own counters, and the sysctls that tell of them. */
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { UPTIME_SECONDS } from '../model/traffic.js';
import { UMA_INTERNAL, UMA_SECONDARY, umaBucket } from '../model/umaTypes.js';
import { zoneModels, ZONES_AT_BOOT, type ZoneModel } from '../model/zoneNames.js';
import { domainCount } from './domainOf.js';
import { earlyCounter } from './earlyCounter.js';
import type { KernelImage } from './kernelImage.js';
import type { Spares } from './spareStacks.js';
import type { SysctlNode } from './sysctlNode.js';
import { ZoneTable } from './zoneTable.js';

const SPARE_ZONES = 12;
/** The part of allocations that a cache does not serve. */
const UNCACHED = 0.01;
/** A zone's own counters, in the order of their numbers in the workload; in 12 the last is not there. */
export const zoneCounters = ['uz_allocs', 'uz_frees', 'uz_fails', 'uz_xdomain'] as const;

function tableOf(image: KernelImage): ZoneTable {
  return new ZoneTable(image.memory, {
    kernel: image.profile,
    maxId: image.maxId,
    domains: domainCount(image),
    kegs: image.addressOf('uma_kegs'),
    cacheZones: image.addressOf('uma_cachezones'),
  });
}

export function fillZones(image: KernelImage, spares: Spares): void {
  const table = tableOf(image);
  const { heap, memory } = image;
  let keg: bigint | undefined;
  for (const model of zoneModels(image.spec.zones ?? ZONES_AT_BOOT)) {
    const { name, size, kind, inUse, limit, perSlab, slabPages } = model;
    const isSecondary = kind === 'secondary';
    if (kind === 'cache') keg = undefined;
    else if (!isSecondary || keg === undefined) {
      keg = heap.reserve(table.kegBytes, 128);
      const slabs = Math.ceil((inUse * 1.05) / perSlab);
      const free = slabs * perSlab - inUse;
      table.createKeg(keg, {
        size,
        perSlab,
        slabPages,
        isInternal: kind === 'internal',
        pages: slabs * slabPages,
        free,
      });
    }
    const zone = heap.reserve(table.zoneBytes, 128);
    table.createZone(zone, { name, size, keg, isSecondary, limit: limit ?? 0, items: inUse });
    memory.store(table.zoneMember(zone, 'uz_sleeps'), BigInt(model.sleeps ?? 0));
    fillCounters(image, table, zone, model);
    fillCaches(image, table, zone, model);
  }
  for (let nth = 0; nth < SPARE_ZONES; nth++) {
    spares.give('keg', heap.reserve(table.kegBytes, 128));
    spares.give('zone', heap.reserve(table.zoneBytes, 128));
    const counters = table.isOld ? 0 : zoneCounters.length;
    for (let more = 0; more < counters; more++) spares.give('counter', image.counters.allocate());
  }
}

/** What no CPU's cache has served. */
function fillCounters(image: KernelImage, table: ZoneTable, zone: bigint, model: ZoneModel): void {
  const { memory } = image;
  const { name, cpuClass, inUse } = model;
  const isInternal = model.kind === 'internal';
  const moves: readonly [rate: number, kept: number][] = [
    [model.rate * UNCACHED, isInternal ? inUse : 0],
    [model.rate * UNCACHED, 0],
    [model.failures ?? 0, 0],
    [domainCount(image) === 2 ? model.rate * 1e-4 : 0, 0],
  ];
  for (const [index, [rate, kept]] of moves.entries()) {
    const member = zoneCounters[index];
    if (member === undefined || (table.isOld && member === 'uz_xdomain')) continue;
    const cell = table.zoneMember(zone, member);
    const activity = { rate, cpuClass };
    const symbol = `zone:${name}`;
    if (table.isOld) {
      memory.store(cell, BigInt(Math.floor(rate * UPTIME_SECONDS) + kept));
      image.values.push({ address: cell, stride: 0, activity, symbol, index, file: 'kernel', cpu: 0, single: true });
    } else if (model.isEarly === true && member !== 'uz_xdomain') memory.store(cell, earlyCounter(image));
    else image.addCounter(cell, activity, symbol, index, 'kernel', kept);
  }
}

function fillCaches(image: KernelImage, table: ZoneTable, zone: bigint, model: ZoneModel): void {
  const { memory, random } = image;
  for (let domain = 0; domain < domainCount(image); domain++) {
    memory.store(table.zoneDomainMember(zone, domain, 'uzd_nitems'), BigInt(Math.floor(model.inUse / 50) + domain));
  }
  if (model.kind === 'internal' || model.isEarly === true) return;
  for (const [nth, member] of ['uc_allocs', 'uc_frees'].entries()) {
    const address = table.cacheMember(zone, 0, member);
    const activity = { rate: model.rate * (1 - UNCACHED), cpuClass: model.cpuClass };
    const index = zoneCounters.length + nth;
    const stride = table.cacheBytes;
    image.values.push({ address, stride, activity, symbol: `zone:${model.name}`, index, file: 'kernel' });
    image.history.write(address, stride, activity, nth === 0 ? model.inUse : 0);
  }
  for (const cpu of image.present) {
    for (const bucket of ['uc_freebucket', 'uc_allocbucket']) {
      const count = BigInt(Math.floor(random.between(0, 30)));
      if (!table.isOld) memory.store(table.cacheMember(zone, cpu, `${bucket}.ucb_cnt`), count, 2);
      // Where a CPU has none, the pointer is NULL.
      else if (cpu < 8) memory.store(table.cacheMember(zone, cpu, bucket), bucketOf(image, count));
    }
  }
}

function bucketOf(image: KernelImage, count: bigint): bigint {
  const type = umaBucket(image.profile);
  const bucket = image.heap.reserve(sizeOf(type), 8);
  image.memory.store(bucket + BigInt(offsetOf(type, 'ub_cnt')), count, 2);
  return bucket;
}

export function zoneNodes(image: KernelImage): SysctlNode[] {
  const { types, isOld } = tableOf(image);
  const keg = (path: string): number => offsetOf(types.keg, path);
  const zone = (path: string): number => offsetOf(types.zone, path);
  const cache = (path: string): number => offsetOf(types.cache, path);
  const buckets = ['uc_freebucket', 'uc_allocbucket', ...(isOld ? [] : ['uc_crossbucket'])];
  const layout = [
    isOld ? 1 : 0,
    domainCount(image),
    UMA_INTERNAL,
    UMA_SECONDARY,
    keg('uk_link'),
    keg('uk_zones'),
    keg('uk_align'),
    keg('uk_size'),
    keg('uk_rsize'),
    keg('uk_ppera'),
    keg('uk_ipers'),
    keg('uk_flags'),
    keg('uk_domain'),
    isOld ? keg('uk_pages') : offsetOf(types.domain, 'ud_pages'),
    isOld ? keg('uk_free') : offsetOf(types.domain, 'ud_free_items'),
    isOld ? keg('uk_maxpages') : 0,
    sizeOf(types.domain),
    zone('uz_link'),
    zone('uz_name'),
    zone('uz_flags'),
    zone('uz_size'),
    zone('uz_allocs'),
    zone('uz_frees'),
    zone('uz_fails'),
    isOld ? 0 : zone('uz_xdomain'),
    zone('uz_sleeps'),
    isOld ? 0 : zone('uz_max_items'),
    isOld ? 0 : zone('uz_items'),
    zone('uz_cpu'),
    sizeOf(types.cache),
    cache('uc_allocs'),
    cache('uc_frees'),
    buckets.length,
    cache('uc_allocbucket') - cache('uc_freebucket'),
    isOld ? offsetOf(umaBucket(image.profile), 'ub_cnt') : cache('uc_freebucket.ucb_cnt'),
    sizeOf(types.zoneDomain),
    offsetOf(types.zoneDomain, 'uzd_nitems'),
  ];
  const source = image.addressOf('uma_kegs');
  return [
    { name: 'vm.zone_stats', kind: 'zoneStats', source, layout },
    { name: 'vm.zone_count', kind: 'zoneCount', source, layout },
  ];
}
