/**
 * Deflates a document of messages that stay as they are but for doubles at known places. How far back lies what a message repeats never
 * changes, so nearly everything is written in codes that were put together once.
 *
 *     GZIP_HEADER │ one block of DEFLATE                                                          │ an empty stored block,
 *                 │ its codes │ segment, double, segment, double, … rest of a message │ … │ end   │ up to a whole byte
 *
 *     A segment is what stands between two doubles: what ends a sample, and what begins the next one, up to its value.
 *         The first two of a message, and its rest: literals, and repetitions of earlier ones (heads.ts).
 *         Each other one: [prefix, as in the segment before] │ middle: literals │ [suffix, as in the segment before].
 *         Where labels are so long that the segment before is out of reach: all of it literals.
 *     A double: literals, but for bytes that are as in the double before, which the repetitions on both sides of it take in.
 */
import { crc32 } from 'node:zlib';
import { paced } from '../../snapshots/pacer.js';
import { BLOCKS_BETWEEN_LOOKS } from '../block.js';
import type { BodyPool } from '../bodyPool.js';
import type { FixedMessage } from '../formats/format.js';
import { BitWriter } from './bitWriter.js';
import { codesOf, MAX_DISTANCE, MIN_MATCH } from './deflateCode.js';
import { GZIP_HEADER, type Deflated } from './documentCoder.js';
import { commonLength, planHeads } from './heads.js';
import { messageCode } from './messageCode.js';

/** More than the bytes of a block's codes, its beginning and its end. */
const FRAME = 512;
/** The most bytes that a literal takes, and more than those of a repetition of up to 255 bytes. */
const LITERAL = 2;
const REPETITION = 5;
const DOUBLE = 8;

/** What a head is written as, one after the other: literals, as of codesOf(), or a repetition. */
type Piece = Uint32Array | { readonly length: number; readonly distance: number };

/** The segments of a message from the third one on, one after the other. */
interface SegmentsPlan {
  /** Bytes that are as in the segment before: from its beginning, and from its end. */
  readonly prefixes: Uint32Array;
  readonly suffixes: Uint32Array;
  /** The codes of what is between. */
  readonly codes: Uint32Array;
  /** For each segment where its codes end, and those of the next one begin. */
  readonly codeEnds: Uint32Array;
  /** Bytes that they and their doubles take at most. */
  readonly room: number;
}

interface MessagePlan {
  readonly first: readonly Piece[];
  readonly second: readonly Piece[];
  readonly others: SegmentsPlan;
  readonly rest: readonly Piece[];
}

export class MessageCoder {
  private messages: readonly FixedMessage[] = [];
  private plans: readonly MessagePlan[] = [];
  /** Of the messages that were planned last. */
  private segments: ReadonlyMap<FixedMessage, SegmentsPlan> = new Map();
  private room = FRAME;
  private readonly writer = new BitWriter(messageCode);

  /** Deflates messages, which must not change meanwhile. The caller releases the body. */
  async encode(pool: BodyPool, messages: readonly FixedMessage[]): Promise<Deflated> {
    if (!this.isPlanned(messages)) await this.plan(messages);
    const { writer, plans } = this;
    const body = pool.take(this.room);
    writer.begin(body.buffer, GZIP_HEADER);
    let crc = 0;
    let size = 0;
    await paced(messages, BLOCKS_BETWEEN_LOOKS, (message, index) => {
      this.write(message, plans[index]!);
      crc = crc32(message.bytes, crc);
      size += message.bytes.length;
    });
    writer.end();
    return { body, length: writer.length, crc, size };
  }

  private write({ bytes, doubles }: FixedMessage, { first, second, others, rest }: MessagePlan): void {
    const { writer } = this;
    this.writePieces(first);
    writer.literals(bytes, doubles[0]!, doubles[0]! + DOUBLE);
    if (doubles.length > 1) {
      this.writePieces(second);
      writer.literals(bytes, doubles[1]!, doubles[1]! + DOUBLE);
      this.writeOthers(bytes, doubles, others);
    }
    this.writePieces(rest);
  }

  private writeOthers(bytes: Uint8Array, doubles: Uint32Array, plan: SegmentsPlan): void {
    const { writer } = this;
    const { prefixes, suffixes, codes, codeEnds } = plan;
    let before = doubles[1]!;
    let distance = before - doubles[0]!;
    let code = 0;
    /** Bytes at the end of the double before that are left to the repetition that follows. */
    let left = 0;
    for (let index = 0; index < prefixes.length; index++) {
      const at = doubles[index + 2]!;
      this.repeat(bytes, before + DOUBLE - left, left + prefixes[index]!, distance);
      for (const end = codeEnds[index]!; code < end; code++) writer.put(codes[code]! & 0xffff, codes[code]! >>> 16);
      let same = 0;
      while (same < DOUBLE && bytes[at + same] === bytes[before + same]) same++;
      left = 0;
      if (same < DOUBLE && index < prefixes.length - 1) {
        while (bytes[at + DOUBLE - 1 - left] === bytes[before + DOUBLE - 1 - left]) left++;
      }
      distance = at - before;
      this.repeat(bytes, at - suffixes[index]!, suffixes[index]! + same, distance);
      writer.literals(bytes, at + same, at + DOUBLE - left);
      before = at;
    }
  }

