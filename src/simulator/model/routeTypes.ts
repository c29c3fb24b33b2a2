/**
 * Routing tables and the next hops of their routes, since 13 (<net/route/route_var.h>, nhop_var.h, nhop.h). What lies between what is of matter here
 * is padding, of about the size that it has.
 */
import type { Profile } from '../profiles.js';
import {
  array,
  char,
  cInt,
  counterU64,
  forward,
  madeOnce,
  pointer,
  struct,
  uInt,
  uint16,
  uint32,
  uint8,
  voidPointer,
  type StructType,
} from './ctypes.js';
import { ifnet } from './interfaceTypes.js';
import { lockObject } from './kernelTypes.js';

type Kernel = Pick<Profile, 'release' | 'machine'>;

const epochContext = struct('epoch_context', { data: array(voidPointer, 2) });

/** The gateway is a union of sockaddrs and of as many characters as the longest of them has. */
export const nhopObject = madeOnce(({ release }: Kernel) => {
  return struct('nhop_object', {
    nh_flags: uint16,
    nh_mtu: uint16,
    gw_buf: array(char, 28),
    nh_ifp: pointer(ifnet(release)),
    nh_ifa: pointer(forward('ifaddr')),
    nh_aifp: pointer(ifnet(release)),
    nh_pksent: counterU64,
    nh_prepend_len: uint8,
    spare: array(uint8, 3),
    spare1: uint32,
    nh_prepend: array(char, 48),
    nh_priv: pointer(forward('nhop_priv')),
  });
});

export const nhopPriv = madeOnce((kernel: Kernel) => {
  const isNew = kernel.release >= 15;
  return struct('nhop_priv', {
    nh_upper_family: uint8,
    nh_neigh_family: uint8,
    nh_type: uint16,
    rt_flags: uint32,
    ...(isNew ? { nh_expire: uint32, nh_uidx: uint32 } : {}),
    nh_idx: uint32,
    nh_fibnum: uint32,
    cb_func: voidPointer,
    nh_refcnt: uInt,
    nh_linked: uInt,
    ...(isNew ? { nh_finalized: cInt, nh_origin: uint8 } : {}),
    nh: pointer(nhopObject(kernel)),
    nh_control: pointer(forward('nh_control')),
    nh_next: pointer(forward('nhop_priv')),
    nh_vnet: pointer(forward('vnet')),
    nh_epoch_ctx: epochContext,
  });
});

/** Both lie in one item of a zone: the second begins at a multiple of two cache lines. */
export const nhopItem = madeOnce((kernel: Kernel) => {
  const align = kernel.machine === 'amd64' ? 128 : 256;
  return struct('sim_nhop', { object: nhopObject(kernel), priv: nhopPriv(kernel) }, align, { priv: align });
});

export const nhControl = madeOnce((kernel: Kernel) => {
  const head = (name: string, of: StructType | undefined): StructType =>
    struct(name, {
      hash_size: uint32,
      items_count: uint32,
      ptr: pointer(pointer(of ?? forward('nhgrp_priv'))),
    });
  return struct('nh_control', {
    nh_head: head('nhops_head', nhopPriv(kernel)),
    nh_idx_head: struct('bitmask_head', { free_off: uint16, blocks: uint16, items_max: uint32, idx: voidPointer }),
    gr_head: head('nhgroups_head', undefined),
    ctl_lock: struct('rwlock', { lock_object: lockObject, rw_lock: voidPointer }),
    ctl_rh: pointer(forward('rib_head')),
    ctl_epoch_ctx: epochContext,
  });
});

export const ribHead = madeOnce((kernel: Kernel) => {
  return struct('rib_head', {
    rnh_treetop: voidPointer,
    rnh_masks: voidPointer,
    rnh_functions: array(voidPointer, 7),
    rnh_gen: uint32,
    rnh_multipath: cInt,
    rnh_nodes: array(char, 3 * 48),
    rib_lock: array(char, 96),
    rmhead: array(char, 160),
    rib_vnet: pointer(forward('vnet')),
    rib_family: cInt,
    rib_fibnum: uInt,
    expire_callout: array(voidPointer, 8),
    next_expire: voidPointer,
    rnh_prefixes: uint32,
    rnh_gen_rib: uint32,
    rib_bits: uint32,
    nh_control: pointer(nhControl(kernel)),
    rnh_subscribers: array(voidPointer, 2),
  });
});
