/** Jails, member by member as sys/jail.h has them. That of 14 is the -CURRENT that was also looked at live; 13.2's own header was not seen. */
import type { Release } from '../profiles.js';
import {
  madeOnce,
  array,
  char,
  cInt,
  enumeration,
  forward,
  pointer,
  struct,
  uInt,
  ulong,
  unsigned,
  voidPointer,
  type StructType,
} from './ctypes.js';
import { task } from './interfaceTypes.js';
import { mtx, vnet } from './kernelTypes.js';
import { listEntry, listHead, tailqEntry, tailqHead } from './queues.js';

export const prisonState = { invalid: 0, alive: 1, dying: 2 } as const;
const prisonStates = enumeration('prison_state', 'PRISON_STATE_INVALID PRISON_STATE_ALIVE PRISON_STATE_DYING');

/** `PR_*`, of pr_flags. */
export const prisonFlags = { persist: 0x1, host: 0x2, ip4User: 0x4, vnet: 0x10, ip4: 0x0200_0000 } as const;

const osd = struct('osd', { osd_nslots: uInt, osd_slots: pointer(voidPointer), osd_next: listEntry('osd') });

/** Its size is the room for a name that sethostname(2) allows. */
export const MAXHOSTNAMELEN = 256;
const MAXPATHLEN = 1024;

/** True where a jail tells whether it is alive or dying; before, one without a user (`pr_uref`) is dying. */
export function tellsState(release: Release): boolean {
  return release >= 13;
}

export const prison = madeOnce((release: Release): StructType => {
  return struct('prison', {
    pr_list: tailqEntry('prison'),
    pr_id: cInt,
    pr_ref: uInt,
    pr_uref: uInt,
    pr_flags: unsigned,
    pr_children: listHead('', forward('prison')),
    ...(release >= 15 ? { pr_proclist: listHead('', forward('proc')) } : {}),
    pr_sibling: listEntry('prison'),
    pr_parent: pointer(forward('prison')),
    pr_mtx: mtx,
    pr_task: task,
    pr_osd: osd,
    pr_cpuset: pointer(forward('cpuset')),
    pr_vnet: pointer(vnet),
    pr_root: pointer(forward('vnode')),
    ...(release >= 14
      ? { pr_addrs: array(pointer(forward('prison_ip')), 2) }
      : { pr_ip4s: cInt, pr_ip6s: cInt, pr_ip4: pointer(forward('in_addr')), pr_ip6: pointer(forward('in6_addr')) }),
    pr_prison_racct: pointer(forward('prison_racct')),
    ...(release >= 15
      ? { pr_klist: pointer(forward('knlist')), pr_descs: listHead('', forward('jaildesc')), pr_sparep: voidPointer }
      : { pr_sparep: array(voidPointer, 3) }),
    pr_childcount: cInt,
    pr_childmax: cInt,
    pr_allow: unsigned,
    pr_securelevel: cInt,
    pr_enforce_statfs: cInt,
    pr_devfs_rsnum: cInt,
    ...(tellsState(release) ? { pr_state: prisonStates } : {}),
    ...(release >= 15
      ? { pr_exportcnt: cInt, pr_spare: cInt }
      : { pr_spare: array(cInt, tellsState(release) ? 2 : 3) }),
    pr_osreldate: cInt,
    pr_hostid: ulong,
    pr_name: array(char, MAXHOSTNAMELEN),
    pr_path: array(char, MAXPATHLEN),
    pr_hostname: array(char, MAXHOSTNAMELEN),
    pr_domainname: array(char, MAXHOSTNAMELEN),
    pr_hostuuid: array(char, 64),
    pr_osrelease: array(char, 32),
  });
});

/** Of allprison: all jails, by their ids; the host itself, prison0, is not on it. */
export const prisonList = madeOnce((release: Release): StructType => {
  return tailqHead('prisonlist', prison(release));
});
