/** Damage to the file of a dump, of each kind that a copy, a disk or a full file system can do to it, and some that only malice would. */
import type { Random } from '../random.js';
import type { DumpParts } from './dumpParts.js';

const PAGE = 4096;

interface Edit {
  readonly at: number;
  readonly bytes: Buffer;
}

export interface Damage {
  readonly kind: Kind;
  readonly what: string;
  readonly edits: readonly Edit[];
  /** The file's new length, cut or filled with zeros; undefined where it stays. */
  readonly length?: number;
}

const kinds = {
  header: (_, bytes, random) => randomBytes(bytes, random, 24, 80),
  ranges: (parts, bytes, random) => randomBytes(bytes, random, parts.ranges[0], parts.ranges[0] + 64),
  'a bit of the bitmap': ({ bitmap, bits }, bytes, random) =>
    flips(bytes, bitmap[0], [random.chance(0.5) ? random.pick(bits) : near(bits, random)]),
  'two bits that cancel out': ({ bitmap, bits }, bytes, random) => pair(bytes, bitmap[0], bits, random),
  'bytes of the bitmap': ({ bitmap }, bytes, random) => randomBytes(bytes, random, ...bitmap),
  directories: ({ directory }, bytes, random) => entries(directory, bytes, random),
  'entries of page tables swapped': ({ entries: all }, bytes, random) => swap(all, bytes, random),
  'page tables': ({ entries: all }, bytes, random) => entries(all, bytes, random),
  'cut off': ({ pages }, bytes, random) => ({
    edits: [],
    length: random.chance(0.5)
      ? random.below(bytes.length)
      : bytes.length - random.below(Math.min(100, (pages[1] - pages[0]) / PAGE)) * PAGE - random.below(2) * 512,
  }),
  'something appended': (_, bytes, random) => {
    const more = Buffer.from(Array.from({ length: random.pick([1, 512, PAGE, 3 * PAGE]) }, () => random.below(256)));
    return { edits: [{ at: bytes.length, bytes: more }], length: bytes.length + more.length };
  },
  'a page lost': ({ pages }, bytes, random) => {
    const at = pageIn(pages, random);
    return { edits: [{ at, bytes: bytes.subarray(at + PAGE) }], length: bytes.length - PAGE };
  },
  'a page twice': ({ pages }, bytes, random) => {
    const at = pageIn(pages, random);
    return { edits: [{ at: at + PAGE, bytes: bytes.subarray(at) }], length: bytes.length + PAGE };
  },
  'a page lost with its bit': ({ pages, bitmap, bits }, bytes, random) => {
    const nth = random.below(bits.length);
    const at = pages[0] + nth * PAGE;
    const { edits } = flips(bytes, bitmap[0], [bits[nth]!]);
    return { edits: [...edits, { at, bytes: bytes.subarray(at + PAGE) }], length: bytes.length - PAGE };
  },
  'pages swapped': ({ pages }, bytes, random) => {
    const [one, other] = [pageIn(pages, random), pageIn(pages, random)];
    return { edits: [copy(bytes, one, other), copy(bytes, other, one)] };
  },
  'a page in place of another': ({ pages }, bytes, random) => ({
    edits: [copy(bytes, pageIn(pages, random), pageIn(pages, random))],
  }),
  'bytes anywhere': ({ pages }, bytes, random) => randomBytes(bytes, random, ...pages),
} as const satisfies Record<
  string,
  (parts: DumpParts, bytes: Buffer, random: Random) => { readonly edits: readonly Edit[]; readonly length?: number }
>;

type Kind = keyof typeof kinds;

/**
 * What a reader cannot notice: contents of pages have no second witness, and two entries that have changed places lead each to a page which
 * is there, and to which nothing else leads.
 */
const UNSEEN: ReadonlyMap<Kind, 'data' | 'swap'> = new Map([
  ['pages swapped', 'data'],
  ['a page in place of another', 'data'],
  ['bytes anywhere', 'data'],
  ['entries of page tables swapped', 'swap'],
]);

