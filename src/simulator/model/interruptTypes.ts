/** The structs behind interrupts: events and their handlers, and the sources that each architecture has them for. */
import {
  array,
  char,
  cInt,
  forward,
  long,
  pointer,
  struct,
  typedef,
  uchar,
  uInt,
  ulong,
  voidPointer,
  type StructType,
} from './ctypes.js';
import { mtx } from './kernelTypes.js';

/** `MAXCOMLEN + 1`: what the name of an event or of a handler has room for. */
export const EVENT_NAME = 20;

/** Bytes from one name to the next in `intrnames`, where each is filled up with blanks: INTRNG has room for two names. */
export function interruptNameSize(machine: 'amd64' | 'arm64'): number {
  return machine === 'amd64' ? EVENT_NAME : 2 * (EVENT_NAME - 1) + 1;
}

const name = array(char, EVENT_NAME);
export const timeval = struct('timeval', { tv_sec: typedef('time_t', long), tv_usec: typedef('suseconds_t', long) });

export const intrHandler = struct('intr_handler', {
  ih_filter: voidPointer,
  ih_handler: voidPointer,
  ih_argument: voidPointer,
  ih_flags: cInt,
  ih_name: name,
  ih_event: pointer(forward('intr_event')),
  ih_need: cInt,
  ih_next: struct('', { csle_next: pointer(forward('intr_handler')) }),
  ih_pri: uchar,
});

export const intrEvent = struct('intr_event', {
  ie_list: struct('', { tqe_next: pointer(forward('intr_event')), tqe_prev: pointer(pointer(forward('intr_event'))) }),
  ie_handlers: struct('', { cslh_first: pointer(intrHandler) }),
  ie_name: name,
  ie_fullname: name,
  ie_lock: mtx,
  ie_source: voidPointer,
  ie_thread: pointer(forward('intr_thread')),
  ie_pre_ithread: voidPointer,
  ie_post_ithread: voidPointer,
  ie_post_filter: voidPointer,
  ie_assign_cpu: voidPointer,
  ie_flags: cInt,
  ie_hflags: cInt,
  ie_count: cInt,
  ie_warncnt: cInt,
  ie_warntm: timeval,
  ie_irq: cInt,
  ie_cpu: cInt,
  ie_phase: cInt,
  ie_active: array(cInt, 2),
});

/** Of amd64. */
export const intsrc = struct('intsrc', {
  is_pic: pointer(forward('pic')),
  is_event: pointer(intrEvent),
  is_count: pointer(ulong),
  is_straycount: pointer(ulong),
  is_index: uInt,
  is_handlers: uInt,
  is_domain: uInt,
  is_cpu: uInt,
});

/** Of INTRNG, which arm64 has. The counter of stray interrupts follows that of the others. */
export function intrIrqsrc(maxCpus: number): StructType {
  return struct('intr_irqsrc', {
    isrc_dev: pointer(forward('_device')),
    isrc_irq: uInt,
    isrc_flags: uInt,
    isrc_name: name,
    isrc_cpu: typedef('cpuset_t', array(ulong, maxCpus / 64)),
    isrc_index: uInt,
    isrc_count: pointer(ulong),
    isrc_handlers: uInt,
    isrc_event: pointer(intrEvent),
    isrc_iommu: voidPointer,
  });
}
