/** The interfaces of each vnet: their structs, addresses, counters and place by index. */
import { offsetOf, sizeOf } from '../model/ctypes.js';
import {
  cardTraffic,
  hostInterfaces,
  isDriversOwn,
  jailInterfaces,
  nameOf,
  type InterfaceModel,
} from '../model/interfaces.js';
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
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';

/** An ifaddr is the start of a larger piece of memory, which also holds the addresses that it points to. */
const SOCKADDR_AT = 128;
const NETMASK_AT = 192;
const IFADDR_ROOM = 256;
const AF_LINK = 18;
const AF_INET = 2;
/** IFF_UP and IFF_MULTICAST. */
const ALWAYS = 0x1 | 0x8000;
/** IFF_DRV_RUNNING, in if_drv_flags. */
const RUNNING = 0x40;
const LINK_STATE_UP = 2;

/** @param vnets each vnet's struct, the host's first */
export function fillInterfaces(image: KernelImage, vnets: readonly PlacedStruct[]): void {
  const texts = new Map<string, bigint>();
  const driverName = (driver: string): bigint => {
    const known = texts.get(driver);
    if (known !== undefined) return known;
    const address = image.heap.reserve(driver.length + 1, 8);
    image.memory.storeText(address, driver);
    texts.set(driver, address);
    return address;
  };
  const isGlobal = image.profile.release >= 14;
  const all = vnets.map((_, nth) => (nth === 0 ? hostInterfaces(image.spec.interfaces) : jailInterfaces(nth - 1)));
  const limit = indexLimit(all.reduce((sum, models) => sum + models.length, 0));
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
      const built = buildInterface(image, model, nth, vnet.address, table, driverName(model.driver));
      image.memory.store(link, built.address);
      link = built.at('if_link.cstqe_next');
    }
    head.put({ cstqh_last: link });
    vnet.put({ vnet_ifcnt: all[nth]?.length ?? 0 });
  }
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
  driverName: bigint,
): PlacedStruct {
  const { memory, heap, profile } = image;
  const built = PlacedStruct.allocate(memory, heap, ifnet(profile.release));
  const index = table.add(built.address);
  const name = nameOf(model, vnetNumber > 0);
  const label = (image.vnets[vnetNumber]?.label ?? '') + name;
  const { kind, getCounter } = model;
  const isStill = image.vnets[vnetNumber]?.isStill === true;
  const addresses = addAddresses(image, built, model, name, label, index, vnetNumber);
  const softc = getCounter === 'if_get_counter_default' ? 0n : addQueues(image, model, label);
  built.text('if_xname', name);
  built.put({
    if_alloctype: kind.type,
    if_softc: softc,
    if_dname: driverName,
    if_dunit: model.unit,
    if_index: index,
    if_flags: kind.flags | ALWAYS,
    if_drv_flags: RUNNING,
    if_refcount: 1,
    if_type: kind.type,
    if_addrlen: kind.type === 0x18 ? 0 : 6,
    if_hdrlen: kind.type === 0x18 ? 0 : 18,
    if_link_state: LINK_STATE_UP,
    if_mtu: kind.mtu,
    if_baudrate: model.baudrate,
    if_epoch: 1,
    'if_snd.ifq_maxlen': 50,
    'if_snd.altq_ifp': built.address,
    'if_groups.cstqh_last': built.at('if_groups.cstqh_first'),
    'if_multiaddrs.cstqh_last': built.at('if_multiaddrs.cstqh_first'),
    'if_addrhead.cstqh_first': addresses.link,
    'if_addrhead.cstqh_last': addresses.last,
    if_addr: addresses.link,
    if_hw_addr: addresses.hardware,
    if_vnet: vnet,
    if_home_vnet: vnet,
    if_get_counter: image.addressOf(getCounter),
  });
  for (const [column, [rate, cpuClass]] of cardTraffic.entries()) {
    const isElsewhere = isDriversOwn(getCounter, column);
    const activity = { rate: isElsewhere ? 0 : rate * model.scale, cpuClass };
    addCounter(image, built.at(`if_counters[${column}]`), activity, `if:${label}`, column, isStill);
  }
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
  name: string,
  label: string,
  index: number,
  vnetNumber: number,
): { link: bigint; last: bigint; hardware: bigint } {
  const [link, inet] = [AF_LINK, AF_INET].map((family) => {
    const address = image.heap.reserve(IFADDR_ROOM, 64);
    const built = new PlacedStruct(image.memory, ifaddr(image.profile.release), address);
    const sockaddr = address + BigInt(SOCKADDR_AT);
    built.put({
      ifa_addr: sockaddr,
      ifa_netmask: address + BigInt(NETMASK_AT),
      ifa_ifp: owner.address,
      ifa_refcnt: 1,
    });
    const counts = ['ifa_ipackets', 'ifa_opackets', 'ifa_ibytes', 'ifa_obytes'] as const;
    for (const [nth, member] of counts.entries()) {
      const activity = family === AF_INET ? addressActivity(model, nth) : ({ rate: 0, cpuClass: 'even' } as const);
      addCounter(image, built.at(member), activity, `ifa:${label}`, nth, image.vnets[vnetNumber]?.isStill === true);
    }
    return built;
  }) as [PlacedStruct, PlacedStruct];
  link.put({ 'ifa_link.cstqe_next': inet.address });

  const hardware = new PlacedStruct(image.memory, sockaddrDl, link.address + BigInt(SOCKADDR_AT));
  hardware.text('sdl_data', name);
  hardware.put({
    sdl_len: sizeOf(sockaddrDl),
    sdl_family: AF_LINK,
    sdl_index: index,
    sdl_type: model.kind.type,
    sdl_nlen: name.length,
    sdl_alen: model.kind.type === 0x18 ? 0 : 6,
    [`sdl_data[${name.length}]`]: 0x02,
    [`sdl_data[${name.length + 1}]`]: vnetNumber,
    [`sdl_data[${name.length + 4}]`]: index >> 8,
    [`sdl_data[${name.length + 5}]`]: index & 0xff,
  });
  const address = new PlacedStruct(image.memory, sockaddrIn, inet.address + BigInt(SOCKADDR_AT));
  const mask = new PlacedStruct(image.memory, sockaddrIn, inet.address + BigInt(NETMASK_AT));
  // In network order.
  const inNet = Buffer.from([10, vnetNumber & 0xff, index >> 8, index & 0xff]).readUInt32LE();
  address.put({ sin_len: sizeOf(sockaddrIn), sin_family: AF_INET, 'sin_addr.s_addr': inNet });
  mask.put({ sin_len: sizeOf(sockaddrIn), sin_family: AF_INET, 'sin_addr.s_addr': 0xff });
  return {
    link: link.address,
    last: inet.at('ifa_link.cstqe_next'),
    hardware: hardware.at(`sdl_data[${name.length}]`),
  };
}

/** An interface's own traffic but for the part that belongs to no address, such as ARP's. */
function addressActivity(model: InterfaceModel, nth: number): Activity {
  const column = [0, 2, 5, 6][nth] ?? 0;
  const [rate, cpuClass] = cardTraffic[column] ?? [0, 'even'];
  return { rate: rate * model.scale * 0.98, cpuClass };
}
