/**
 * What the kernel tells of a network interface by its index: `ifdata` of ifmib(4), which asks the interface's own driver. All of it is of this
 * process's vnet.
 */
import { textIn } from './texts.js';

/** CTL_NET, PF_LINK, NETLINK_GENERIC, IFMIB_IFDATA, the index, IFDATA_GENERAL: <net/if_mib.h>. */
export function interfaceDataOid(index: number): readonly number[] {
  return [4, 18, 0, 2, index, 1];
}

/** Bytes of `ifmd_name`, by which a struct ifmibdata begins. */
const NAME_BYTES = 16;
/** To `ifmd_data.ifi_ipackets`: 12 words follow each other in the order of `ift_counter` (<net/if.h>), as they have since FreeBSD 11. */
export const INTERFACE_COUNTERS_AT = 80;
export const INTERFACE_COUNTERS = 12;

/** The name of the interface that it is about. */
export function interfaceNameIn(data: Buffer): string {
  return textIn(data.subarray(0, NAME_BYTES));
}
