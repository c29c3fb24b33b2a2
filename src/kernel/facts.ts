/** What does not change while a kernel runs, or in what is left of one. */
export interface Facts {
  /** What this kernel is, for people: `live`, `core`, or what stands in for a running one. */
  readonly origin: string;
  /** `kern.osrelease`, such as 14.0-RELEASE. */
  readonly release: string;
  /** `kern.osreldate`, the `__FreeBSD_version` of <sys/param.h>. */
  readonly osreldate: number;
  /** `hw.machine_arch`, such as amd64 or aarch64. */
  readonly machineArch: string;
  /** Bytes; also the distance between the per-CPU copies of a zpcpu item (`UMA_PCPU_ALLOC_SIZE`). */
  readonly pageSize: number;
  /** `mp_maxid`: the highest CPU id. Copies exist, and are zeroed, for every id from 0 to this one. */
  readonly maxId: number;
  /** `mp_ncpus`: how many CPUs there are; less than `maxId + 1` where ids are sparse. */
  readonly ncpus: number;
  /** The ids of the CPUs that exist, ascending. */
  readonly cpus: readonly number[];
  /** `kern.sched.name`, such as ULE: the scheduler that the kernel was booted with; undefined where it does not tell. */
  readonly scheduler: string | undefined;
  /**
   * `security.jail.jailed`: true where the process that reads is in a jail, so that its vnet may be younger than the kernel, and where that is
   * not told.
   */
  readonly isJailed: boolean;
  /** What is known of a crash dump; undefined of a kernel that runs. */
  readonly dump?: DumpFacts | undefined;
}

export interface DumpFacts {
  /** As in Kernel. */
  readonly bootTime: number;
  /** `time_second`: seconds since the epoch when the kernel came to its end. */
  readonly time: number;
  /** `panicstr`: why it did; undefined where it was dumped without a panic. */
  readonly panic: string | undefined;
}
