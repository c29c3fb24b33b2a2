/** The layout of an image file, as native/kvmsim.h declares it: one record type for each of its tables. */

export const IMAGE_MAGIC = 'kvmsim1\0';
export const HEADER_SIZE = 184;

/** Byte offsets in the header; each table there is an offset in the file and a count. */
export const header = {
  fileSize: 8,
  pageSize: 16,
  pcpuSize: 20,
  offsetByPcpu: 24,
  shortReads: 28,
  maxId: 32,
  tables: {
    segments: 40,
    presence: 56,
    files: 72,
    symbols: 88,
    sysctls: 104,
    strings: 120,
    weights: 136,
    activities: 152,
    spares: 168,
  },
} as const;
export type TableName = keyof typeof header.tables;

export const recordSize: Readonly<Record<TableName, number>> = {
  segments: 32,
  presence: 1,
  files: 144,
  symbols: 32,
  sysctls: 48,
  strings: 1,
  weights: 8,
  activities: 56,
  spares: 16,
};

/** Byte offsets in a record. */
export const segmentField = { address: 0, length: 8, offset: 16, firstPage: 24 } as const;
export const fileField = {
  id: 0,
  order: 4,
  variant: 8,
  name: 12,
  firstSymbol: 16,
  symbolCount: 20,
  base: 24,
  object: 40,
  sets: 48,
} as const;
/** In `sets`: for each of these its start, stop and base, by variant. */
export const moduleSets = ['vnet', 'pcpu'] as const;
export const setBounds = ['start', 'stop', 'base'] as const;
export const symbolField = { name: 0, hidden: 4, size: 8, value: 16 } as const;
export const sysctlField = {
  name: 0,
  kind: 4,
  source: 8,
  count: 24,
  width: 28,
  lieIndex: 32,
  file: 36,
  lie: 40,
} as const;
export const activityField = {
  offset: 0,
  stride: 8,
  rate: 16,
  level: 24,
  name: 32,
  index: 36,
  cpuClass: 40,
  kind: 44,
  file: 48,
  cpu: 52,
} as const;

/** A piece of memory that nobody uses at boot, and what it is for. */
export const spareField = { name: 0, address: 8 } as const;

/** Sysctls that are made by a walk each time they are asked. */
export const streamKind = { mallocStats: 16, interrupts: 17, zoneStats: 18, zoneCount: 19, sum: 20 } as const;
export type StreamKind = keyof typeof streamKind;
export const sysctlKind = {
  constant: 0,
  memory: 1,
  counters: 2,
  cpuTimes: 3,
  interfaceData: 4,
  interfaceCount: 5,
  ...streamKind,
} as const;
export const activityKind = { counter: 0, gauge: 1, cpuTime: 2, single: 3 } as const;
