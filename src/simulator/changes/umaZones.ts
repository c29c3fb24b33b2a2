/** UMA zones that are created and destroyed. */
import type { ImageFile } from '../image.js';
import { zoneCounters } from '../memory/umaZones.js';
import { ZoneTable } from '../memory/zoneTable.js';
import { fingerprint } from './elementFingerprint.js';
import { KernelChange } from './kernelChange.js';

/** Counters in each CPU's cache. These and the zone's own, `zoneCounters`, hold fingerprint(mark, column), each set by itself. */
export const cacheColumns = ['uc_allocs', 'uc_frees'] as const;

export interface NewZone {
  /** Tells apart those with the same name, which it is by default. */
  readonly mark?: string;
  readonly size?: number;
  /** `secondary`: on the keg of the zone at that address. */
  readonly kind?: 'cache' | { readonly secondaryOf: bigint };
}

function tableOf(change: KernelChange): ZoneTable {
  return new ZoneTable(change, {
    kernel: change.kernel,
    maxId: change.image.maxId,
    domains: change.image.read(change.address('vm_ndomains'), 4).readInt32LE(),
    kegs: change.address('uma_kegs'),
    cacheZones: change.address('uma_cachezones'),
  });
}

/** Creates a zone, and a keg unless it is to have none of its own; returns its address. */
export function createZone(image: ImageFile, name: string, { mark = name, size = 64, kind }: NewZone = {}): bigint {
  const change = new KernelChange(image);
  const table = tableOf(change);
  let keg: bigint | undefined;
  if (kind === undefined) {
    keg = change.spares.take('keg');
    change.clear(keg, table.kegBytes);
    table.createKeg(keg, { size, perSlab: Math.floor(4096 / size), slabPages: 1, pages: 3, free: 5 });
  } else if (kind !== 'cache') keg = table.kegOf(kind.secondaryOf);
  const zone = change.spares.take('zone');
  change.clear(zone, table.zoneBytes);
  for (const column of cacheColumns) change.mark(table.cacheMember(zone, 0, column), table.cacheBytes, mark, column);
  for (const column of zoneCounters) {
    if (table.isOld) {
      if (column !== 'uz_xdomain') change.store(table.zoneMember(zone, column), fingerprint(mark, column));
      continue;
    }
    const item = change.spares.take('counter');
    change.clearItem(item, 8);
    change.mark(item, image.pageSize, mark, column);
    change.store(table.zoneMember(zone, column), item - image.bias);
  }
  // Last, so that who walks meanwhile finds it whole.
  table.createZone(zone, { name, size, keg, isSecondary: kind !== undefined && kind !== 'cache' });
  return zone;
}

/** Destroys a zone, the first of that name or the one at that address, and its keg with its last zone. The next that is created gets its memory. */
export function destroyZone(image: ImageFile, which: string | bigint): void {
  const change = new KernelChange(image);
  const table = tableOf(change);
  const nameOf = (zone: bigint): string => change.text(change.load(table.zoneMember(zone, 'uz_name')));
  const zone = table.zones().find((each) => each === which || nameOf(each) === which);
  if (zone === undefined) throw new Error(`the simulated kernel has no zone ${String(which)}`);
  const early = change.load(change.address('sim_early'));
  const keg = table.destroyZone(zone);
  for (const column of table.isOld ? [] : zoneCounters) {
    const pointer = change.load(table.zoneMember(zone, column));
    if (pointer === early) continue;
    const item = change.itemOf(pointer);
    change.poisonItem(item, 8);
    change.spares.give('counter', item);
  }
  change.poison(zone, table.zoneBytes);
  change.spares.give('zone', zone);
  if (keg === undefined) return;
  change.poison(keg, table.kegBytes);
  change.spares.give('keg', keg);
}
