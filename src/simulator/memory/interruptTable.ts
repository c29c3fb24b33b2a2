/** What the kernel does to its table of interrupts: registers sources, gives them handlers, and keeps their names. */
import { array, char, offsetOf, sizeOf, struct, type StructType } from '../model/ctypes.js';
import { EVENT_NAME, interruptNameSize, intrEvent, intrHandler, intrIrqsrc, intsrc } from '../model/interruptTypes.js';
import type { Words } from './words.js';

export interface InterruptMachine {
  readonly machine: 'amd64' | 'arm64';
  readonly maxCpus: number;
}

export interface SourceDescription {
  /** `irq9` or `gic0,s9`. */
  readonly name: string;
  /** Its place in the table of sources. */
  readonly number: number;
  /** Of its counter; that of stray interrupts follows. */
  readonly index: number;
  readonly cpu: number;
  readonly domain: number;
  /** `INTR_ISRCF_*`, on arm64. */
  readonly flags?: number;
}

/** The memory of one source: it, and its event. */
export function sourceMemory({ machine, maxCpus }: InterruptMachine): StructType {
  return struct('sim_interrupt_source', {
    source: machine === 'amd64' ? intsrc : intrIrqsrc(maxCpus),
    event: intrEvent,
    __pad: array(char, 16),
  });
}

export class InterruptTable {
  readonly nameSize: number;
  /** Names of a source's members, and what they lie in. */
  private readonly own: StructType;
  private readonly isArm: boolean;

  /** @param places where the counters, their names and the pointers to the sources begin */
  constructor(
    private readonly words: Words,
    machine: InterruptMachine,
    private readonly places: { readonly counts: bigint; readonly names: bigint; readonly sources: bigint },
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

  register(memory: bigint, { name, number, index, cpu, domain, flags = 0 }: SourceDescription): void {
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
      put(`source.isrc_cpu[${Math.floor(cpu / 64)}]`, 1n << BigInt(cpu % 64));
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
    put('source.is_cpu', BigInt(cpu), 4);
    this.setName(index + 1, `stray ${name}`);
    this.createEvent(memory, `${name}:`, number);
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
  }

  /** Takes the first handler of that name off its source; returns where it lies. */
  removeHandler(source: bigint, name: string): bigint | undefined {
    let link = this.at(source, 'event.ie_handlers');
    for (const handler of this.handlers(source)) {
      if (this.handlerName(handler) === name) {
        this.words.store(link, this.words.load(handler + NEXT));
        this.countHandlers(source, -1);
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
