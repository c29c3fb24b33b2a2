/** The structs that the kernel has once for each CPU: its struct pcpu, and what the scheduler keeps of it. */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  array,
  char,
  cInt,
  forward,
  long,
  pointer,
  short,
  sizeOf,
  struct,
  typedef,
  uchar,
  uInt,
  uint64,
  ulong,
  voidPointer,
  type StructType,
} from './ctypes.js';
import { lockObject, tailqPointer } from './kernelTypes.js';

/** Of the local APIC of a CPU: not the CPU's own, where two threads share a core of which one is off. */
export function apicIdOf(cpu: number): number {
  return 2 * cpu;
}

/** The machine-independent start, then padding to the architecture's size. Since 13 a scheduler has a place in it, before what is counted. */
export const pcpu = madeOnce((profile: Profile): StructType => {
  const isNew = profile.release >= 13;
  const members = {
    pc_curthread: pointer(forward('thread')),
    pc_idlethread: pointer(forward('thread')),
    pc_fpcurthread: pointer(forward('thread')),
    pc_deadthread: pointer(forward('thread')),
    pc_curpcb: pointer(forward('pcb')),
    ...(isNew ? { pc_sched: voidPointer } : {}),
    pc_switchtime: uint64,
    pc_switchticks: cInt,
    pc_cpuid: uInt,
    pc_allcpu: tailqPointer('pcpu'),
    pc_spinlocks: pointer(forward('lock_list_entry')),
    pc_cp_time: array(long, 5),
    pc_device: pointer(forward('_device')),
    pc_netisr: voidPointer,
    pc_unused1: cInt,
    pc_domain: cInt,
    pc_rm_queue: struct('rm_queue', { rmq_next: pointer(forward('rm_queue')), rmq_prev: pointer(forward('rm_queue')) }),
    pc_dynamic: typedef('uintptr_t', ulong),
    pc_early_dummy_counter: uint64,
    ...(isNew ? { pc_zpcpu_offset: typedef('uintptr_t', ulong) } : {}),
    ...(profile.machine === 'amd64' ? { pc_apic_id: uInt, pc_acpi_id: uInt } : {}),
  };
  const start = sizeOf(struct('pcpu', members));
  return struct('pcpu', { ...members, __pad: array(char, profile.pcpuSize - start) });
});

const runq = struct('runq', {
  rq_status: struct('rqbits', { rqb_bits: array(ulong, 1) }),
  rq_queues: array(struct('rqhead', { tqh_first: pointer(forward('thread')), tqh_last: voidPointer }), 64),
});

/** DPCPU: what ULE runs on one CPU. Its lock fills a cache line. */
export function tdq({ machine }: Pick<Profile, 'machine'>): StructType {
  return struct(
    'tdq',
    {
      tdq_lock: struct('mtx_padalign', { lock_object: lockObject, mtx_lock: ulong }, machine === 'amd64' ? 64 : 128),
      tdq_cg: pointer(forward('cpu_group')),
      tdq_load: cInt,
      tdq_cpu_idle: cInt,
      tdq_sysload: cInt,
      tdq_transferable: cInt,
      tdq_switchcnt: short,
      tdq_oldswitchcnt: short,
      tdq_lowpri: uchar,
      tdq_owepreempt: uchar,
      tdq_idx: uchar,
      tdq_ridx: uchar,
      tdq_id: cInt,
      tdq_realtime: runq,
      tdq_timeshare: runq,
      tdq_idle: runq,
      tdq_name: array(char, 16),
    },
    64,
  );
}
