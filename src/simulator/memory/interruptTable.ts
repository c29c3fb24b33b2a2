/** What the kernel does to its table of interrupts: registers sources, gives them handlers, and keeps their names. */
import { apicIdOf } from '../model/cpuTypes.js';
import { array, char, offsetOf, sizeOf, struct, type StructType } from '../model/ctypes.js';
import {
  EVENT_NAME,
  interruptNameSize,
  intrEvent,
  intrHandler,
  intrIrqsrc,
  intsrc,
  ioapicIntsrc,
  msiIntsrc,
} from '../model/interruptTypes.js';
import type { Words } from './words.js';

export interface InterruptMachine {
  readonly machine: 'amd64' | 'arm64';
  readonly release: number;
  readonly maxCpus: number;
  /** The ids of the CPUs that exist. */
  readonly present: readonly number[];
}

/** Where what the table consists of begins, and on amd64 the controllers, and whose turn it is. */
export interface InterruptPlaces {
  readonly counts: bigint;
  readonly names: bigint;
  /** The pointers to the sources. */
  readonly sources: bigint;
  readonly amd64: { readonly ioapic: bigint; readonly msi: bigint; readonly current: bigint } | undefined;
}

export interface SourceDescription {
  /** `irq9` or `gic0,s9`. */
  readonly name: string;
  /** Its place in the table of sources. */
  readonly number: number;
  /** Of its counter; that of stray interrupts follows. */
  readonly index: number;
  /** That it is bound to; undefined where nobody has bound it, so that the kernel chose. */
  readonly cpu: number | undefined;
  readonly domain: number;
  /** True for a message; a line is given a CPU when it gets a handler. */
  readonly isMessage: boolean;
  /** `INTR_ISRCF_*`, on arm64. */
  readonly flags?: number;
}

/** As much as the larger of the controllers' parts needs. */
const CONTROLLER_PART = 56;
/** What a source's first vector is; nobody asks which. */
const VECTOR = 0x30n;

/** The memory of one source: it, and its event. */
export function sourceMemory({ machine, maxCpus }: Pick<InterruptMachine, 'machine' | 'maxCpus'>): StructType {
  return struct('sim_interrupt_source', {
    ...(machine === 'amd64'
      ? { source: intsrc, controller: array(char, CONTROLLER_PART) }
      : { source: intrIrqsrc(maxCpus) }),
    event: intrEvent,
    __pad: array(char, 16),
  });
}

export class InterruptTable {
  readonly nameSize: number;
  /** Names of a source's members, and what they lie in. */
  private readonly own: StructType;
  private readonly isArm: boolean;

  constructor(
    private readonly words: Words,
    private readonly machine: InterruptMachine,
    private readonly places: InterruptPlaces,
  ) {
    this.nameSize = interruptNameSize(machine.machine);
    this.own = sourceMemory(machine);
    this.isArm = machine.machine === 'arm64';
  }

  setName(index: number, name: string): void {
    const room = this.nameSize - 1;
    this.words.storeText(this.places.names + BigInt(index * this.nameSize), name.slice(0, room).padEnd(room));
  }

  /** True where a counter has been given a name: it is somebody's. */
  isNamed(index: number): boolean {
    return (this.words.load(this.places.names + BigInt(index * this.nameSize)) & 0xffn) !== 0n;
  }

  countAddress(index: number): bigint {
    return this.places.counts + BigInt(8 * index);
  }

  /** The address of a source; 0 where there is none of that number. */
  source(number: number): bigint {
    return this.words.load(this.places.sources + BigInt(8 * number));
  }

