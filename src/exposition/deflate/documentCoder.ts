/**
 * Deflates a document's blocks knowing what they are made of: a per-CPU line is the one before but for the CPU's id and the value, so that
 * nothing has to be searched for, and the digits are nearly all that is written. A general compressor takes several times as long.
 *
 *     GZIP_HEADER │ one block of DEFLATE                                                            │ an empty stored block,
 *                 │ its codes │ head 0 │ rows 0 │ head 1 │ rows 1 │ … │ a newline │ end of the block │ up to a whole byte
 *
 *     head k: the newline that ends block k - 1 (none for head 0), the header, the first line up to its digits:
 *             literals, and repetitions of this head and earlier ones (heads.ts)
 *     rows k: digits, then for each further CPU
 *               [newline, start, what its ending shares with that of the CPU before] │ rest of the ending │ digits
 *             and for each further row
 *               [newline, what its start shares with the start of the row before] │ rest of the start, first ending │ digits
 *               and its further CPUs as above
 *     [ ] repeats the line directly before, from the newline in front of that one. Bits fill each byte from the lowest.
 */
import { crc32 } from 'node:zlib';
import { paced } from '../../snapshots/pacer.js';
import { BLOCKS_BETWEEN_LOOKS, type Block } from '../block.js';
import type { Body, BodyPool } from '../bodyPool.js';
import { MAX_DECIMAL_BYTES } from '../decimal.js';
import type { Format } from '../formats/format.js';
import { BitWriter, type Ending } from './bitWriter.js';
import { codesOf } from './deflateCode.js';
import { lineCode } from './lineCode.js';
import { commonLength, planHeads, type Piece } from './heads.js';

/** RFC 1952, 2.3: deflated, no name or time, made by the fastest algorithm of an unknown system. */
export const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
const NEWLINE = 0x0a;
const newline = codesOf(Uint8Array.of(NEWLINE), lineCode);
/** More than the bytes of a block's codes, its beginning and its end. */
const FRAME = 512;
/** More than the bytes that a repetition of up to 258 bytes takes. */
const REPETITION = 4;

/** The lines of one row of a block. */
interface RowPlan {
  /** Index of its first line in the block. */
  readonly line: number;
  /** Bytes of its lines' common start. */
  readonly start: number;
  /** For all rows but a block's first: bytes that its first line and the line before have in common, and the codes of its others up to the digits. */
  readonly common: number;
  readonly codes: Uint32Array;
}

interface BlockPlan {
  readonly block: Block;
  readonly version: number;
  /** The newline that ends the block before, the header, and the first line up to its digits. */
  readonly head: readonly Piece[];
  readonly rows: readonly RowPlan[];
}

/** The beginning of a gzip file, up to a whole byte: the first `length` bytes of a body. */
export interface Deflated {
  readonly body: Body;
  readonly length: number;
  /** Checksum and number of the bytes that were deflated. */
  readonly crc: number;
  readonly size: number;
}

export class DocumentCoder {
  private plans: readonly BlockPlan[] = [];
  private readonly endings = new Map<readonly Uint8Array[], readonly Ending[]>();
  /** Where each block's head begins in the document. */
  private readonly positions: number[] = [];
  /** Bytes that the document takes at most. */
  private room = FRAME;
  private readonly writer = new BitWriter(lineCode);

  constructor(
    private readonly blocks: readonly Block[],
    private readonly format: Format,
  ) {}

