/**
 * What iflib(9) keeps of an interface, its queues to transmit by (both private to net/iflib.c) and the ring before each (<net/mp_ring.h>). What lies
 * between what is of matter here is padding, of about the size that it has.
 */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  array,
  char,
  cFunction,
  cInt,
  counterU64,
  forward,
  pointer,
  struct,
  typedef,
  uint16,
  uint32,
  uint64,
  uint8,
  ulong,
  voidPointer,
  type StructType,
} from './ctypes.js';
import { ifnet } from './interfaceTypes.js';
import { mtx, sx } from './kernelTypes.js';

type Kernel = Pick<Profile, 'machine' | 'release'>;

const index = typedef('qidx_t', uint16);

/** `CACHE_LINE_SIZE`. */
function cacheLine({ machine }: Kernel): number {
  return machine === 'amd64' ? 64 : 128;
}

const softcContext = struct('if_softc_ctx', {
  isc_vectors: cInt,
  isc_nrxqsets: cInt,
  isc_ntxqsets: cInt,
  isc_msix_bar: cInt,
  isc_tx_nsegments: cInt,
  isc_ntxd: array(cInt, 8),
  isc_nrxd: array(cInt, 8),
  isc_txqsizes: array(uint32, 8),
  isc_rxqsizes: array(uint32, 8),
  isc_rest: array(uint32, 40),
});

export const iflibCtx = madeOnce((kernel: Kernel): StructType => {
  // CPU_SETSIZE: 256, and 1024 in amd64's 15.
  const cpus = kernel.release >= 15 && kernel.machine === 'amd64' ? 1024 : 256;
  return struct('iflib_ctx', {
    ops: voidPointer,
    ifc_softc: voidPointer,
    ifc_dev: pointer(forward('_device')),
    ifc_ifp: pointer(ifnet(kernel.release)),
    ifc_cpus: array(ulong, cpus / 64),
    ifc_sctx: pointer(forward('if_shared_ctx')),
    ifc_softc_ctx: softcContext,
    ifc_ctx_sx: sx,
    ifc_state_mtx: mtx,
    ifc_txqs: pointer(iflibTxq(kernel)),
    ifc_rxqs: pointer(forward('iflib_rxq')),
    ifc_if_flags: uint32,
    ifc_flags: uint32,
    ifc_rest: array(char, 500),
  });
});

export const iflibTxq = madeOnce((kernel: Kernel): StructType => {
  return struct(
    'iflib_txq',
    {
      ift_in_use: index,
      ift_cidx: index,
      ift_cidx_processed: index,
      ift_pidx: index,
      ift_gen: uint8,
      ift_br_offset: uint8,
      ift_npending: uint16,
      ift_db_pending: uint16,
      ift_rs_pending: uint16,
      ift_txd_size: array(uint8, 8),
      ift_processed: uint64,
      ift_cleaned: uint64,
      ift_cleaned_prev: uint64,
      ift_no_tx_dma_setup: uint64,
      ift_no_desc_avail: uint64,
      ift_mbuf_defrag_failed: uint64,
      ift_mbuf_defrag: uint64,
      ift_map_failed: uint64,
      ift_txd_encap_efbig: uint64,
      ift_pullups: uint64,
      ift_last_timer_tick: uint64,
      ift_mtx: mtx,
      ift_db_mtx: mtx,
      ift_ctx: pointer(forward('iflib_ctx')),
      ift_br: pointer(ifmpRing(kernel)),
      ift_task: array(voidPointer, 10),
      ift_size: index,
      ift_id: uint16,
      ift_rest: array(char, 200),
      ift_segs: array(struct('bus_dma_segment', { ds_addr: ulong, ds_len: ulong }), 128),
    },
    cacheLine(kernel),
    { ift_segs: cacheLine(kernel) },
  );
});

/** Without its items, of which there are as many as its size says. */
export const ifmpRing = madeOnce((kernel: Kernel): StructType => {
  const line = cacheLine(kernel);
  return struct(
    'ifmp_ring',
    {
      state: uint64,
      size: cInt,
      cookie: voidPointer,
      mt: pointer(forward('malloc_type')),
      drain: pointer(cFunction),
      can_drain: pointer(cFunction),
      enqueues: counterU64,
      drops: counterU64,
      starts: counterU64,
      stalls: counterU64,
      restarts: counterU64,
      abdications: counterU64,
    },
    line,
    { size: line },
  );
});