  register(memory: bigint, description: SourceDescription): void {
    const { name, number, index, cpu, domain, isMessage, flags = 0 } = description;
    const put = (path: string, value: bigint, size = 8): void => {
      this.words.store(this.at(memory, path), value, size);
    };
    const count = this.countAddress(index);
    this.words.store(this.places.sources + BigInt(8 * number), memory);
    this.setName(index, `${name}:`);
    if (this.isArm) {
      put('source.isrc_irq', BigInt(number), 4);
      put('source.isrc_flags', BigInt(flags), 4);
      this.words.storeText(this.at(memory, 'source.isrc_name'), name);
      const own = cpu ?? 0;
      put(`source.isrc_cpu[${Math.floor(own / 64)}]`, 1n << BigInt(own % 64));
      put('source.isrc_index', BigInt(index), 4);
      put('source.isrc_count', count);
      this.setName(index + 1, `stray ${name}:`);
      // It has no event before it has a handler.
      return;
    }
    put('source.is_count', count);
    put('source.is_straycount', count + 8n);
    put('source.is_index', BigInt(index), 4);
    put('source.is_domain', BigInt(domain), 4);
    const { ioapic, msi } = this.onAmd64;
    put('source.is_pic', isMessage ? msi : ioapic);
    this.setName(index + 1, `stray ${name}`);
    this.createEvent(memory, `${name}:`, number);
    // is_cpu stays 0, wherever a message is sent from the start.
    if (isMessage) this.send(memory, this.nextCpu());
    if (cpu !== undefined) this.bind(memory, cpu);
  }

  /** Binds a source of amd64, as cpuset(1) does it with -x; without a CPU it goes on as it does, and is nobody's. */
  bind(source: bigint, cpu: number | undefined): void {
    if (cpu !== undefined) this.move(source, cpu);
    this.words.store(this.at(source, 'event.ie_cpu'), BigInt(cpu ?? -1), 4);
  }

  /** As hw.intrbalance does it. */
  move(source: bigint, cpu: number): void {
    this.send(source, cpu);
    this.words.store(this.at(source, 'source.is_cpu'), BigInt(cpu), 4);
  }

  /** The CPU that a source of amd64 goes to, by what its controller is programmed with; undefined where it goes nowhere. */
  cpuOf(source: bigint): number | undefined {
    const { vector, target } = this.partOf(source);
    if ((this.words.load(vector) & 0xffn) === 0n) return undefined;
    const apic = Number(this.words.load(target) & 0xffff_ffffn);
    return this.machine.present.find((cpu) => apicIdOf(cpu) === apic);
  }

  /** What the controller is programmed with: the next vector of that CPU. */
  private send(source: bigint, cpu: number): void {
    const { vector, target } = this.partOf(source);
    this.words.store(target, BigInt(apicIdOf(cpu)), 4);
    this.words.store(vector, VECTOR, 1);
  }

  /** Takes turns among the CPUs, as intr_next_cpu() does it. */
  private nextCpu(): number {
    const { current } = this.onAmd64;
    const { present } = this.machine;
    const cpu = Number(this.words.load(current) & 0xffff_ffffn);
    this.words.store(current, BigInt(present.find((id) => id > cpu) ?? present[0] ?? 0), 4);
    return cpu;
  }

  private isLine(source: bigint): boolean {
    return !this.isArm && this.words.load(this.at(source, 'source.is_pic')) !== this.onAmd64.msi;
  }

  private partOf(source: bigint): { readonly vector: bigint; readonly target: bigint } {
    const msi = msiIntsrc(this.machine.release);
    const at = this.isLine(source)
      ? [offsetOf(ioapicIntsrc, 'io_vector'), offsetOf(ioapicIntsrc, 'io_cpu')]
      : [offsetOf(msi, 'msi_vector'), offsetOf(msi, 'msi_cpu')];
    const [vector = 0n, target = 0n] = at.map((offset) => source + BigInt(offset));
    return { vector, target };
  }

  private get onAmd64(): NonNullable<InterruptPlaces['amd64']> {
    if (this.places.amd64 === undefined) throw new Error('only amd64 has controllers that are known');
    return this.places.amd64;
  }

  /** @param memory where the handler is to lie */
  addHandler(source: bigint, memory: bigint, name: string): void {
    const { words } = this;
    if (this.isArm && words.load(this.at(source, 'source.isrc_event')) === 0n) {
      const number = Number(words.load(this.at(source, 'source.isrc_irq')) & 0xffff_ffffn);
      this.createEvent(source, `${textAt(words, this.at(source, 'source.isrc_name'))}:`, number);
    }
    words.storeText(memory + BigInt(offsetOf(intrHandler, 'ih_name')), name.slice(0, EVENT_NAME - 1));
    words.store(memory + BigInt(offsetOf(intrHandler, 'ih_event')), this.at(source, 'event'));
    words.store(memory + NEXT, 0n);
    const last = this.handlers(source).at(-1);
    words.store(last === undefined ? this.at(source, 'event.ie_handlers') : last + NEXT, memory);
    this.countHandlers(source, 1);
    this.updateName(source);
    // A line without a vector is given to the next CPU, whomever it was bound to: neither is_cpu nor ie_cpu says so.
    if (this.isLine(source) && this.cpuOf(source) === undefined) this.send(source, this.nextCpu());
  }

