/** The interfaces of each vnet: their structs, addresses, counters and place by index. */
import { offsetOf, sizeOf, type StructType } from '../model/ctypes.js';
import {
  cardTraffic,
  hostInterfaces,
  iflibInterfaces,
  isDriversOwn,
  jailInterfaces,
  nameOf,
  type InterfaceModel,
} from '../model/interfaces.js';
import {
  ADDRESS_AT,
  IFADDR_ROOM,
  ifaddrCounters,
  NETMASK_AT,
  writeHardware,
  writeIfaddr,
  writeIfnet,
  writeInet,
  type InterfaceIdentity,
} from '../model/interfaceStructs.js';
import {
  ifaddr,
  ifindexEntry,
  ifnet,
  ifnetHead,
  simQueueStats,
  sockaddrDl,
  sockaddrIn,
} from '../model/interfaceTypes.js';
import { UPTIME_SECONDS, type Activity } from '../model/traffic.js';
import type { SimulatorSpec } from '../spec.js';
import { addIflib } from './iflib.js';
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';
import { driverName, spareInterfaces } from './spares.js';

/** @param vnets each vnet's struct, the host's first */
export function fillInterfaces(image: KernelImage, vnets: readonly PlacedStruct[]): void {
  const isGlobal = image.profile.release >= 14;
  const all = vnets.map((_, nth) => (nth === 0 ? ofHost(image.spec) : jailInterfaces(nth - 1)));
  const limit = indexLimit(all.reduce((sum, models) => sum + models.length, spareInterfaces(image.spec)));
  let table: IndexTable | undefined;
  for (const [nth, vnet] of vnets.entries()) {
    if (table === undefined || !isGlobal) table = new IndexTable(image, isGlobal ? undefined : nth, limit);
    const head = new PlacedStruct(
      image.memory,
      ifnetHead(image.profile.release),
      image.inVnet(image.addressOf('vnet_entry_ifnet'), nth),
    );
    let link = head.at('cstqh_first');
    for (const model of all[nth] ?? []) {
      const built = buildInterface(image, model, nth, vnet.address, table);
      image.memory.store(link, built.address);
      link = built.at('if_link.cstqe_next');
    }
    head.put({ cstqh_last: link });
    vnet.put({ vnet_ifcnt: all[nth]?.length ?? 0 });
  }
}

function ofHost({ interfaces, iflib = 0 }: SimulatorSpec): InterfaceModel[] {
  return [...hostInterfaces(interfaces), ...iflibInterfaces(iflib)];
}

/** Room for what comes later: the table grows by doubling. */
function indexLimit(count: number): number {
  let limit = 8;
  while (limit <= 2 * count) limit *= 2;
  return limit;
}

class IndexTable {
  private last = 0;
  private readonly base: bigint;

  /** @param vnet whose it is; undefined for the one of all vnets */
  constructor(
    private readonly image: KernelImage,
    private readonly vnet: number | undefined,
    limit: number,
  ) {
    this.base = image.heap.reserve(limit * sizeOf(ifindexEntry), 64);
    image.memory.store(this.addressOf('ifindex_table'), this.base);
    image.memory.store(this.addressOf('if_indexlim'), BigInt(limit), 4);
  }

  add(ifnet: bigint): number {
    const index = ++this.last;
    this.image.memory.store(
      this.base + BigInt(index * sizeOf(ifindexEntry) + offsetOf(ifindexEntry, 'ife_ifnet')),
      ifnet,
    );
    this.image.memory.store(this.addressOf('if_index'), BigInt(index), 4);
    return index;
  }

  private addressOf(name: string): bigint {
    if (this.vnet === undefined) return this.image.addressOf(name);
    return this.image.inVnet(this.image.addressOf(`vnet_entry_${name}`), this.vnet);
  }
}

