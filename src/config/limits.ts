/** How large a config may be. A file beyond one of these ends in an error before it costs time or memory. */

const KIB = 1024;

/** Config files and packs that are read together, and their bytes. */
export const MAX_FILES = 200;
export const MAX_TOTAL_BYTES = 4 * 1024 * KIB;

/** Values in the kernel (fields) in all files together. Each gives one sum and one part for each CPU. */
export const MAX_FIELDS = 100_000;

/** Counters in one array. */
export const MAX_ARRAY_LENGTH = 65_536;

/** Bytes from a symbol to the last pointer cell in it. */
export const MAX_CELL_OFFSET = 1024 * KIB - 8;

/** Bytes that an item of a UMA_ZONE_PCPU zone may have (uma(9)). */
export const ZPCPU_SIZES = [4, 8, 16, 32, 64] as const;

/** Of one whose items are structs, such as the records of epochs (kern/subr_epoch.c): each CPU has its copy in a page of its own. */
export const MAX_ZPCPU_STRUCT = 4 * KIB;

/** Bytes of one CPU's copy of a DPCPU object. */
export const MAX_DPCPU_BYTES = 64 * KIB;

/** Bytes of a struct pcpu: a page on amd64, less elsewhere (<sys/pcpu.h>). */
export const MAX_PCPU_BYTES = 4 * KIB;

/** Elements of one list that are published, and how many a config may ask for. */
export const DEFAULT_LIST_LIMIT = 1000;
export const MAX_LIST_LIMIT = 100_000;

export const MAX_NAME_LENGTH = 200;
export const MAX_HELP_LENGTH = 1000;
export const MAX_LABEL_VALUE_LENGTH = 500;
export const MAX_LABELS = 30;

/** Parts of the CPU time that may go into proofs. */
export const MIN_TRUTH_SHARE = 0.001;
export const MAX_TRUTH_SHARE = 0.5;

export const MIN_INTERVAL_MS = 100;
export const MAX_INTERVAL_MS = 3_600_000;
