/** The interfaces of the simulated host and of its jails: what they are, and how busy. */
import type { GetCounterFunction } from './functions.js';
import { ifCounterNames } from './interfaceTypes.js';
import type { CpuClass } from './traffic.js';

export interface InterfaceModel {
  readonly driver: string;
  readonly unit: number;
  readonly kind: InterfaceKind;
  /** How much of the traffic of a busy card it has. */
  readonly scale: number;
  readonly getCounter: GetCounterFunction;
  /** Bits a second. */
  readonly baudrate: bigint;
  /** How many queues iflib gave it to transmit by; without it, its driver is none of iflib's. */
  readonly queues?: number;
}

/** `if_type` (`IFT_*`), `if_mtu`, and `if_flags` (`IFF_*`) beside IFF_UP and IFF_MULTICAST. */
export interface InterfaceKind {
  readonly type: number;
  readonly mtu: number;
  readonly flags: number;
}
const BROADCAST = 0x2;
const LOOPBACK = 0x8;
const SIMPLEX = 0x800;
const ether: InterfaceKind = { type: 6, mtu: 1500, flags: BROADCAST | SIMPLEX };
const kinds: Readonly<Record<string, InterfaceKind>> = {
  lo: { type: 0x18, mtu: 16_384, flags: LOOPBACK },
  lagg: { ...ether, type: 0xa1 },
  bridge: { ...ether, type: 0xd1 },
  vlan: { ...ether, type: 0x87 },
};

export function kindOf(driver: string): InterfaceKind {
  return kinds[driver] ?? ether;
}

/** How many the host has unless more are asked for. */
export const HOST_INTERFACES = 8;

const GIGABIT = 1_000_000_000n;

function model(driver: string, unit: number, scale: number, rest: Partial<InterfaceModel> = {}): InterfaceModel {
  const baudrate = driver === 'lo' ? 0n : 10n * GIGABIT;
  return { driver, unit, scale, kind: kindOf(driver), getCounter: 'if_get_counter_default', baudrate, ...rest };
}

const hostsOwn: readonly InterfaceModel[] = [
  model('mce', 0, 1, { baudrate: 25n * GIGABIT }),
  model('mce', 1, 0.6, { baudrate: 25n * GIGABIT }),
  model('vtnet', 0, 0.02, { getCounter: 'vtnet_get_counter' }),
  model('lo', 0, 0.002),
  model('lagg', 0, 1.6, { getCounter: 'lagg_get_counter', baudrate: 50n * GIGABIT }),
  model('epair', 0, 0.001),
  model('bridge', 0, 0.03),
  model('vlan', 7, 0.2),
];

/** All of the host's own vnet, in the order in which they came. Those beyond the first eight are ends of epairs. */
export function hostInterfaces(count: number): InterfaceModel[] {
  const more = Array.from({ length: Math.max(0, count - hostsOwn.length) }, (_, i) =>
    model('epair', i + FIRST_EXTRA, 0.0005 * ((i % 7) + 1)),
  );
  return [...hostsOwn.slice(0, count), ...more];
}
/** Below are the epairs that lead into jails. */
const FIRST_EXTRA = 1000;

/** An em0 and as many ix0, ix1 … beside it. Unlike a real one's, their packets are counted in the kernel's own cells. */
export function iflibInterfaces(count: number): InterfaceModel[] {
  const em = model('em', 0, 0.004, { baudrate: GIGABIT, queues: 1 });
  const ix = Array.from({ length: Math.max(0, count - 1) }, (_, unit) => model('ix', unit, 0.3, { queues: 4 }));
  return count === 0 ? [] : [em, ...ix];
}

/** @param nth of the jails with a vnet of their own, from 0 */
export function jailInterfaces(nth: number): InterfaceModel[] {
  return [model('lo', 0, 0.0001), model('epair', nth, 0.001)];
}

/** As ifconfig(8) shows it. The ends of an epair are told apart by a letter: the host has the first. */
export function nameOf({ driver, unit }: Pick<InterfaceModel, 'driver' | 'unit'>, isInJail: boolean): string {
  const end = driver !== 'epair' ? '' : isInJail ? 'b' : 'a';
  return `${driver}${unit}${end}`;
}

/** What a busy 25 GbE card counts a second, by column. */
export const cardTraffic: readonly (readonly [rate: number, cpuClass: CpuClass])[] = [
  [1_110_000, 'rx'],
  [0.4, 'rx'],
  [2_130_000, 'tx'],
  [0.1, 'tx'],
  [0, 'even'],
  [4.9e8, 'rx'],
  [2.84e9, 'tx'],
  [3, 'rx'],
  [0.5, 'house'],
  [1.4, 'rx'],
  [0.7, 'tx'],
  [2, 'rx'],
];

/** Which columns a driver counts in its queues, so that the kernel's own cells stay at 0. */
export function isDriversOwn(getCounter: GetCounterFunction, column: number): boolean {
  switch (getCounter) {
    case 'if_get_counter_default':
      return false;
    case 'lagg_get_counter':
      return true;
    case 'vtnet_get_counter':
      return !['collisions', 'ibytes', 'imcasts', 'noproto'].includes(ifCounterNames[column] ?? '');
  }
}
