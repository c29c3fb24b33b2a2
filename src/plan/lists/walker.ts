/**
 * Walks a list once: which elements there are, and what they hold of what the plan looks at. A list may change while it is read, so nothing of
 * it is believed beyond what each element says of itself: a pointer that leads nowhere, or in a circle, ends the walk.
 */
import { addressPlus, isObjectAddress, kernelAddress, WORD_BYTES, type KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import type { Memory } from '../../kernel/memory.js';
import { loadInteger, readInteger } from '../../kernel/integers.js';
import type { ListPlan, Sequence, Slice, Span } from './listPlan.js';
import { readText, type KnownText } from '../../kernel/texts.js';

/** Elements of one list that are looked at: a list that goes on is no list. */
const MAX_ELEMENTS = 200_000;
/** Milliseconds that one walk may keep a CPU busy. Time in which others had the CPU says nothing of the list. */
const MAX_CPU_MILLISECONDS = 2000;
const GROWTH = 64;
const OUT_OF_MEMORY = "an element leads out of the kernel's memory";

/** Where a list begins, and in which vnet. */
export interface ListHead {
  readonly address: KernelAddress;
  /** Of the struct vnet; undefined where it is not known, or the symbol is in none. */
  readonly vnet: KernelAddress | undefined;
}

/** What is known of an element in one walk. `bytes` and `outerBytes` are overwritten by the next walk of the same walker. */
export interface Element {
  readonly address: KernelAddress;
  readonly bytes: Buffer;
  readonly outer: { readonly address: KernelAddress; readonly bytes: Buffer } | undefined;
  readonly head: ListHead;
  /** Of each key that is a text, that text; undefined for others, and for one that could not be read. */
  readonly texts: readonly (string | undefined)[];
}

/** An element of one walk after the other. */
interface Place extends Element {
  address: KernelAddress;
  bytes: Buffer;
  outer: Element['outer'];
  head: ListHead;
  readonly texts: (string | undefined)[];
  readonly known: (KnownText | undefined)[];
}

export class Walker {
  /** Those of the last walk. The next one uses the objects again. */
  readonly elements: Element[] = [];
  /** Why the last walk did not come to the end of a list; undefined where it did. */
  broken: string | undefined;
  /** True where that is the time which it took: another would take as long. */
  isTooLong = false;
  private readonly own: Arena;
  private readonly outers: Arena;
  private readonly textKeys: ListPlan['keys'];
  private readonly places: Place[] = [];
  private readonly seen = new Set<bigint>();
  private readonly seenInside = new Set<bigint>();
  private lastCpuTime = 0;

  constructor(
    private readonly plan: ListPlan,
    private readonly memory: Memory,
    private readonly lengthOf: (symbol: string) => KernelAddress | undefined,
  ) {
    this.own = new Arena(plan.span);
    this.outers = plan.inside === undefined ? this.own : new Arena(plan.span);
    if (plan.inside !== undefined) this.own = new Arena(plan.inside.span);
    this.textKeys = plan.keys.filter(({ as }) => as === 'text');
  }

  /** Fills `elements` from all lists, one after the other. Throws KvmError where a head cannot be read. */
  walk(heads: Iterable<ListHead>): void {
    this.elements.length = 0;
    this.broken = undefined;
    this.isTooLong = false;
    this.lastCpuTime = cpuMilliseconds() + MAX_CPU_MILLISECONDS;
    this.own.used = 0;
    this.outers.used = 0;
    for (const head of heads) this.walkFrom(head);
  }

  /** What a slice of an element holds, host byte order; of 1, 2, 4 or 8 bytes, unsigned. */
  valueOf(element: Element, slice: Slice): bigint {
    const bytes = this.bytesOf(element, slice);
    return loadInteger(bytes, 0, bytes.length);
  }

  bytesOf({ bytes, outer }: Element, { of, offset, size }: Slice): Buffer {
    if (of === 'element') {
      const { from } = this.plan.inside?.span ?? this.plan.span;
      return bytes.subarray(offset - from, offset - from + size);
    }
    const { from } = this.plan.span;
    return (outer?.bytes ?? bytes).subarray(offset - from, offset - from + size);
  }

  /** True where the slice does not hold what `bytes` has at `at`. Nothing is allocated for it. */
  differs({ bytes, outer }: Element, { of, offset, size }: Slice, other: Buffer, at: number): boolean {
    const { span, inside } = this.plan;
    const own = of === 'outer' ? (outer?.bytes ?? bytes) : bytes;
    const start = offset - (of === 'element' ? (inside?.span ?? span) : span).from;
    for (let index = 0; index < size; index++) if (own[start + index] !== other[at + index]) return true;
    return false;
  }

  private walkFrom(head: ListHead): void {
    const { sequence, inside, span } = this.plan;
    const found = (address: KernelAddress, { bytes, view }: Room): void => {
      if (inside === undefined) {
        this.add(address, bytes, undefined, head);
        return;
      }
      const outer = { address, bytes };
      // The list's head was read with the rest of the element that holds it: it is that of what its labels are from.
      const first = view.getBigUint64(inside.sequence.first - span.from, true);
      this.followLinks(inside.sequence.next, first, this.own, this.seenInside, (inner, room) => {
        this.add(inner, room.bytes, outer, head);
      });
    };
    if (sequence.kind === 'array') this.followArray(sequence, head.address, this.outers, found);
    else {
      const first = this.pointerAt(addressPlus(head.address, sequence.first));
      this.followLinks(sequence.next, first, this.outers, this.seen, found);
    }
  }

  private add(address: KernelAddress, bytes: Buffer, outer: Element['outer'], head: ListHead): void {
    const index = this.elements.length;
    let place = this.places[index];
    if (place === undefined) {
      place = { address, bytes, outer, head, texts: [], known: [] };
      this.places.push(place);
    } else {
      place.address = address;
      place.bytes = bytes;
      place.outer = outer;
      place.head = head;
    }
    for (let key = 0; key < this.textKeys.length; key++) {
      const known = readText(this.memory, this.valueOf(place, this.textKeys[key]!), place.known[key]);
      place.known[key] = known;
      place.texts[key] = known?.text;
    }
    this.elements.push(place);
  }

  /** Calls `found` for each element in turn. */
  private followLinks(
    next: number,
    first: bigint,
    arena: Arena,
    seen: Set<bigint>,
    found: (address: KernelAddress, room: Room) => void,
  ): void {
    const nextAt = next - arena.span.from;
    const run = arena.used;
    let isAsBefore = true;
    for (let at = first; at !== 0n;) {
      const room = arena.take();
      if (isAsBefore && (room.run !== run || room.address !== at)) {
        isAsBefore = false;
        arena.addressesFrom(run, seen);
      }
      // What was walked before, step by step, led in no circle.
      const mayFollow = isAsBefore ? this.hasTime(arena.used) : this.isAligned(at) && this.mayFollow(at, seen);
      if (!mayFollow) return;
      if (!isAsBefore) seen.add(at);
      if (!this.read(at as KernelAddress, run, room, arena)) return;
      // What the element leads to is read before anybody looks at it.
      const following = room.view.getBigUint64(nextAt, true);
      found(room.address, room);
      at = following;
    }
  }

  private followArray(
    { stride, count, length, behindPointer, ofPointers }: Extract<Sequence, { kind: 'array' }>,
    head: KernelAddress,
    arena: Arena,
    found: (address: KernelAddress, room: Room) => void,
  ): void {
    const start = behindPointer ? this.pointerAt(head) : head;
    // Not allocated yet.
    if (start === 0n) return;
    if (!isObjectAddress(start)) {
      this.broken = "its pointer does not lead into the kernel's memory";
      return;
    }
    const total = Math.min(count ?? Infinity, length === undefined ? Infinity : this.length(length));
    if (total > MAX_ELEMENTS) {
      this.broken = `it would have ${total} elements`;
      return;
    }
    const pointers = ofPointers ? new BigUint64Array(total) : undefined;
    // It may be freed for a longer one meanwhile.
    if (pointers !== undefined && total > 0 && !this.readOrBreak(start, pointers)) return;
    const { seen } = this;
    seen.clear();
    for (let index = 0; index < total; index++) {
      const at = pointers?.[index] ?? start + BigInt(index * stride);
      // While the kernel makes room in it, an element has two places.
      if (at === 0n || seen.has(at)) continue;
      if (ofPointers && !this.isAligned(at)) return;
      if (!this.mayFollow(at, seen)) return;
      seen.add(at);
      const room = arena.take();
      if (this.read(at, NO_RUN, room, arena)) found(at, room);
    }
  }

  private length({ symbol, format }: NonNullable<Extract<Sequence, { kind: 'array' }>['length']>): number {
    const address = this.lengthOf(symbol);
    if (address === undefined) throw new KvmError('kldsym', `there is no ${symbol}, which tells how long the array is`);
    return Number(readInteger(this.memory, address, Number(format.slice(1)) / 8));
  }

  /** What a pointer leads to is. */
  private isAligned(at: bigint): boolean {
    if (at % BigInt(WORD_BYTES) === 0n) return true;
    this.broken = OUT_OF_MEMORY;
    return false;
  }

  private mayFollow(at: bigint, seen: ReadonlySet<bigint>): at is KernelAddress {
    if (!isObjectAddress(at)) this.broken = OUT_OF_MEMORY;
    else if (seen.has(at)) this.broken = 'it leads in a circle';
    else if (seen.size >= MAX_ELEMENTS || this.elements.length >= MAX_ELEMENTS)
      this.broken = `it has more than ${MAX_ELEMENTS} elements`;
    else return this.hasTime(seen.size);
    return false;
  }

  /** @param steps that are done: the clock is dearer than most of them */
  private hasTime(steps: number): boolean {
    if (steps % GROWTH !== GROWTH - 1 || cpuMilliseconds() <= this.lastCpuTime) return true;
    this.broken = 'it takes too long to walk';
    this.isTooLong = true;
    return false;
  }

  /** Reads the element at `at` into a room. In nearly every walk it is the same as before, and so are the objects that tell where it is. */
  private read(at: KernelAddress, run: number, room: Room, { span }: Arena): boolean {
    room.run = run;
    if (room.address !== at) {
      room.address = at;
      room.start = addressPlus(at, span.from);
    }
    return room.bytes.length === 0 || this.readOrBreak(room.start, room.bytes);
  }

  private readOrBreak(address: KernelAddress, into: NodeJS.TypedArray): boolean {
    try {
      this.memory.read(address, into);
      return true;
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      this.broken = error.message;
      return false;
    }
  }

  private pointerAt(address: KernelAddress): bigint {
    return readInteger(this.memory, address);
  }
}

/** Of this process, which does little else while it walks. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Where the bytes of one element are read to. */
interface Room {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** The element that was read last, and where its bytes begin in the kernel. */
  address: KernelAddress;
  start: KernelAddress;
  /** Which list of links that was in: the room of its first element. */
  run: number;
}

const NOWHERE = kernelAddress(1n << 63n);
const NO_RUN = -1;

/** Room for the bytes of elements, used again by each walk. */
class Arena {
  used = 0;
  private readonly rooms: Room[] = [];

  constructor(readonly span: Span) {}

  take(): Room {
    const index = this.used++;
    if (index === this.rooms.length) {
      const { length } = this.span;
      const block = Buffer.alloc(length * GROWTH);
      for (let nth = 0; nth < GROWTH; nth++) {
        const bytes = block.subarray(nth * length, (nth + 1) * length);
        const view = new DataView(bytes.buffer, bytes.byteOffset, length);
        this.rooms.push({ bytes, view, address: NOWHERE, start: NOWHERE, run: NO_RUN });
      }
    }
    return this.rooms[index]!;
  }

  /** Has `into` hold the elements from the room `from` on, up to the one before that which was taken last. */
  addressesFrom(from: number, into: Set<bigint>): void {
    into.clear();
    for (let index = from; index < this.used - 1; index++) into.add(this.rooms[index]!.address);
  }
}
