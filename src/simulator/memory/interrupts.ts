/** The interrupts of the simulated host: sources, handlers, counters with a past, and the sysctls that tell of them. */
import { offsetOf, sizeOf, type CType } from '../model/ctypes.js';
import {
  deviceMessages,
  GIC_PPI,
  GIC_SPI,
  IO_APIC_LINES,
  ipis,
  MESSAGE_NUMBERS,
  queueMessages,
  TIMER_RATE,
  wiredAmd64,
  wiredPpi,
  wiredSpi,
  type WiredInterrupt,
} from '../model/interruptNames.js';
import { assignFunctions } from '../model/functions.js';
import { intrEvent, intsrc, pic } from '../model/interruptTypes.js';
import { UPTIME_SECONDS, type CpuClass } from '../model/traffic.js';
import { domainOf } from './domainOf.js';
import { HANDLER_SIZE, InterruptTable, sourceMemory, type InterruptPlaces } from './interruptTable.js';
import type { KernelImage } from './kernelImage.js';
import type { Spares } from './spareStacks.js';
import type { SysctlNode } from './sysctlNode.js';

const SPARE_SOURCES = 16;
/** `INTR_ISRCF_PPI`: one of each CPU. */
const PRIVATE = 2;
/** Numbers of GIC's software-generated interrupts, which are IPIs, come first. */
const GIC_SGI = 16;

export function fillInterrupts(image: KernelImage, spares: Spares): void {
  const filler = new InterruptFiller(image);
  if (image.profile.machine === 'amd64') filler.fillAmd64();
  else filler.fillArm64();
  for (let nth = 0; nth < SPARE_SOURCES; nth++) {
    spares.give('interruptSource', image.heap.reserve(filler.sourceSize, 64));
    spares.give('interruptHandler', image.heap.reserve(HANDLER_SIZE, 64));
  }
}

/** How many sources there can be, and how many counters. */
function sizes(image: KernelImage): { sources: number; counters: number; firstMessage: number } {
  const { profile, present, maxCpus, maxId } = image;
  if (profile.machine === 'arm64') {
    const sources = GIC_SGI + GIC_PPI + GIC_SPI + 384;
    // Counters of IPIs: for as many CPUs as there could be, until 15 counted those that there are.
    const each = profile.release >= 15 ? maxId + 1 : maxCpus;
    return { sources, counters: 2 * sources + ipis.length * each, firstMessage: GIC_SGI + GIC_PPI + GIC_SPI };
  }
  // Until 13, numbers below 256 were left to lines.
  const firstMessage = profile.release >= 14 ? IO_APIC_LINES : 256;
  const sources = firstMessage + MESSAGE_NUMBERS;
  return { sources, counters: 1 + 2 * sources + 2 * present.length, firstMessage };
}

/** The controller of messages is a variable, those of lines are copies of one. */
function controllersOf(image: KernelImage): NonNullable<InterruptPlaces['amd64']> {
  const { memory, heap } = image;
  const assign = BigInt(offsetOf(pic, 'pic_assign_cpu'));
  const msi = image.addressOf('msi_pic');
  const ioapic = heap.reserve(sizeOf(pic), 64);
  memory.store(msi + assign, image.addressOf(assignFunctions.msi));
  for (const line of [ioapic, image.addressOf('ioapic_template')]) {
    memory.store(line + assign, image.addressOf(assignFunctions.ioapic));
  }
  return { ioapic, msi, current: image.addressOf('current_cpu') };
}

class InterruptFiller {
  readonly sourceSize: number;
  private readonly table: InterruptTable;
  /** The counter that is given away next. */
  private next = 0;
  private readonly firstMessage: number;
  private nextMessage: number;

  constructor(private readonly image: KernelImage) {
    const { memory, heap, profile } = image;
    const isArm = profile.machine === 'arm64';
    const { sources, counters, firstMessage } = sizes(image);
    const { machine: architecture, release } = profile;
    const machine = { machine: architecture, release, maxCpus: image.maxCpus, present: image.present };
    this.sourceSize = sizeOf(sourceMemory(machine));
    const places = {
      counts: heap.reserve(8 * counters, 64),
      sources: heap.reserve(8 * sources, 64),
      names: 0n,
      amd64: isArm ? undefined : controllersOf(image),
    };
    this.table = new InterruptTable(memory, machine, places);
    const nameBytes = counters * this.table.nameSize;
    places.names = heap.reserve(nameBytes, 64);
    const set = (symbol: string, value: bigint, size = 8): void => {
      if (image.has(symbol)) memory.store(image.addressOf(symbol), value, size);
    };
    set('intrcnt', places.counts);
    set('intrnames', places.names);
    set('sintrcnt', BigInt(8 * counters));
    set('sintrnames', BigInt(nameBytes));
    set('nintrcnt', BigInt(counters), 4);
    set(isArm ? 'irq_sources' : 'interrupt_sources', places.sources);
    set(isArm ? 'intr_nirq' : 'num_io_irqs', BigInt(sources), 4);
    set('first_msi_irq', BigInt(firstMessage), 4);
    set('num_msi_irqs', BigInt(MESSAGE_NUMBERS), 4);
    this.firstMessage = firstMessage;
    this.nextMessage = firstMessage;
  }

  fillAmd64(): void {
    this.table.setName(0, '???');
    this.next = 1;
    for (let line = 0; line < IO_APIC_LINES; line++) {
      this.wire(
        `irq${line}`,
        line,
        wiredAmd64.find((wired) => wired.line === line),
      );
    }
    for (const cpu of this.image.present) {
      this.table.setName(this.next, `cpu${cpu}:timer`);
      this.move(this.next++, TIMER_RATE, 'hot', cpu);
    }
    this.fillMessages((number) => `irq${number}`);
    this.tellNext();
  }

