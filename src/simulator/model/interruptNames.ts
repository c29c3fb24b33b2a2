/** Which interrupts the simulated host has: on amd64 by number, on arm64 by line of the interrupt controller. */
import type { CpuClass } from './traffic.js';

/** A source that has handlers, whose names are those of devices. Several share a line. */
export interface WiredInterrupt {
  readonly line: number;
  readonly handlers: readonly string[];
  readonly rate: number;
  /** Of all CPUs, which kind of work it goes with. */
  readonly cpuClass: CpuClass;
  /** Interrupts that no handler owned up to. */
  readonly stray?: number;
}

/** Lines of amd64's I/O APIC, each of which has a source whether it is used or not. */
export const IO_APIC_LINES = 24;
export const wiredAmd64: readonly WiredInterrupt[] = [
  { line: 1, handlers: ['atkbd0'], rate: 0.001, cpuClass: 'house' },
  { line: 4, handlers: ['uart0'], rate: 0.02, cpuClass: 'house' },
  { line: 7, handlers: [], rate: 0, cpuClass: 'house', stray: 2 },
  { line: 9, handlers: ['acpi0'], rate: 0.005, cpuClass: 'house' },
  { line: 16, handlers: ['uhci0', 'ehci0'], rate: 2, cpuClass: 'house' },
  { line: 18, handlers: ['uhci1', 'ichsmb0', 'ehci1'], rate: 0.4, cpuClass: 'house' },
  { line: 19, handlers: ['a_driver_of_long_name0'], rate: 0.1, cpuClass: 'house' },
];

/** Lines of arm64's GIC: private ones of each CPU (PPI), which one source stands for, then shared ones (SPI). */
export const GIC_PPI = 16;
export const GIC_SPI = 96;
export const wiredPpi: readonly WiredInterrupt[] = [
  { line: 11, handlers: ['generic_timer0'], rate: 0, cpuClass: 'hot' },
  { line: 14, handlers: ['pmu0'], rate: 0, cpuClass: 'hot' },
];
export const wiredSpi: readonly WiredInterrupt[] = [
  { line: 1, handlers: ['uart0'], rate: 0.02, cpuClass: 'house' },
  { line: 9, handlers: ['acpi0'], rate: 0.005, cpuClass: 'house' },
  { line: 35, handlers: ['pcib0', 'pcib1'], rate: 2, cpuClass: 'house' },
  { line: 40, handlers: [], rate: 0, cpuClass: 'house', stray: 2 },
];

/** IPIs that arm64 counts for each CPU, and how many a CPU gets a second. */
export const ipis: readonly (readonly [name: string, rate: number])[] = [
  ['ast', 120],
  ['preempt', 900],
  ['rendezvous', 3],
  ['stop', 0],
  ['stop hard', 0],
  ['hardclock', 210],
];

/** Of one CPU's timer. */
export const TIMER_RATE = 400;

/** Message-signalled interrupts: of a device without queues, and of those with one for each CPU up to a number. */
export const deviceMessages: readonly (readonly [handler: string, rate: number])[] = [
  ['xhci0', 4],
  ['ahci0', 90],
  ['nvme0:admin', 0.01],
  ['mce0:async', 0.002],
];
export const queueMessages: readonly {
  readonly handler: string;
  readonly most: number;
  readonly rate: number;
  readonly cpuClass: CpuClass;
}[] = [
  { handler: 'nvme0:io', most: 4, rate: 6400, cpuClass: 'even' },
  { handler: 'mce0:rx', most: 16, rate: 150_000, cpuClass: 'rx' },
  { handler: 'mce0:tx', most: 8, rate: 60_000, cpuClass: 'tx' },
];
/** How many numbers there are for them; the real default, 2048, only makes the tables longer. */
export const MESSAGE_NUMBERS = 464;