/** Why wrong values of it are no fault; undefined where they are. */
export function unseen({ kind }: Damage): 'data' | 'swap' | undefined {
  return UNSEEN.get(kind);
}

/** One of all kinds, at a place of the random numbers' choice. */
export function damages(parts: DumpParts, bytes: Buffer, random: Random): Damage {
  const possible = (Object.keys(kinds) as Kind[]).filter(
    (kind) => kind !== 'ranges' || parts.ranges[0] < parts.ranges[1],
  );
  const kind = random.pick(possible);
  const made: { readonly edits: readonly Edit[]; readonly length?: number } = kinds[kind](parts, bytes, random);
  const places = made.edits
    .slice(0, 4)
    .map(({ at, bytes: put }) => `0x${at.toString(16)}=${put.toString('hex', 0, 8)}`);
  return { kind, what: `${kind} ${made.length ?? ''} ${places.join(' ')}`, ...made };
}

function randomBytes(bytes: Buffer, random: Random, start: number, end: number): { edits: Edit[] } {
  const count = 1 + random.below(4);
  return {
    edits: Array.from({ length: count }, () => {
      const at = start + random.below(end - start);
      const old = bytes[at]!;
      const byte = random.pick([old ^ (1 << random.below(8)), random.below(256), 0, 0xff, swapped(old)]);
      return { at, bytes: Buffer.of(byte) };
    }),
  };
}

/** As many bits, at other places. */
function swapped(byte: number): number {
  return ((byte << 4) | (byte >> 4)) & 0xff;
}

function flips(bytes: Buffer, start: number, bits: readonly number[]): { edits: Edit[] } {
  const changed = new Map<number, number>();
  for (const bit of bits) {
    const at = start + (bit >> 3);
    changed.set(at, (changed.get(at) ?? bytes[at]!) ^ (1 << (bit & 7)));
  }
  return { edits: [...changed].map(([at, byte]) => ({ at, bytes: Buffer.of(byte) })) };
}

/** A bit near one that is set. */
function near(bits: readonly number[], random: Random): number {
  return Math.max(0, random.pick(bits) + random.below(130) - 65);
}

/** One that was set is not, and one is that was not: as many pages as before. */
function pair(bytes: Buffer, start: number, bits: readonly number[], random: Random): { edits: Edit[] } {
  const all = new Set(bits);
  const lost = random.pick(bits);
  const close = random.chance(0.5);
  for (;;) {
    const won = close ? Math.max(0, lost + random.below(40) - 20) : near(bits, random);
    if (!all.has(won)) return flips(bytes, start, [lost, won]);
    if (random.chance(0.01)) return flips(bytes, start, [lost]);
  }
}

function entries(all: readonly number[], bytes: Buffer, random: Random): { edits: Edit[] } {
  const at = random.pick(all);
  const other = random.pick(all);
  const entry = bytes.readBigUInt64LE(at);
  switch (random.below(4)) {
    case 0:
      return { edits: [word(at, entry ^ (1n << BigInt(random.below(64))))] };
    case 1:
      // One bit of the address.
      return { edits: [word(at, entry ^ (1n << BigInt(12 + random.below(24))))] };
    case 2:
      return { edits: [word(at, bytes.readBigUInt64LE(other))] };
    default:
      return { edits: [word(at, random.pick([0n, entry + 4096n, entry - 4096n, entry & ~1n, (1n << 64n) - 1n]))] };
  }
}

function swap(all: readonly number[], bytes: Buffer, random: Random): { edits: Edit[] } {
  const [one, other] = [random.pick(all), random.pick(all)];
  return { edits: [word(one, bytes.readBigUInt64LE(other)), word(other, bytes.readBigUInt64LE(one))] };
}

function word(at: number, value: bigint): Edit {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return { at, bytes };
}

function pageIn([start, end]: readonly [number, number], random: Random): number {
  return start + random.below((end - start) / PAGE) * PAGE;
}

function copy(bytes: Buffer, from: number, to: number): Edit {
  return { at: to, bytes: bytes.subarray(from, from + PAGE) };
}
