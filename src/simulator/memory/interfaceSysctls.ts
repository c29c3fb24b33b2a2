/** The sysctl nodes that tell of interfaces. Others read what lies at one place; these go where native/interfaces.c is told here. */
import { sizeOf } from '../model/ctypes.js';
import { ifindexEntry, ifmibdata, ifnet } from '../model/interfaceTypes.js';
import { placeOf } from '../model/members.js';
import type { KernelImage } from './kernelImage.js';

export interface InterfaceNode {
  readonly name: string;
  readonly kind: 'interfaceData' | 'interfaceCount';
  /** `struct interface_places`. */
  readonly bytes: Buffer;
  /** Bytes that are told. */
  readonly count: number;
}

/** In the order of struct interface_places. */
const members =
  `if_vnet if_xname if_flags if_drv_flags if_pcount if_snd.ifq_len if_snd.ifq_maxlen if_type if_addrlen if_hdrlen if_link_state
  if_mtu if_metric if_baudrate if_hwassist if_epoch if_lastchange if_get_counter if_counters if_softc`.split(/\s+/);

export function interfaceNodes(image: KernelImage): InterfaceNode[] {
  const { release } = image.profile;
  const ofHost = (name: string): bigint =>
    release >= 14 ? image.addressOf(name) : image.inVnet(image.addressOf(`vnet_entry_${name}`), 0);
  const type = ifnet(release);
  const words = [
    ofHost('ifindex_table'),
    ofHost('if_indexlim'),
    BigInt(sizeOf(ifindexEntry)),
    image.addressOf('vnet0'),
    image.addressOf('if_get_counter_default'),
    ...members.map((member) => BigInt(placeOf(type, member).offset)),
  ];
  const bytes = Buffer.from(BigUint64Array.from(words).buffer);
  return [
    { name: 'net.link.generic.system.ifcount', kind: 'interfaceCount', bytes, count: 4 },
    { name: 'net.link.generic.ifdata', kind: 'interfaceData', bytes, count: sizeOf(ifmibdata) },
  ];
}
