/**
 * Some blocks in a row, whose headers and lines in the text format lie in one buffer just as they are sent: nothing has to be put together
 * for that. What is being sent is not written to; then the blocks go on in a copy.
 *
 *     sheet.bytes
 *     ├─ header ─┬─ lines ──┼─ header ─┬─ lines ──────┼─ header ─┬─ lines ──┤ room for longer numbers and more lines ┤
 *     0          │          │          │              │          │          length                                   size
 *     starts[0]  │          starts[1]  │              starts[3]  └ blocks[3].lines is a view of these bytes
 *                                                     starts[2], of a block that has no lines and so no header
 */
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Block } from './block.js';
import { text } from './formats/text.js';

/** Bytes of a buffer, about: so few that its end is quickly moved when a number gets longer, so many that a document has few buffers. */
const SIZE = 1 << 16;

/** A buffer, and how many responses are being sent from it. */
interface Sheet {
  readonly bytes: Uint8Array<ArrayBuffer>;
  senders: number;
}

export class TextBuffer {
  private sheet: Sheet;
  /** The one before, for the next copy. */
  private spare: Sheet | undefined;
  private length = 0;
  /** For each block where its header begins, or would. */
  private readonly starts: Uint32Array;

  private constructor(
    readonly blocks: readonly Block[],
    private readonly size: number,
  ) {
    this.sheet = this.newSheet();
    this.starts = new Uint32Array(blocks.length);
    this.takeOver();
  }

  /**
   * Distributes blocks over buffers.
   * @param before the buffers in which they lie so far: those whose blocks are the same go on
   */
  static of(blocks: readonly Block[], before: readonly TextBuffer[] = []): TextBuffer[] {
    const known = new Map(before.map((buffer) => [buffer.blocks[0], buffer]));
    const buffers: TextBuffer[] = [];
    let from = 0;
    let size = 0;
    blocks.forEach((block, index) => {
      size += sizeOf(block);
      if (size < SIZE && index < blocks.length - 1) return;
      const own = blocks.slice(from, index + 1);
      const same = known.get(own[0]);
      buffers.push(same !== undefined && isSame(same.blocks, own) ? same : new TextBuffer(own, size));
      from = index + 1;
      size = 0;
    });
    return buffers;
  }

  /**
   * Brings the blocks up to date.
   * @param scratch as many bytes as the largest block takes
   */
  render(snapshot: Snapshot, scratch: Uint8Array<ArrayBuffer>): void {
    if (this.sheet.senders > 0) this.copy();
    this.blocks.forEach((block, index) => {
      if (!block.update(snapshot)) this.replace(index, scratch.subarray(0, block.rewrite(snapshot, scratch)));
    });
  }

  /** The text as it is rendered now. */
  get bytes(): Uint8Array {
    return this.sheet.bytes.subarray(0, this.length);
  }

  /** The text, which stays as it is until `release` is called. */
  borrow(): { readonly bytes: Uint8Array; readonly release: () => void } {
    const { sheet } = this;
    sheet.senders++;
    const release = (): void => {
      sheet.senders--;
    };
    return { bytes: this.bytes, release };
  }

  /** Blocks that were rendered before move here with their lines. */
  private takeOver(): void {
    this.blocks.forEach((block, index) => {
      this.starts[index] = this.length;
      const { lines } = block;
      if (lines.length === 0) return;
      const header = block.header(text);
      this.sheet.bytes.set(header, this.length);
      this.sheet.bytes.set(lines, this.length + header.length);
      this.length += header.length + lines.length;
      this.place(index, lines.length);
    });
  }

  private copy(): void {
    const before = this.sheet;
    this.sheet = this.spare?.senders === 0 ? this.spare : this.newSheet();
    this.spare = before;
    this.sheet.bytes.set(before.bytes.subarray(0, this.length));
    this.blocks.forEach((block, index) => {
      this.place(index, block.lines.length);
    });
  }

  private replace(index: number, lines: Uint8Array): void {
    const { blocks, starts, sheet } = this;
    const block = blocks[index]!;
    const start = starts[index]!;
    const before = block.lines.length === 0 ? 0 : block.header(text).length + block.lines.length;
    const now = lines.length === 0 ? 0 : block.header(text).length + lines.length;
    if (now !== before) {
      sheet.bytes.copyWithin(start + now, start + before, this.length);
      this.length += now - before;
      for (let next = index + 1; next < blocks.length; next++) {
        starts[next]! += now - before;
        this.place(next, blocks[next]!.lines.length);
      }
    }
    if (now > 0) {
      sheet.bytes.set(block.header(text), start);
      sheet.bytes.set(lines, start + block.header(text).length);
    }
    this.place(index, lines.length);
  }

  /** Tells a block where its lines lie, `length` bytes of them. */
  private place(index: number, length: number): void {
    const block = this.blocks[index]!;
    const start = length === 0 ? 0 : this.starts[index]! + block.header(text).length;
    block.moveTo(this.sheet.bytes.subarray(start, start + length));
  }

  private newSheet(): Sheet {
    return { bytes: new Uint8Array(this.size), senders: 0 };
  }
}

function isSame(left: readonly Block[], right: readonly Block[]): boolean {
  return left.length === right.length && left.every((block, index) => block === right[index]);
}

function sizeOf(block: Block): number {
  return block.header(text).length + block.largestSize();
}
