/**
 * The next hops of routes, of each routing table: `rt_tables` leads to an array of pointers to tables (struct rib_head of <net/route/route_var.h>),
 * one for each FIB and address family, each with a hash table of what its routes go by (struct nhop_priv and nhop_object of <net/route/nhop_var.h>
 * and nhop.h). What a next hop has once been given stays as it is; its number is given to another when it has gone.
 */
import { WORD_BYTES } from '../../../kernel/address.js';
import type { ObjectTypes } from '../../../ctf/types.js';
import { ShapeError } from '../../shapes.js';
import { lengthOf, memberAs, planOf, shapeOf, sliceOf, structNamed, type Compile } from './structure.js';

const FAMILIES = { '2': 'ipv4', '28': 'ipv6' };
/** `AF_UNSPEC` and `AF_LINK`: of next hops that are on the link themselves. */
const NO_GATEWAY = [0, 18];
/** What nh_linked is from when a next hop comes into its table to when it goes. */
const LINKED = 2n;

export const nexthops: Compile = (file) => {
  const rib = structNamed(file, 'rib_head');
  const control = structNamed(file, 'nh_control');
  const own = structNamed(file, 'nhop_priv');
  const hop = structNamed(file, 'nhop_object');
  const sequences = [
    {
      kind: 'array',
      at: 0,
      stride: WORD_BYTES,
      count: undefined,
      length: { symbol: '_rt_numfibs', format: 'u32', beside: 'rt_tables', times: familiesOf(file) + 1 },
      behindPointer: true,
      ofPointers: true,
    },
    { kind: 'pointer', at: rib.field('nh_control').offset },
    {
      kind: 'table',
      at: control.field('nh_head.ptr').offset,
      length: lengthOf(control, 'nh_head.hash_size'),
      next: own.field('nh_next').offset,
    },
    { kind: 'pointer', at: own.field('nh').offset },
  ] as const;
  const interfaceName = structNamed(file, 'ifnet').field('if_xname').offset;
  return {
    plan: planOf(sequences, {
      keys: [
        { ...sliceOf(rib, 'rib_fibnum', 3), label: 'fib', as: 'number', format: 'u32' },
        { ...sliceOf(rib, 'rib_family', 3), label: 'family', as: 'name', names: FAMILIES },
        { ...sliceOf(own, 'nh_idx', 1), label: 'nexthop', as: 'number', format: 'u32' },
        { ...sliceOf(hop, 'gw_buf'), label: 'gateway', as: 'sockaddr', without: NO_GATEWAY },
        { ...sliceOf(hop, 'nh_ifp'), label: 'interface', as: 'text', into: interfaceName },
      ],
      check: [
        { ...sliceOf(rib, 'rib_vnet', 3), is: 'vnet' },
        { ...sliceOf(control, 'ctl_rh', 2), is: 'address', levels: 3 },
        { ...sliceOf(own, 'nh_control', 1), is: 'address', levels: 2 },
        { ...sliceOf(own, 'nh', 1), is: 'address', levels: 0 },
        { ...sliceOf(own, 'nh_linked', 1), is: 'value', value: LINKED },
        { ...sliceOf(own, 'nh_vnet', 1), is: 'vnet' },
        { ...sliceOf(hop, 'nh_priv'), is: 'address', levels: 1 },
      ],
      same: [sliceOf(hop, 'nh_pksent')],
      succession: { digest: undefined },
    }),
    shape: shapeOf(hop.struct, [memberAs('nh_pksent', hop, 'nh_pksent')]),
  };
};

/** `AF_MAX`, which is one more with most releases: an interface has room for as many. */
function familiesOf(file: ObjectTypes): number {
  const room = file.resolve(structNamed(file, 'ifnet').field('if_afdata').type);
  if (room.kind !== 'array')
    throw new ShapeError('if_afdata of struct ifnet does not tell how many address families there are');
  return room.count;
}
