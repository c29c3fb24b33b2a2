/**
 * Walks a list once: which elements there are, and what they hold of what the plan looks at. A list may change while it is read, so nothing of
 * it is believed beyond what each element says of itself: a pointer that leads nowhere, or in a circle, ends the walk.
 */
import { addressPlus, isObjectAddress, kernelAddress, WORD_BYTES, type KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import type { Memory } from '../../kernel/memory.js';
import { loadInteger, readInteger } from '../../kernel/integers.js';
import type {
  ArrayOf,
  LeadingCondition,
  LengthMember,
  LengthSymbol,
  Level,
  Links,
  ListPlan,
  PlainCondition,
  Slice,
  Table,
  Tree,
} from './listPlan.js';
import { Arena, type Room, type WalkedNode } from './rooms.js';
import { readFailure } from '../../kernel/readFailure.js';
import { readText, type KnownText } from '../../kernel/texts.js';

/** Elements of one list that are looked at: a list that goes on is no list. */
const MAX_ELEMENTS = 200_000;
/** Milliseconds that one walk may keep a CPU busy. Time in which others had the CPU says nothing of the list. */
const MAX_CPU_MILLISECONDS = 2000;
const GROWTH = 64;
const NO_RUN = -1;
/** Above that it is cheaper to have them compared than to compare them one by one. */
const MANY_BYTES = 24;
const OUT_OF_MEMORY = "an element leads out of the kernel's memory";

/** Where a list begins, and in which vnet. */
export interface ListHead {
  readonly address: KernelAddress;
  /** Of the struct vnet; undefined where it is not known, or the symbol is in none. */
  readonly vnet: KernelAddress | undefined;
}

/** What is known of an element in one walk. Bytes, its own and those of what holds it, are overwritten by the next walk of the same walker. */
export interface Element extends WalkedNode {
  readonly head: ListHead;
  /** Of each key that is a text behind a pointer, that text; undefined for one that could not be read. */
  readonly texts: readonly (string | undefined)[];
}

/** An element of one walk after the other. */
interface Place extends Element {
  room: Room;
  head: ListHead;
  readonly texts: (string | undefined)[];
  readonly known: (KnownText | undefined)[];
}

/** What a level is walked with, from one walk to the next. */
interface LevelWalk {
  readonly level: Level;
  readonly arena: Arena;
  readonly seen: Set<bigint>;
  pointers: BigUint64Array<ArrayBuffer>;
}

/** What a level's elements are in: the symbol, which is read as it is asked, or an element. */
interface Holder {
  readonly address: KernelAddress;
  /** What it has at an offset, unsigned. */
  word(offset: number, size: number): bigint;
}

export class Walker {
  /** Those of the last walk. The next one uses the objects again. */
  readonly elements: Element[] = [];
  /** Why the last walk did not come to the end of a list; undefined where it did. */
  broken: string | undefined;
  /** True where that is the time which it took: another would take as long. */
  isTooLong = false;
  private readonly levels: readonly LevelWalk[];
  private readonly textKeys: ListPlan['keys'];
  private readonly places: Place[] = [];
  private head: ListHead | undefined;
  private lastCpuTime = 0;

  constructor(
    plan: ListPlan,
    private readonly memory: Memory,
    private readonly addressOf: (symbol: string) => KernelAddress | undefined,
  ) {
    this.levels = plan.levels.map((level) => ({
      level,
      arena: new Arena(level.span, GROWTH),
      seen: new Set(),
      pointers: new BigUint64Array(0),
    }));
    this.textKeys = plan.keys.filter(({ as }) => as === 'text');
  }

  /** Fills `elements` from all lists, one after the other. Throws KvmError where a head cannot be read. */
  walk(heads: Iterable<ListHead>): void {
    this.elements.length = 0;
    this.broken = undefined;
    this.isTooLong = false;
    this.lastCpuTime = cpuMilliseconds() + MAX_CPU_MILLISECONDS;
    for (const { arena } of this.levels) arena.used = 0;
    for (const head of heads) {
      this.head = head;
      const { address } = head;
      const word = (offset: number, size: number): bigint =>
        readInteger(this.memory, addressPlus(address, offset), size);
      this.descend(0, { address, word }, undefined);
    }
  }

  /** What a slice of an element holds, host byte order; of 1, 2, 4 or 8 bytes, unsigned. */
  valueOf(element: WalkedNode, slice: Slice): bigint {
    const bytes = this.bytesOf(element, slice);
    return loadInteger(bytes, 0, bytes.length);
  }

  bytesOf(element: WalkedNode, { up, offset, size }: Slice): Buffer {
    const { bytes, from } = nodeAt(element, up);
    return bytes.subarray(offset - from, offset - from + size);
  }

  /** True where the slice does not hold what `other` has at `at`. Nothing is allocated for it. */
  differs(element: WalkedNode, { up, offset, size }: Slice, other: Buffer, at: number): boolean {
    const { bytes, from } = nodeAt(element, up);
    const start = offset - from;
    if (size > MANY_BYTES) return bytes.compare(other, at, at + size, start, start + size) !== 0;
    for (let index = 0; index < size; index++) if (bytes[start + index] !== other[at + index]) return true;
    return false;
  }

  /** Walks what is in a holder, on one level. */
  private descend(depth: number, holder: Holder, outer: Room | undefined): void {
    const walk = this.levels[depth]!;
    const { sequence } = walk.level;
    const found = (room: Room): void => {
      room.outer = outer;
      if (depth === this.levels.length - 1) this.add(room);
      else if (this.holdsAll(walk.level.only, room)) this.descend(depth + 1, room, room);
    };
    switch (sequence.kind) {
      case 'links': {
        const first = this.firstOf(sequence, holder);
        if (first !== undefined) this.followLinks(walk, sequence.next, first, found);
        return;
      }
      case 'array':
        this.followArray(walk, sequence, holder, found);
        return;
      case 'tree':
        this.followTree(walk, sequence, holder, found);
        return;
      case 'table':
        this.followTable(walk, sequence, holder, found);
        return;
      case 'pointer': {
        const at = holder.word(sequence.at, WORD_BYTES);
        walk.seen.clear();
        if (at !== 0n && this.isAligned(at) && this.mayFollow(at, walk.seen)) this.meet(walk, at, NO_RUN, found);
      }
    }
  }

  /** Where the first of a list is; undefined where that could not be read. */
  private firstOf({ first, through }: Links, holder: Holder): bigint | undefined {
    if (through === undefined) return holder.word(first, WORD_BYTES);
    const head = holder.word(through, WORD_BYTES);
    if (head === 0n) return 0n;
    if (!isObjectAddress(head)) {
      this.broken = OUT_OF_MEMORY;
      return undefined;
    }
    const into = new BigUint64Array(1);
    return this.readOrBreak(addressPlus(head, first), into) ? into[0] : undefined;
  }

  private add(room: Room): void {
    const { elements } = this;
    const head = this.head!;
    let place = this.places[elements.length];
    if (place === undefined) {
      place = new PlaceOf(room, head);
      this.places.push(place);
    } else {
      place.room = room;
      place.head = head;
    }
    for (let key = 0; key < this.textKeys.length; key++) this.readTextOf(place, key);
    elements.push(place);
  }

  private readTextOf(place: Place, index: number): void {
    const key = this.textKeys[index]!;
    const pointer = this.valueOf(place, key);
    const { into } = key as Extract<typeof key, { as: 'text' }>;
    // What has no such thing has no such text.
    const isNone = into !== undefined && pointer === 0n;
    const at = BigInt.asUintN(64, pointer + BigInt(into ?? 0));
    const known = isNone ? undefined : readText(this.memory, at, place.known[index]);
    place.known[index] = known;
    place.texts[index] = isNone ? '' : known?.text;
  }

  /** Calls `found` for each element in turn. */
  private followLinks(walk: LevelWalk, next: number, first: bigint, found: (room: Room) => void): void {
    const { arena, seen } = walk;
    const run = arena.used;
    let isAsBefore = true;
    for (let at = first; at !== 0n;) {
      const room = arena.peek();
      if (isAsBefore && (room.run !== run || room.address !== at)) {
        isAsBefore = false;
        arena.addressesFrom(run, seen);
      }
      // What was walked before, step by step, led in no circle.
      const mayFollow = isAsBefore ? this.hasTime(arena.used + 1) : this.isAligned(at) && this.mayFollow(at, seen);
      if (!mayFollow) return;
      if (!isAsBefore) seen.add(at);
      arena.used++;
      if (!this.read(at as KernelAddress, run, room)) return;
      // What the element leads to is read before anybody looks at it.
      const following = room.word(next, WORD_BYTES);
      found(room);
      at = following;
    }
  }

  private followArray(walk: LevelWalk, sequence: ArrayOf, holder: Holder, found: (room: Room) => void): void {
    const { at: offset, stride, count, length, member, behindPointer, ofPointers } = sequence;
    const start = behindPointer ? holder.word(offset, WORD_BYTES) : addressPlus(holder.address, offset);
    // Not allocated yet.
    if (start === 0n) return;
    if (!isObjectAddress(start)) {
      this.broken = "its pointer does not lead into the kernel's memory";
      return;
    }
    const total = Math.min(
      count ?? Infinity,
      length === undefined ? Infinity : this.length(length),
      member === undefined ? Infinity : lengthIn(member, holder),
    );
    if (!this.mayHave(total)) return;
    // It may be freed for a longer one meanwhile.
    const pointers = ofPointers ? this.pointersAt(walk, start, total) : undefined;
    if (ofPointers && pointers === undefined) return;
    const { seen } = walk;
    seen.clear();
    for (let index = 0; index < total; index++) {
      const at = pointers?.[index] ?? start + BigInt(index * stride);
      // While the kernel makes room in it, an element has two places.
      if (at === 0n || seen.has(at)) continue;
      if (ofPointers && !this.isAligned(at)) return;
      if (!this.mayFollow(at, seen)) return;
      seen.add(at);
      this.meet(walk, at, NO_RUN, found, index);
    }
  }

  private followTree(walk: LevelWalk, sequence: Tree, holder: Holder, found: (room: Room) => void): void {
    const { root, left, right, beside } = sequence;
    const { seen } = walk;
    seen.clear();
    if (beside !== undefined) this.meet(walk, this.placeBeside(beside, holder), NO_RUN, found);
    for (const stack = [holder.word(root, WORD_BYTES)]; stack.length > 0;) {
      const at = stack.pop()!;
      if (at === 0n) continue;
      if (!this.isAligned(at) || !this.mayFollow(at, seen)) return;
      seen.add(at);
      this.meet(walk, at, NO_RUN, (room) => {
        stack.push(room.word(right, WORD_BYTES), room.word(left, WORD_BYTES));
        found(room);
      });
    }
  }

  private placeBeside({ symbol, of }: NonNullable<Tree['beside']>, { address }: Holder): KernelAddress {
    const [own, other] = [this.addressOf(symbol), this.addressOf(of)];
    if (own === undefined || other === undefined) throw new KvmError('kldsym', `there is no ${symbol}`);
    return kernelAddress(address + own - other);
  }

  private followTable(walk: LevelWalk, { at, length, next }: Table, holder: Holder, found: (room: Room) => void): void {
    const start = holder.word(at, WORD_BYTES);
    if (start === 0n) return;
    if (!isObjectAddress(start)) {
      this.broken = "its pointer does not lead into the kernel's memory";
      return;
    }
    const total = lengthIn(length, holder);
    if (!this.mayHave(total)) return;
    const pointers = this.pointersAt(walk, start, total);
    for (const first of pointers ?? []) if (first !== 0n) this.followLinks(walk, next, first, found);
  }

  private mayHave(total: number): boolean {
    if (total <= MAX_ELEMENTS) return true;
    this.broken = `it would have ${total} elements`;
    return false;
  }

  /** Pointers side by side, until others of the same level are read; undefined where they could not be. */
  private pointersAt(walk: LevelWalk, start: KernelAddress, total: number): BigUint64Array | undefined {
    if (walk.pointers.length !== total) walk.pointers = new BigUint64Array(total);
    return total === 0 || this.readOrBreak(start, walk.pointers) ? walk.pointers : undefined;
  }

  private length({ symbol, format, beside, times = 1 }: LengthSymbol): number {
    const address = this.addressOf(symbol);
    const head = beside === undefined ? undefined : this.addressOf(beside);
    if (address === undefined) throw new KvmError('kldsym', `there is no ${symbol}, which tells how long the array is`);
    const at = head === undefined ? address : addressPlus(this.head!.address, Number(address - head));
    return times * Number(readInteger(this.memory, at, Number(format.slice(1)) / 8));
  }

  /** Conditions on what only leads to elements. */
  private holdsAll(conditions: readonly LeadingCondition[], node: WalkedNode): boolean {
    return conditions.every((condition) => {
      const value = this.valueOf(node, condition);
      if (condition.is !== 'symbol') return isMet(condition, value, node);
      const address = this.addressOf(condition.symbol);
      // Without it nobody knows what leads anywhere: that is not the same as that nothing does.
      if (address === undefined) throw new KvmError('kldsym', `there is no ${condition.symbol}`);
      return value === address;
    });
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

  /** Reads an element, and calls `found` with it where that went well. */
  private meet({ arena }: LevelWalk, at: KernelAddress, run: number, found: (room: Room) => void, index = 0): void {
    const room = arena.peek();
    arena.used++;
    if (!this.read(at, run, room)) return;
    room.index = index;
    found(room);
  }

  /** Reads the element at `at` into a room. In nearly every walk it is the same as before, and so are the objects that tell where it is. */
  private read(at: KernelAddress, run: number, room: Room): boolean {
    room.run = run;
    if (room.address !== at) {
      room.address = at;
      room.start = addressPlus(at, room.from);
    }
    if (room.pieces !== undefined)
      return room.pieces.every(({ at: within, bytes }) => this.readOrBreak(addressPlus(room.start, within), bytes));
    return room.bytes.length === 0 || this.readOrBreak(room.start, room.bytes);
  }

  private readOrBreak(address: KernelAddress, into: NodeJS.TypedArray): boolean {
    const failure = readFailure(this.memory, address, into);
    if (failure === undefined) return true;
    this.broken = failure.message;
    return false;
  }
}

class PlaceOf implements Place {
  readonly texts: (string | undefined)[] = [];
  readonly known: (KnownText | undefined)[] = [];

  constructor(
    public room: Room,
    public head: ListHead,
  ) {}

  get address(): KernelAddress {
    return this.room.address;
  }

  get bytes(): Buffer {
    return this.room.bytes;
  }

  get from(): number {
    return this.room.from;
  }

  get outer(): WalkedNode | undefined {
    return this.room.outer;
  }

  get index(): number {
    return this.room.index;
  }
}

/** What holds an element, so many levels up. */
export function nodeAt(element: WalkedNode, up: number): WalkedNode {
  let node = element;
  for (let level = 0; level < up; level++) node = node.outer ?? node;
  return node;
}

/** @param value what a node has where the condition looks */
export function isMet(condition: PlainCondition, value: bigint, node: WalkedNode): boolean {
  if (condition.is === 'address') return value === nodeAt(node, condition.levels).address;
  return (condition.mask === undefined ? value : value & condition.mask) === condition.value;
}

function lengthIn({ offset, size, mask }: LengthMember, holder: Holder): number {
  return Number(holder.word(offset, size)) + (mask ? 1 : 0);
}

/** Of this process, which does little else while it walks. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
