/** Epochs (kern/subr_epoch.c, <ck_epoch.h>), each with a zpcpu record that is longer than a counter's; in 13 and later an array of them. */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  array,
  char,
  cInt,
  forward,
  pointer,
  struct,
  uint32,
  unsigned,
  voidPointer,
  type StructType,
} from './ctypes.js';
import { mtx, sx } from './kernelTypes.js';
import { tailqHead } from './queues.js';
import { cacheLine } from './umaTypes.js';

type Kernel = Pick<Profile, 'machine' | 'release'>;

/** `EPOCH_ALIGN`: two cache lines of amd64, one of arm64. */
const EPOCH_ALIGN = 128;
/** `MAX_EPOCHS`. */
export const MOST_EPOCHS = 64;

const ckStackEntry = struct('ck_stack_entry', { next: pointer(forward('ck_stack_entry')) });
const ckStack = struct('ck_stack', { head: pointer(ckStackEntry), generation: pointer(char) });
const ckEpoch = struct('ck_epoch', { epoch: unsigned, n_free: unsigned, records: ckStack });
const ckEpochRef = struct('ck_epoch_ref', { epoch: unsigned, count: unsigned });

const ckEpochRecord = madeOnce((kernel: Kernel): StructType => {
  const line = cacheLine(kernel);
  return struct(
    'ck_epoch_record',
    {
      record_next: ckStackEntry,
      global: pointer(ckEpoch),
      state: unsigned,
      epoch: unsigned,
      active: unsigned,
      local: struct('', { bucket: array(ckEpochRef, 2) }),
      n_pending: unsigned,
      n_peak: unsigned,
      n_dispatch: unsigned,
      ct: voidPointer,
      pending: array(ckStack, 4),
    },
    line,
    { local: line },
  );
});

/** What a CPU has of an epoch: 256 bytes on amd64, 384 on arm64. */
export const epochRecord = madeOnce((kernel: Kernel): StructType => {
  return struct(
    'epoch_record',
    {
      er_record: ckEpochRecord(kernel),
      er_drain_ctx: struct('epoch_context', { data: array(voidPointer, 2) }),
      er_parent: pointer(forward('epoch')),
      er_tdlist: tailqHead('epoch_tdlist', forward('epoch_tracker')),
      er_gen: uint32,
      er_cpuid: uint32,
    },
    EPOCH_ALIGN,
  );
});

export const epoch = madeOnce((kernel: Kernel): StructType => {
  return struct(
    'epoch',
    {
      e_epoch: ckEpoch,
      e_pcpu_record: pointer(epochRecord(kernel)),
      ...(kernel.release < 13 ? { e_idx: cInt } : { e_in_use: cInt }),
      e_flags: cInt,
      e_drain_sx: sx,
      e_drain_mtx: mtx,
      e_drain_count: cInt,
      ...(kernel.release < 13 ? {} : { e_name: pointer(char) }),
    },
    EPOCH_ALIGN,
  );
});
