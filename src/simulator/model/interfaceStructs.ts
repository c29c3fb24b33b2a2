/** What the structs of one interface and of its addresses hold, wherever they are written to. */
import { sizeOf } from './ctypes.js';
import type { InterfaceModel } from './interfaces.js';
import { sockaddrDl, sockaddrIn } from './interfaceTypes.js';
import type { StructWriter } from './members.js';

/** An ifaddr is the start of a larger piece of memory, which also holds the addresses that it points to. */
export const ADDRESS_AT = 128;
export const NETMASK_AT = 192;
export const IFADDR_ROOM = 256;
export const AF_LINK = 18;
export const AF_INET = 2;
/** IFF_UP and IFF_MULTICAST, then IFF_DYING, of if_flags. */
const ALWAYS = 0x1 | 0x8000;
export const IFF_DYING = 0x20_0000;
/** IFF_DRV_RUNNING, of if_drv_flags. */
const RUNNING = 0x40;
const LINK_STATE_UP = 2;
const IFT_LOOP = 0x18;

export interface InterfaceIdentity {
  readonly name: string;
  readonly model: Pick<InterfaceModel, 'kind' | 'unit' | 'baudrate'>;
  readonly index: number;
  /** Of its generation in the table by index, where the release has that. */
  readonly generation?: number;
  /** A number of its vnet, for addresses that are its own. */
  readonly vnetNumber: number;
  readonly vnet: bigint;
  /** Where its driver's name lies, and its driver's queues. */
  readonly driverName: bigint;
  readonly softc: bigint;
  /** The function that tells its counters. */
  readonly getCounter: bigint;
}

/** @param addresses its ifaddrs, in the order of their list */
export function writeIfnet(
  built: StructWriter,
  { name, model, index, generation, vnet, driverName, softc, getCounter }: InterfaceIdentity,
  addresses: readonly [link: StructWriter, inet: StructWriter],
): void {
  const [link, inet] = addresses;
  const { kind } = model;
  const isLoop = kind.type === IFT_LOOP;
  built.text('if_xname', name);
  built.put({
    if_alloctype: kind.type,
    if_softc: softc,
    if_dname: driverName,
    if_dunit: model.unit,
    if_index: index,
    ...(generation === undefined ? {} : { if_idxgen: generation }),
    if_flags: kind.flags | ALWAYS,
    if_drv_flags: RUNNING,
    if_refcount: 1,
    if_type: kind.type,
    if_addrlen: isLoop ? 0 : 6,
    if_hdrlen: isLoop ? 0 : 18,
    if_link_state: LINK_STATE_UP,
    if_mtu: kind.mtu,
    if_baudrate: model.baudrate,
    if_epoch: 1,
    'if_snd.ifq_maxlen': 50,
    'if_snd.altq_ifp': built.address,
    'if_groups.cstqh_last': built.at('if_groups.cstqh_first'),
    'if_multiaddrs.cstqh_last': built.at('if_multiaddrs.cstqh_first'),
    'if_addrhead.cstqh_first': link.address,
    'if_addrhead.cstqh_last': inet.at('ifa_link.cstqe_next'),
    if_addr: link.address,
    if_hw_addr: link.address + BigInt(ADDRESS_AT + HARDWARE_AT + name.length),
    if_vnet: vnet,
    if_home_vnet: vnet,
    if_get_counter: getCounter,
  });
}
/** In struct sockaddr_dl: the name, and behind it the hardware's address. */
const HARDWARE_AT = 8;

/** What both kinds of address begin with. */
export function writeIfaddr(ifa: StructWriter, owner: bigint, next: bigint): void {
  ifa.put({
    ifa_addr: ifa.address + BigInt(ADDRESS_AT),
    ifa_netmask: ifa.address + BigInt(NETMASK_AT),
    ifa_ifp: owner,
    ifa_refcnt: 1,
    'ifa_link.cstqe_next': next,
  });
}

/** The address of the link layer, which also has the interface's name. */
export function writeHardware(into: StructWriter, { name, model, index, vnetNumber }: InterfaceIdentity): void {
  into.text('sdl_data', name);
  into.put({
    sdl_len: sizeOf(sockaddrDl),
    sdl_family: AF_LINK,
    sdl_index: index,
    sdl_type: model.kind.type,
    sdl_nlen: name.length,
    sdl_alen: model.kind.type === IFT_LOOP ? 0 : 6,
    [`sdl_data[${name.length}]`]: 0x02,
    [`sdl_data[${name.length + 1}]`]: vnetNumber & 0xff,
    [`sdl_data[${name.length + 4}]`]: index >> 8,
    [`sdl_data[${name.length + 5}]`]: index & 0xff,
  });
}

/** An address of IPv4 in 10/8, and its mask. */
export function writeInet(
  address: StructWriter,
  mask: StructWriter,
  { index, vnetNumber }: Pick<InterfaceIdentity, 'index' | 'vnetNumber'>,
): void {
  // In network order.
  const inNet = Buffer.from([10, vnetNumber & 0xff, index >> 8, index & 0xff]).readUInt32LE();
  address.put({ sin_len: sizeOf(sockaddrIn), sin_family: AF_INET, 'sin_addr.s_addr': inNet });
  mask.put({ sin_len: sizeOf(sockaddrIn), sin_family: AF_INET, 'sin_addr.s_addr': 0xff });
}

/** The counters of an ifaddr. */
export const ifaddrCounters = ['ifa_ipackets', 'ifa_opackets', 'ifa_ibytes', 'ifa_obytes'] as const;
