/** The symbols of what the kernel keeps of sockets. */
import type { Profile } from '../profiles.js';
import { array, uint64, type CType } from './ctypes.js';
import { inpcbinfo } from './pcbTypes.js';
import { listHead } from './queues.js';
import { unpcb } from './socketTypes.js';

/** Words of `sim_sockets`, which no kernel has: where all is that the workload's sockets come and go in (native/sockets.h). */
export const SOCKET_PLACES = 40;

export function socketSymbols(
  profile: Profile,
): { readonly name: string; readonly type: CType; readonly section?: 'vnet' }[] {
  const unixHead = listHead('unp_head', unpcb(profile));
  return [
    { name: 'tcbinfo', type: inpcbinfo(profile), section: 'vnet' },
    { name: 'so_gencnt', type: uint64 },
    { name: 'unp_gencnt', type: uint64 },
    { name: 'unp_shead', type: unixHead },
    { name: 'unp_dhead', type: unixHead },
    { name: 'unp_sphead', type: unixHead },
    { name: 'sim_sockets', type: array(uint64, SOCKET_PLACES) },
  ];
}
