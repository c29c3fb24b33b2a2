/**
 * The kernels that can be simulated: what differs between architectures and releases before any symbol is placed. That of 14 is the -CURRENT that
 * was also looked at live; 14.0-RELEASE has other TCP counters. That of 13 is of 13.2, the last whose headers were seen.
 */

export const profileNames = ['amd64-14', 'amd64-12', 'amd64-13', 'amd64-15', 'arm64-14', 'arm64-15'] as const;
export type ProfileName = (typeof profileNames)[number];

/** Which headers the structs follow. */
export type Release = 12 | 13 | 14 | 15;

/** Of a kernel of this `__FreeBSD_version`. */
export function releaseOf(osreldate: number): Release {
  return Math.floor(osreldate / 100_000) as Release;
}

export interface Profile {
  readonly name: ProfileName;
  readonly release: Release;
  readonly machine: 'amd64' | 'arm64';
  readonly osrelease: string;
  readonly osreldate: number;
  /** `hw.machine_arch`. */
  readonly machineArch: 'amd64' | 'aarch64';
  readonly pageSize: number;
  /** `sizeof(struct pcpu)`, which libkvm takes for the distance between per-CPU copies. */
  readonly pcpuSize: number;
  /** The kernel stores zpcpu pointers minus the value of `__pcpu`, and libkvm adds it back: amd64 since 13. */
  readonly offsetByPcpu: boolean;
  /** A read that runs into an unmapped page gives what comes before it (amd64), or fails (arm64). */
  readonly shortReads: boolean;
  /** Version of the type information in the kernel file. */
  readonly ctfVersion: 2 | 3;
  readonly addresses: Readonly<Record<Region, bigint>>;
}

/**
 * Parts of the kernel's address space. `kernel`: .data and .bss; `pcpu`: the struct pcpu of each CPU; `uma`: the pages of the per-CPU
 * zones; `heap`: malloc(9); `dpcpu`: the DPCPU areas; `vnet`: the data of each vnet; `modules`: where modules are loaded.
 */
export type Region = 'kernel' | 'pcpu' | 'uma' | 'heap' | 'dpcpu' | 'vnet' | 'modules';

const amd64 = {
  machine: 'amd64',
  machineArch: 'amd64',
  pageSize: 4096,
  pcpuSize: 4096,
  shortReads: true,
  addresses: {
    kernel: 0xffff_ffff_81c0_0000n,
    pcpu: 0xffff_ffff_83e1_0000n,
    modules: 0xffff_ffff_8442_0000n,
    uma: 0xffff_fe00_5c02_0000n,
    dpcpu: 0xffff_fe00_a8e0_0000n,
    heap: 0xffff_f800_0314_2000n,
    vnet: 0xffff_f801_1a20_0000n,
  },
} as const;

const arm64 = {
  machine: 'arm64',
  machineArch: 'aarch64',
  pageSize: 4096,
  pcpuSize: 512,
  shortReads: false,
  addresses: {
    kernel: 0xffff_0000_0112_0000n,
    modules: 0xffff_0000_3e40_0000n,
    uma: 0xffff_0000_7c04_0000n,
    dpcpu: 0xffff_0000_d8a0_0000n,
    pcpu: 0xffff_0000_f180_0000n,
    heap: 0xffff_a000_0361_0000n,
    vnet: 0xffff_a001_2280_0000n,
  },
} as const;

const profiles: Readonly<Record<ProfileName, Profile>> = {
  'amd64-14': {
    ...amd64,
    name: 'amd64-14',
    release: 14,
    osrelease: '14.0-CURRENT',
    osreldate: 1_400_063,
    offsetByPcpu: true,
    ctfVersion: 3,
  },
  'amd64-12': {
    ...amd64,
    name: 'amd64-12',
    release: 12,
    osrelease: '12.4-RELEASE',
    osreldate: 1_204_000,
    offsetByPcpu: false,
    ctfVersion: 2,
  },
  'amd64-13': {
    ...amd64,
    name: 'amd64-13',
    release: 13,
    osrelease: '13.2-RELEASE',
    osreldate: 1_302_001,
    offsetByPcpu: true,
    // 13.0 still had version 2.
    ctfVersion: 3,
  },
  'amd64-15': {
    ...amd64,
    name: 'amd64-15',
    release: 15,
    osrelease: '15.0-RELEASE',
    osreldate: 1_500_068,
    offsetByPcpu: true,
    ctfVersion: 3,
  },
  'arm64-14': {
    ...arm64,
    name: 'arm64-14',
    release: 14,
    osrelease: '14.0-CURRENT',
    osreldate: 1_400_063,
    offsetByPcpu: false,
    ctfVersion: 3,
  },
  'arm64-15': {
    ...arm64,
    name: 'arm64-15',
    release: 15,
    osrelease: '15.0-RELEASE',
    osreldate: 1_500_068,
    offsetByPcpu: false,
    ctfVersion: 3,
  },
};

export function profileOf(name: ProfileName): Profile {
  return profiles[name];
}