  /** Takes the first handler of that name off its source; returns where it lies. */
  removeHandler(source: bigint, name: string): bigint | undefined {
    let link = this.at(source, 'event.ie_handlers');
    for (const handler of this.handlers(source)) {
      if (this.handlerName(handler) === name) {
        this.words.store(link, this.words.load(handler + NEXT));
        this.countHandlers(source, -1);
        if (this.isLine(source) && this.handlers(source).length === 0) {
          this.words.store(this.partOf(source).vector, 0n, 1);
        }
        this.updateName(source);
        return handler;
      }
      link = handler + NEXT;
    }
    return undefined;
  }

  handlers(source: bigint): bigint[] {
    const found: bigint[] = [];
    for (let at = this.words.load(this.at(source, 'event.ie_handlers')); at !== 0n; at = this.words.load(at + NEXT)) {
      found.push(at);
    }
    return found;
  }

  handlerName(handler: bigint): string {
    return textAt(this.words, handler + BigInt(offsetOf(intrHandler, 'ih_name')));
  }

  indexOf(source: bigint): number {
    return Number(
      this.words.load(this.at(source, this.isArm ? 'source.isrc_index' : 'source.is_index')) & 0xffff_ffffn,
    );
  }

  private createEvent(memory: bigint, name: string, number: number): void {
    this.words.store(this.at(memory, this.isArm ? 'source.isrc_event' : 'source.is_event'), this.at(memory, 'event'));
    this.words.storeText(this.at(memory, 'event.ie_name'), name);
    this.words.storeText(this.at(memory, 'event.ie_fullname'), name);
    this.words.store(this.at(memory, 'event.ie_source'), memory);
    this.words.store(this.at(memory, 'event.ie_irq'), BigInt(number), 4);
    // NOCPU: bound to none.
    this.words.store(this.at(memory, 'event.ie_cpu'), -1n, 4);
  }

  private countHandlers(source: bigint, more: number): void {
    const at = this.at(source, this.isArm ? 'source.isrc_handlers' : 'source.is_handlers');
    this.words.store(at, (this.words.load(at) & 0xffff_ffffn) + BigInt(more), 4);
  }

  /** The name that the event makes of its own and its handlers' is the counter's. */
  private updateName(source: bigint): void {
    const names = this.handlers(source).map((handler) => this.handlerName(handler));
    const full = fullName(textAt(this.words, this.at(source, 'event.ie_name')), names);
    this.words.storeText(this.at(source, 'event.ie_fullname'), full);
    this.setName(this.indexOf(source), full);
  }

  private at(source: bigint, path: string): bigint {
    return source + BigInt(offsetOf(this.own, path));
  }
}

const NEXT = BigInt(offsetOf(intrHandler, 'ih_next'));
export const HANDLER_SIZE = sizeOf(intrHandler);

/** What intr_event_update() makes of them: names that do not fit are a `+` each, the end of the only one behind a `-`. */
export function fullName(event: string, handlers: readonly string[]): string {
  const room = EVENT_NAME - 1;
  let full = event;
  let missed = 0;
  let hasName = false;
  for (const handler of handlers) {
    if (full.length + handler.length + 1 <= room) {
      full += ` ${handler}`;
      hasName = true;
    } else missed++;
  }
  const [only] = handlers;
  if (missed === 1 && !hasName && only !== undefined) {
    const cut = full.length + only.length + 1 - room;
    return `${full}${cut === 0 ? ' ' : '-'}${only.slice(cut)}`;
  }
  for (; missed > 0; missed--) {
    if (full.length === room) {
      const isMarked = full.endsWith('+');
      full = full.slice(0, -1) + (isMarked ? '*' : '+');
      if (isMarked) break;
    } else {
      full += hasName ? '+' : ' +';
      hasName = true;
    }
  }
  return full;
}

function textAt(words: Words, address: bigint): string {
  let text = '';
  for (let at = address; text.length < EVENT_NAME; at++) {
    const byte = Number(words.load(at) & 0xffn);
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