  fillArm64(): void {
    const { image } = this;
    for (let line = 0; line < GIC_PPI; line++) {
      const wired = wiredPpi.find((each) => each.line === line);
      const rate = line === 11 ? TIMER_RATE * image.present.length : 0;
      this.wire(`gic0,p${line}`, GIC_SGI + line, wired && { ...wired, rate }, PRIVATE);
    }
    for (let line = 0; line < GIC_SPI; line++) {
      const wired = wiredSpi.find((each) => each.line === line);
      this.wire(`gic0,s${line}`, GIC_SGI + GIC_PPI + line, wired);
    }
    const count = image.profile.release >= 15 ? image.maxId + 1 : image.maxCpus;
    for (const [name, rate] of ipis) {
      for (let cpu = 0; cpu < count; cpu++) {
        this.table.setName(this.next + cpu, `cpu${cpu}:${name}`);
        if (image.present.includes(cpu)) this.move(this.next + cpu, rate, 'hot', cpu);
      }
      this.next += count;
    }
    this.fillMessages((number) => `its0,${number}`);
    this.tellNext();
  }

  /** 15 for arm64 has a bitmap in its place. */
  private tellNext(): void {
    const { image } = this;
    if (image.has('intrcnt_index')) image.memory.store(image.addressOf('intrcnt_index'), BigInt(this.next), 4);
  }

  /** A line that has a source from the start, and handlers where a device is on it. */
  private wire(name: string, number: number, wired: WiredInterrupt | undefined, flags = 0): void {
    const index = this.register(name, number, undefined, flags);
    for (const handler of wired?.handlers ?? []) this.handle(number, handler);
    if (wired === undefined) return;
    this.move(index, wired.rate, wired.cpuClass, this.cpuOf(number));
    const { memory } = this.image;
    memory.store(this.table.countAddress(index), BigInt(Math.floor(wired.rate * UPTIME_SECONDS) + (wired.stray ?? 0)));
    memory.store(this.table.countAddress(index + 1), BigInt(wired.stray ?? 0));
  }

  private fillMessages(nameOf: (number: number) => string): void {
    const { present, history } = this.image;
    const add = (handler: string, rate: number, cpuClass: CpuClass, cpu?: number): void => {
      const number = this.nextMessage++;
      const index = this.register(nameOf(number), number, cpu);
      this.handle(number, handler);
      this.move(index, rate, cpuClass, cpu ?? this.cpuOf(number));
    };
    // Drivers bind the queues of a device that has them, and nothing else.
    for (const [handler, rate] of deviceMessages) add(handler, rate, 'house');
    for (const { handler, most, rate, cpuClass } of queueMessages) {
      const served = present.slice(0, most);
      const weightOf = (cpu: number): number => history.weights[cpuClass][cpu] ?? 0;
      const all = served.reduce((sum, cpu) => sum + weightOf(cpu), 0);
      for (const [nth, cpu] of served.entries()) {
        add(`${handler}${nth}`, (rate * weightOf(cpu)) / all, cpuClass, cpu);
      }
    }
  }

  /** @param cpu that its driver binds it to */
  private register(name: string, number: number, cpu: number | undefined, flags = 0): number {
    const index = this.next;
    this.next += 2;
    const memory = this.image.heap.reserve(this.sourceSize, 64);
    const domain = domainOf(this.image, cpu ?? 0);
    const isMessage = number >= this.firstMessage;
    this.table.register(memory, { name, number, index, cpu, domain, isMessage, flags });
    return index;
  }

  /** That a source goes to. */
  private cpuOf(number: number): number {
    if (this.image.profile.machine !== 'amd64') return 0;
    return this.table.cpuOf(this.table.source(number)) ?? 0;
  }

  private handle(number: number, name: string): void {
    this.table.addHandler(this.table.source(number), this.image.heap.reserve(HANDLER_SIZE, 64), name);
  }

  /** One counter goes with one CPU's part of a kind of work. */
  private move(index: number, rate: number, cpuClass: CpuClass, cpu: number): void {
    const address = this.table.countAddress(index);
    this.image.memory.store(address, BigInt(Math.floor(rate * UPTIME_SECONDS)));
    if (rate === 0) return;
    const activity = { rate, cpuClass };
    this.image.values.push({
      address,
      stride: 0,
      activity,
      symbol: 'intrcnt',
      index,
      file: 'kernel',
      cpu,
      single: true,
    });
  }
}

export function interruptNodes(image: KernelImage): SysctlNode[] {
  const { memory, profile } = image;
  const bytes = (symbol: string, size: string): { source: bigint; count: number } => ({
    source: memory.load(image.addressOf(symbol)),
    count: Number(memory.load(image.addressOf(size))),
  });
  const nodes: SysctlNode[] = [
    { name: 'hw.intrcnt', kind: 'memory', ...bytes('intrcnt', 'sintrcnt'), width: 8 },
    { name: 'hw.intrnames', kind: 'memory', ...bytes('intrnames', 'sintrnames') },
  ];
  if (profile.machine !== 'amd64') return nodes;
  const at = (type: CType, path: string): number => offsetOf(type, path);
  const layout = [
    Number(memory.load(image.addressOf('num_io_irqs')) & 0xffff_ffffn),
    at(intsrc, 'is_event'),
    at(intsrc, 'is_count'),
    at(intsrc, 'is_index'),
    at(intsrc, 'is_cpu'),
    at(intsrc, 'is_domain'),
    at(intrEvent, 'ie_fullname'),
  ];
  return [...nodes, { name: 'hw.intrs', kind: 'interrupts', source: image.addressOf('interrupt_sources'), layout }];
}
