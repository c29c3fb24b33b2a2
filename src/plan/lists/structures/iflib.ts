/**
 * The transmit queues of interfaces whose drivers are iflib(9)'s, and the ring before each: `ifnet` is the list of interfaces, and one that iflib
 * brings up (`iflib_if_init`) has as its softc a struct iflib_ctx, with an array of struct iflib_txq (both private to net/iflib.c), each of which
 * leads to its struct ifmp_ring (<net/mp_ring.h>). The softc of any other interface is its driver's own, and nothing of it is read.
 */
import type { CtfType, ObjectTypes } from '../../../ctf/types.js';
import type { Key, LeadingCondition, Sequence } from '../listPlan.js';
import type { Members } from '../members.js';
import { lengthOf, memberAs, planOf, shapeOf, sliceOf, structItself, structNamed, type Compile } from './structure.js';

const OF_RING = ['enqueues', 'drops', 'starts', 'stalls', 'restarts', 'abdications'];
const OF_QUEUE = [
  'ift_no_desc_avail',
  'ift_map_failed',
  'ift_no_tx_dma_setup',
  'ift_txd_encap_efbig',
  'ift_mbuf_defrag',
  'ift_mbuf_defrag_failed',
  'ift_pullups',
];

export const iflibRings: Compile = (file, type) => {
  const ring = structNamed(file, 'ifmp_ring');
  const { on, context, queue, sequences, only, ofContext } = walkTo(file, type);
  return {
    plan: planOf([...sequences, { kind: 'pointer', at: queue.field('ift_br').offset }], {
      keys: keysOf(on, queue, 1),
      only: [...only, [ofContext]],
      check: [
        { ...sliceOf(on, 'if_vnet', 3), is: 'vnet' },
        { ...sliceOf(ring, 'cookie'), is: 'address', levels: 1 },
      ],
      same: [
        sliceOf(on, 'if_index', 3),
        sliceOf(context, 'ifc_ifp', 2),
        sliceOf(queue, 'ift_ctx', 1),
        ...OF_RING.map((name) => sliceOf(ring, name)),
      ],
      // Between two of them there may be anything.
      isApart: true,
    }),
    shape: shapeOf(
      ring.struct,
      OF_RING.map((name) => memberAs(name, ring, name)),
    ),
  };
};

export const iflibQueues: Compile = (file, type) => {
  const { on, context, queue, sequences, only, ofContext } = walkTo(file, type);
  return {
    plan: planOf(sequences, {
      keys: keysOf(on, queue, 0),
      only,
      check: [{ ...sliceOf(on, 'if_vnet', 2), is: 'vnet' }, ofContext],
      same: [sliceOf(on, 'if_index', 2), sliceOf(context, 'ifc_ifp', 1), sliceOf(queue, 'ift_br')],
      isApart: true,
    }),
    shape: shapeOf(
      queue.struct,
      OF_QUEUE.map((name) => memberAs(name, queue, name)),
    ),
  };
};

interface WalkToQueues {
  readonly on: Members;
  readonly context: Members;
  readonly queue: Members;
  readonly sequences: readonly Sequence[];
  /** That an interface is iflib's, and that what its softc leads to is its context. */
  readonly only: readonly (readonly LeadingCondition[])[];
  /** That a queue is of its context. */
  readonly ofContext: LeadingCondition;
}

function walkTo(file: ObjectTypes, type: CtfType): WalkToQueues {
  const list = structItself(file, type, 'list');
  const on = structNamed(file, 'ifnet');
  const context = structNamed(file, 'iflib_ctx');
  const queue = structNamed(file, 'iflib_txq');
  return {
    on,
    context,
    queue,
    sequences: [
      { kind: 'links', first: list.head('cstqh_first').offset, next: on.link('if_link').offset, isNewestFirst: false },
      { kind: 'pointer', at: on.field('if_softc').offset },
      {
        kind: 'array',
        at: context.field('ifc_txqs').offset,
        stride: queue.struct.size,
        count: undefined,
        length: undefined,
        member: lengthOf(context, 'ifc_softc_ctx.isc_ntxqsets'),
        behindPointer: true,
        ofPointers: false,
      },
    ],
    only: [
      [{ ...sliceOf(on, 'if_init'), is: 'symbol', symbol: 'iflib_if_init' }],
      [{ ...sliceOf(context, 'ifc_ifp'), is: 'address', levels: 1 }],
    ],
    ofContext: { ...sliceOf(queue, 'ift_ctx'), is: 'address', levels: 1 },
  };
}

/** @param below levels from a queue down to the elements */
function keysOf(on: Members, queue: Members, below: number): readonly Key[] {
  return [
    { ...sliceOf(on, 'if_xname', below + 2), label: 'interface', as: 'characters' },
    { ...sliceOf(queue, 'ift_id', below), label: 'queue', as: 'number', format: 'u16' },
  ];
}
