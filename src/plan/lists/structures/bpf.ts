/**
 * The descriptors of bpf(4): `bpf_iflist` leads to an element for each interface and link type, and that to those who read from it and those who
 * only write (struct bpf_if of net/bpf.c, struct bpf_d of <net/bpfdesc.h>). Their filters and packets are behind pointers that nobody follows.
 */
import type { ObjectTypes } from '../../../ctf/types.js';
import { elementShape } from '../../shapes.js';
import type { Links } from '../listPlan.js';
import { planOf, shapeOf, sliceOf, structNamed, type Compile, type CompiledStructure } from './structure.js';

export const bpfReaders: Compile = (file) => descriptors(file, 'bif_ext.bif_dlist');
export const bpfWriters: Compile = (file) => descriptors(file, 'bif_wlist');

function descriptors(file: ObjectTypes, list: string): CompiledStructure {
  const on = structNamed(file, 'bpf_if');
  const descriptor = structNamed(file, 'bpf_d');
  const interfaces = linksOf(0, on.link('bif_ext.bif_next').offset);
  const own = linksOf(on.head(list).offset, descriptor.link('bd_next').offset);
  const name = { ...sliceOf(on, 'bif_ifp', 1), into: structNamed(file, 'ifnet').field('if_xname').offset };
  const counters = elementShape(file, descriptor.struct).members.filter(({ access }) => access === undefined);
  return {
    plan: planOf([interfaces, own], {
      keys: [
        { ...sliceOf(descriptor, 'bd_pid'), label: 'pid', as: 'number', format: 'i32' },
        // An interface may be gone before the descriptor is.
        { ...name, label: 'interface', as: 'text' },
      ],
      check: [{ ...sliceOf(descriptor, 'bd_bif'), is: 'address', levels: 1 }],
      // It has the same counters for as long as it lives.
      same: [sliceOf(descriptor, 'bd_rcount'), sliceOf(descriptor, 'bd_dcount')],
      // A program may have several on one interface.
      duplicates: 'nth',
      // Its filters and packets may lie beside it.
      isApart: true,
    }),
    shape: shapeOf(descriptor.struct, counters),
  };
}

function linksOf(first: number, next: number): Links {
  return { kind: 'links', first, next, isNewestFirst: true };
}
