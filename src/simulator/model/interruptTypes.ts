/** The structs behind interrupts: events and their handlers, and the sources that each architecture has them for. */
import {
  madeOnce,
  array,
  bitFieldByte,
  bool,
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

/** An interrupt controller of amd64. */
export const pic = struct('pic', {
  pic_register_sources: voidPointer,
  pic_enable_source: voidPointer,
  pic_disable_source: voidPointer,
  pic_eoi_source: voidPointer,
  pic_enable_intr: voidPointer,
  pic_disable_intr: voidPointer,
  pic_vector: voidPointer,
  pic_source_pending: voidPointer,
  pic_suspend: voidPointer,
  pic_resume: voidPointer,
  pic_config_intr: voidPointer,
  pic_assign_cpu: voidPointer,
  pic_reprogram_pin: voidPointer,
  pics: struct('', { tqe_next: pointer(forward('pic')), tqe_prev: pointer(pointer(forward('pic'))) }),
});

/** Of amd64. `is_cpu` is written only when somebody binds the source, and by hw.intrbalance. */
export const intsrc = struct('intsrc', {
  is_pic: pointer(pic),
  is_event: pointer(intrEvent),
  is_count: pointer(ulong),
  is_straycount: pointer(ulong),
  is_index: uInt,
  is_handlers: uInt,
  is_domain: uInt,
  is_cpu: uInt,
});

/** What an I/O APIC has of a source: `io_cpu` is the id of a local APIC. */
export const ioapicIntsrc = struct('ioapic_intsrc', {
  io_intsrc: intsrc,
  io_irq: cInt,
  io_intpin: bitFieldByte,
  io_vector: bitFieldByte,
  io_cpu: uInt,
  io_bus: uInt,
  io_lowreg: uInt,
  io_remap_cookie: uInt,
});

/** The same of message-signalled interrupts. 15 has sorted its members. */
export const msiIntsrc = madeOnce((release: number): StructType => {
  const start = {
    msi_intsrc: intsrc,
    msi_dev: pointer(forward('_device')),
    msi_first: pointer(forward('msi_intsrc')),
  };
  if (release >= 15) {
    return struct('msi_intsrc', {
      ...start,
      msi_irqs: pointer(uInt),
      msi_irq: uInt,
      msi_cpu: uInt,
      msi_remap_cookie: uInt,
      msi_vector: bitFieldByte,
      msi_count: bitFieldByte,
      msi_maxcount: bitFieldByte,
      msi_enabled: bitFieldByte,
      msi_msix: bool,
    });
  }
  return struct('msi_intsrc', {
    ...start,
    msi_irq: uInt,
    msi_msix: uInt,
    msi_vector: bitFieldByte,
    msi_cpu: uInt,
    msi_count: bitFieldByte,
    msi_maxcount: bitFieldByte,
    msi_irqs: pointer(uInt),
    msi_remap_cookie: uInt,
  });
});

/** Of INTRNG, which arm64 has. The counter of stray interrupts follows that of the others. */
export const intrIrqsrc = madeOnce((maxCpus: number): StructType => {
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
});