function buildInterface(
  image: KernelImage,
  model: InterfaceModel,
  vnetNumber: number,
  vnet: bigint,
  table: IndexTable,
): PlacedStruct {
  const built = PlacedStruct.allocate(image.memory, image.heap, ifnet(image.profile.release));
  const name = nameOf(model, vnetNumber > 0);
  const label = (image.vnets[vnetNumber]?.label ?? '') + name;
  const isStill = image.vnets[vnetNumber]?.isStill === true;
  const { getCounter } = model;
  const identity: InterfaceIdentity = {
    name,
    model,
    index: table.add(built.address),
    vnetNumber,
    vnet,
    driverName: driverName(image, model.driver),
    softc: getCounter === 'if_get_counter_default' ? 0n : addQueues(image, model, label),
    getCounter: image.addressOf(getCounter),
  };
  writeIfnet(built, identity, addAddresses(image, built, model, identity, label));
  for (const [column, [rate, cpuClass]] of cardTraffic.entries()) {
    const activity = { rate: isDriversOwn(getCounter, column) ? 0 : rate * model.scale, cpuClass };
    addCounter(image, built.at(`if_counters[${column}]`), activity, `if:${label}`, column, isStill);
  }
  if (model.queues !== undefined) addIflib(image, built.address, label, model.queues, model.scale);
  return built;
}

/** @param isStill has the past of such an activity, and moves no more */
function addCounter(
  image: KernelImage,
  cell: bigint,
  activity: Activity,
  symbol: string,
  index: number,
  isStill: boolean,
): void {
  if (!isStill) image.addCounter(cell, activity, symbol, index, 'kernel');
  else image.addCounter(cell, { ...activity, rate: 0 }, symbol, index, 'kernel', activity.rate * UPTIME_SECONDS);
}

/** What the driver counts itself, in its softc: plain words by queue, of which each CPU has one. */
function addQueues(image: KernelImage, model: InterfaceModel, label: string): bigint {
  const stride = sizeOf(simQueueStats);
  const softc = image.heap.reserve(stride * (image.maxId + 1), 64);
  for (const [column, [rate, cpuClass]] of cardTraffic.entries()) {
    if (!isDriversOwn(model.getCounter, column)) continue;
    const address = softc + BigInt(8 * column);
    const activity = { rate: rate * model.scale, cpuClass };
    image.values.push({ address, stride, activity, symbol: `ifq:${label}`, index: column, file: 'kernel' });
    image.history.write(address, stride, activity);
  }
  return softc;
}

/** One of the link layer, which counts nothing, and one of IPv4. */
function addAddresses(
  image: KernelImage,
  owner: PlacedStruct,
  model: InterfaceModel,
  identity: InterfaceIdentity,
  label: string,
): [PlacedStruct, PlacedStruct] {
  const { memory, heap, profile } = image;
  const allocate = (): PlacedStruct => new PlacedStruct(memory, ifaddr(profile.release), heap.reserve(IFADDR_ROOM, 64));
  const within = (type: StructType, { address }: PlacedStruct, at: number): PlacedStruct =>
    new PlacedStruct(memory, type, address + BigInt(at));
  const link = allocate();
  const inet = allocate();
  writeIfaddr(link, owner.address, inet.address);
  writeIfaddr(inet, owner.address, 0n);
  writeHardware(within(sockaddrDl, link, ADDRESS_AT), identity);
  writeInet(within(sockaddrIn, inet, ADDRESS_AT), within(sockaddrIn, inet, NETMASK_AT), identity);
  for (const each of [link, inet]) {
    for (const [nth, member] of ifaddrCounters.entries()) {
      const activity = each === inet ? addressActivity(model, nth) : ({ rate: 0, cpuClass: 'even' } as const);
      const isStill = image.vnets[identity.vnetNumber]?.isStill === true;
      addCounter(image, each.at(member), activity, `ifa:${label}`, nth, isStill);
    }
  }
  return [link, inet];
}

/** An interface's own traffic but for the part that belongs to no address, such as ARP's. */
function addressActivity(model: InterfaceModel, nth: number): Activity {
  const column = [0, 2, 5, 6][nth] ?? 0;
  const [rate, cpuClass] = cardTraffic[column] ?? [0, 'even'];
  return { rate: rate * model.scale * 0.98, cpuClass };
}