  /**
   * Deflates all blocks as they are rendered now; they must not change meanwhile. The caller releases the body.
   * @param laidOut the same text where it lies in a few pieces already: a checksum of these takes less time than one of each block
   */
  async encode(pool: BodyPool, laidOut?: readonly Uint8Array[]): Promise<Deflated> {
    const shown = this.blocks.filter(({ lines }) => lines.length > 0);
    if (!this.isPlanned(shown)) this.plan(shown);
    const { writer, plans, positions, format } = this;
    const body = pool.take(this.room);
    writer.begin(body.buffer, GZIP_HEADER);
    let crc = 0;
    let size = 0;
    await paced(plans, BLOCKS_BETWEEN_LOOKS, ({ block, head, rows }, index) => {
      // A head begins with the newline in front of it.
      positions[index] = size - (index === 0 ? 0 : 1);
      for (const piece of head) {
        if (piece instanceof Uint32Array) writer.codes(piece);
        else writer.match(piece.length, positions[index] - positions[piece.source]! + piece.shift);
      }
      this.writeRows(block, rows);
      const header = block.header(format);
      if (laidOut === undefined) crc = crc32(block.lines, crc32(header, crc));
      size += header.length + block.lines.length;
    });
    // Of nothing, zlib gives the checksum of nothing, whatever came before.
    for (const piece of laidOut ?? []) if (piece.length > 0) crc = crc32(piece, crc);
    if (plans.length > 0) writer.codes(newline);
    writer.end();
    return { body, length: writer.length, crc, size };
  }

  private writeRows(block: Block, rows: readonly RowPlan[]): void {
    const { writer } = this;
    const { lines, starts, ends } = block;
    const endings = this.endings.get(block.endings)!;
    const last = endings.at(-1)!.length;
    rows.forEach(({ line, start, common, codes }, index) => {
      if (index > 0) {
        const before = rows[index - 1]!;
        const previous = before.line + endings.length - 1;
        writer.match(common, 1 + before.start + last + ends[previous]! - starts[previous]!);
        writer.codes(codes);
      }
      writer.literals(lines, starts[line]!, ends[line]!);
      writer.repeatLines(block, line, start, endings);
    });
  }

  private isPlanned(shown: readonly Block[]): boolean {
    const { plans } = this;
    return (
      shown.length === plans.length &&
      shown.every((block, index) => plans[index]!.block === block && plans[index]!.version === block.version)
    );
  }

  private plan(shown: readonly Block[]): void {
    const heads = shown.map((block, index) => {
      const { start } = block.shownRows()[0]!;
      const pieces = [block.header(this.format), start, block.endings[0]!];
      return Buffer.concat(index === 0 ? pieces : [Uint8Array.of(NEWLINE), ...pieces]);
    });
    const lengths = shown.map((block) => block.header(this.format).length + block.largestSize());
    const planned = planHeads(heads, lengths, lineCode);
    for (const { endings } of shown) if (!this.endings.has(endings)) this.endings.set(endings, planEndings(endings));
    this.plans = shown.map((block, index) => ({
      block,
      version: block.version,
      head: planned[index]!,
      rows: planRows(block),
    }));
    this.room = FRAME + this.plans.reduce((sum, plan) => sum + this.roomOf(plan), 0);
  }

  /** Bytes that a block takes at most. */
  private roomOf({ block, head, rows }: BlockPlan): number {
    const codes = (some: Uint32Array): number => 2 * some.length;
    const repetition = (length: number): number => REPETITION * (1 + length / 255);
    const heads = head.map((piece) => (piece instanceof Uint32Array ? codes(piece) : repetition(piece.length)));
    const lines = this.endings
      .get(block.endings)!
      .map((ending) => MAX_DECIMAL_BYTES + codes(ending.codes) + repetition(ending.common));
    const all = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
    const perRow = all(lines);
    return Math.ceil(
      all(heads) +
        all(rows.map((row) => perRow + codes(row.codes) + lines.length * repetition(row.start + row.common))),
    );
  }
}

function planEndings(endings: readonly Uint8Array[]): Ending[] {
  return endings.map((ending, column) => {
    const common = column === 0 ? 0 : commonLength(endings[column - 1]!, 0, ending, 0);
    return { length: ending.length, common, codes: codesOf(ending.subarray(common), lineCode) };
  });
}

function planRows(block: Block): RowPlan[] {
  const shown = block.shownRows();
  return shown.map(({ line, start }, index) => {
    if (index === 0) return { line, start: start.length, common: 0, codes: new Uint32Array(0) };
    const common = commonLength(shown[index - 1]!.start, 0, start, 0);
    const others = Buffer.concat([start.subarray(common), block.endings[0]!]);
    // Both lines have a newline in front of them.
    return { line, start: start.length, common: 1 + common, codes: codesOf(others, lineCode) };
  });
}
