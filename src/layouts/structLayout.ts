/** How a struct of the kernel is laid out in some releases, as a file of config/layouts/ says it. */

/** A member. Offsets and sizes are in bytes from the struct's start. */
export interface LayoutMember {
  /** `member`, or `member.inner` where the file says the members of a struct in the struct by themselves. */
  readonly name: string;
  /** The name of an integer's C type, `counter_u64_t`, `ptr`, or the tag of a struct in `structs`. */
  readonly type: string;
  /** Elements of an array; undefined for a single value. */
  readonly count: number | undefined;
  readonly offset: number;
}

export interface StructBody {
  /** Bytes. */
  readonly size: number;
  readonly members: readonly LayoutMember[];
}

export interface StructLayout extends StructBody {
  /** The struct's tag. */
  readonly struct: string;
  /** The symbols that it lays out, without vnet_entry_ or pcpu_entry_. */
  readonly symbols: readonly string[];
  /**
   * `words`: the symbols are arrays of counters, and the struct's n-th 64-bit word says what the n-th counts (VNET_PCPUSTAT_DEFINE of
   * <net/vnet.h>). `object`: the symbols are such structs.
   */
  readonly form: 'words' | 'object';
  /** `__FreeBSD_version` (<sys/param.h>) of the first and the last kernel that are known to have it. */
  readonly releases: readonly [number, number];
  /** `hw.machine_arch` where it is that of one architecture; undefined where all have it. */
  readonly arch: string | undefined;
  /** Structs that members are of, by tag. */
  readonly structs: ReadonlyMap<string, StructBody>;
}

/** Symbols that are one counter_u64_t each in some releases. */
export interface SingleCounters {
  readonly releases: readonly [number, number];
  readonly symbols: ReadonlySet<string>;
}