  private writePieces(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece instanceof Uint32Array) this.writer.codes(piece);
      else this.writer.match(piece.length, piece.distance);
    }
  }

  /** Bytes that stand `distance` before, too: as a repetition, where they are enough for one, and near enough. */
  private repeat(bytes: Uint8Array, at: number, length: number, distance: number): void {
    if (length >= MIN_MATCH && distance <= MAX_DISTANCE) this.writer.match(length, distance);
    else this.writer.literals(bytes, at, at + length);
  }

  private isPlanned(messages: readonly FixedMessage[]): boolean {
    return messages.length === this.messages.length && messages.every((one, index) => one === this.messages[index]);
  }

  private async plan(messages: readonly FixedMessage[]): Promise<void> {
    // Until all is planned, nothing is.
    this.messages = [];
    const segments = new Map<FixedMessage, SegmentsPlan>();
    await paced(messages, 1, (message) => {
      segments.set(message, this.segments.get(message) ?? planSegments(message));
    });
    this.segments = segments;
    const heads = messages.flatMap(headsOf);
    const pieces = placed(heads);
    this.plans = messages.map((message, index) => {
      const [first = [], second = [], rest = []] = pieces.slice(3 * index, 3 * index + 3);
      return { first, second, others: segments.get(message)!, rest };
    });
    const ofHeads = heads.reduce((sum, { bytes }) => sum + LITERAL * (bytes.length + DOUBLE) + REPETITION, 0);
    this.room = FRAME + this.plans.reduce((sum, { others }) => sum + others.room, ofHeads);
    this.messages = messages;
  }
}

/** A piece of a message, and how many bytes are from its beginning to the next one's. */
interface Head {
  readonly bytes: Uint8Array;
  readonly stretch: number;
}

/** Its first two segments and its rest. */
function headsOf({ bytes, doubles }: FixedMessage): [Head, Head, Head] {
  const first = doubles[0]!;
  const after = first + DOUBLE;
  const end = doubles.at(-1)! + DOUBLE;
  return [
    { bytes: bytes.subarray(0, first), stretch: after },
    { bytes: doubles.length > 1 ? bytes.subarray(after, doubles[1]) : bytes.subarray(0, 0), stretch: end - after },
    { bytes: bytes.subarray(end), stretch: bytes.length - end },
  ];
}

/** What each head is written as. */
function placed(heads: readonly Head[]): Piece[][] {
  const stretches = heads.map(({ stretch }) => stretch);
  let position = 0;
  const positions = stretches.map((stretch) => (position += stretch) - stretch);
  const planned = planHeads(
    heads.map(({ bytes }) => bytes),
    stretches,
    messageCode,
  );
  return planned.map((pieces, index) =>
    pieces.map((piece) =>
      piece instanceof Uint32Array
        ? piece
        : { length: piece.length, distance: positions[index]! - positions[piece.source]! + piece.shift },
    ),
  );
}

function planSegments({ bytes, doubles }: FixedMessage): SegmentsPlan {
  const count = Math.max(0, doubles.length - 2);
  const prefixes = new Uint32Array(count);
  const suffixes = new Uint32Array(count);
  const codeEnds = new Uint32Array(count);
  const codes: number[] = [];
  let room = 0;
  for (let index = 0; index < count; index++) {
    const before = bytes.subarray(doubles[index]! + DOUBLE, doubles[index + 1]);
    const segment = bytes.subarray(doubles[index + 1]! + DOUBLE, doubles[index + 2]);
    const prefix = commonLength(before, 0, segment, 0);
    const most = Math.min(before.length, segment.length) - prefix;
    let suffix = 0;
    while (suffix < most && before[before.length - 1 - suffix] === segment[segment.length - 1 - suffix]) suffix++;
    prefixes[index] = prefix;
    suffixes[index] = suffix;
    const middle = segment.subarray(prefix, segment.length - suffix);
    for (const code of codesOf(middle, messageCode)) codes.push(code);
    codeEnds[index] = codes.length;
    // The prefix lies as far from what it repeats as the two doubles before are from each other, the suffix as the next two.
    const farthest = Math.max(before.length, segment.length) + DOUBLE;
    const literals = farthest > MAX_DISTANCE ? segment.length : middle.length;
    room += LITERAL * (literals + DOUBLE) + REPETITION * (4 + segment.length / 255);
  }
  return { prefixes, suffixes, codes: Uint32Array.from(codes), codeEnds, room: Math.ceil(room) };
}
