/**
 * Memory for what comes while the kernel runs, so that the image need not grow: changes/ takes from it. Beside that the names of drivers, which
 * the interfaces that come point to.
 */
import { holdsCounters, leavesOf, counterU64, sizeOf } from '../model/ctypes.js';
import { IFADDR_ROOM } from '../model/interfaceStructs.js';
import { ifindexEntry, ifnet, IFCOUNTERS, simQueueStats } from '../model/interfaceTypes.js';
import { ipFw } from '../model/ipfwTypes.js';
import { prison } from '../model/jailTypes.js';
import { vnet } from '../model/kernelTypes.js';
import { pfAnchor, pfInterface, pfRule, pfTable } from '../model/pfTypes.js';
import { dataSymbols } from '../model/symbols.js';
import type { SimulatorSpec } from '../spec.js';
import type { KernelImage } from './kernelImage.js';
import { pfInterfaceColumns, pfRuleColumns, pfTableColumns } from './pfColumns.js';
import type { SpareName } from './spareNames.js';

/** Entries of the table of interfaces in a vnet that comes, where each has its own. */
export const SPARE_INDEX_LIMIT = 32;
/** Counters of an interface and its two addresses. */
const OF_INTERFACE = IFCOUNTERS + 2 * 4;
/** Those with drivers that count themselves are few. */
const QUEUES_EVERY = 4;
/** Drivers of interfaces that come and go. */
const drivers = ['epair', 'lo', 'vtnet', 'lagg', 'tap', 'tun', 'wg', 'vlan', 'bridge', 'gif'];

/** Each vnet that comes brings two. */
export function spareInterfaces({ spare, vnets }: SimulatorSpec): number {
  return spare + 2 * vnets;
}

/** Where a driver's name lies, for if_dname. */
export function driverName(image: KernelImage, driver: string): bigint {
  const name: SpareName = `driver ${driver}`;
  const known = image.spares.find((spare) => spare.name === name);
  if (known !== undefined) return known.address;
  const address = image.heap.reserve(driver.length + 1, 8);
  image.memory.storeText(address, driver);
  image.spares.push({ name, address });
  return address;
}

/** How many counters a vnet has, modules' included. */
export function countersOfVnet(spec: SimulatorSpec): number {
  let count = 0;
  for (const { section, type } of dataSymbols(spec, (layout) => layout)) {
    if (section !== 'vnet' || !holdsCounters(type)) continue;
    for (const leaf of leavesOf(type)) if (leaf.type === counterU64) count++;
  }
  return count;
}

export function fillSpares(image: KernelImage): void {
  const { spec, heap, memory } = image;
  const { release } = image.profile;
  const add = (name: SpareName, count: number, allocate: () => bigint): void => {
    for (let i = 0; i < count; i++) image.spares.push({ name, address: allocate() });
  };
  const ofSize = (size: number) => (): bigint => heap.reserve(size, 64);
  const interfaces = spareInterfaces(spec);
  for (const driver of drivers) driverName(image, driver);
  add('ifnet', interfaces, ofSize(sizeOf(ifnet(release))));
  add('ifaddr', 2 * interfaces, ofSize(IFADDR_ROOM));
  add('queues', Math.ceil(spec.spare / QUEUES_EVERY), ofSize(sizeOf(simQueueStats) * (image.maxId + 1)));
  add('prison', spec.spare, ofSize(sizeOf(prison(release))));
  add('vnet', spec.vnets, ofSize(sizeOf(vnet)));
  add('vnet data', spec.vnets, () => image.reserveVnet());
  if (release < 14) add('index table', spec.vnets, ofSize(SPARE_INDEX_LIMIT * sizeOf(ifindexEntry)));
  const ofVnets = spec.vnets > 0 ? spec.vnets * countersOfVnet(spec) : 0;
  const counters = interfaces * OF_INTERFACE + ofVnets + addFirewallSpares(image, add);
  let item = 0;
  add('counter', counters, () => {
    const address = image.counters.allocate();
    // What is free is not empty: whoever reads it reads what somebody else had counted.
    memory.store(address, 7_000_000_000_000_000n + BigInt(item++));
    return address;
  });
}

/** Bytes of an array of pointers to ipfw's rules, however many these become. */
export function spareMapBytes({ rules = 0 }: SimulatorSpec): number {
  return 8 * (2 * rules + 2 * MORE_RULES);
}

/** Rules that may come beside as many as there are at boot: a ruleset that is loaded is there twice for a while. */
const MORE_RULES = 64;
const MORE_ELEMENTS = 24;
/** Both of the array that is in use and of the next. */
const IPFW_MAPS = 3;

/** Returns how many counters these may have. */
function addFirewallSpares(
  { spec, heap, profile, pairs, memory }: KernelImage,
  add: (name: SpareName, count: number, allocate: () => bigint) => void,
): number {
  if (spec.rules === undefined) return 0;
  const { release } = profile;
  const rules = spec.rules + MORE_RULES;
  const ofSize = (size: number) => (): bigint => heap.reserve(size, 64);
  add('pf rule', rules, ofSize(sizeOf(pfRule(release))));
  add('pf anchor', MORE_ELEMENTS, ofSize(sizeOf(pfAnchor(release))));
  add('pf interface', MORE_ELEMENTS, ofSize(sizeOf(pfInterface(release))));
  add('pf table', MORE_ELEMENTS, ofSize(sizeOf(pfTable(release))));
  add('ipfw rule', rules, ofSize(sizeOf(ipFw(release))));
  add('ipfw map', IPFW_MAPS, ofSize(spareMapBytes(spec)));
  let item = 0;
  add('pair', rules, () => {
    const address = pairs.allocate();
    for (const at of [address, address + 8n]) memory.store(at, 8_000_000_000_000_000n + BigInt(item++));
    return address;
  });
  const ofRule = pfRuleColumns(release).length;
  return rules * ofRule + MORE_ELEMENTS * (pfInterfaceColumns().length + pfTableColumns().length);
}
