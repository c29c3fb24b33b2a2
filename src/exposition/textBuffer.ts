/**
 * Some blocks in a row, whose headers and lines in the text format lie in one buffer just as they are sent: nothing has to be put together
 * for that. What is being sent is not written to; then the page goes on in a copy.
 */
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Block } from './block.js';

/** Bytes of a page, about: so few that its end is quickly moved when a number gets longer, so many that a document has few pages. */
const SIZE = 1 << 16;

/** A buffer, and how many responses are being sent from it. */
interface Sheet {
  readonly bytes: Uint8Array<ArrayBuffer>;
  senders: number;
}

export class Page {
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
  }

  /** Distributes blocks over pages. */
  static of(blocks: readonly Block[]): Page[] {
    const pages: Page[] = [];
    let from = 0;
    let size = 0;
    blocks.forEach((block, index) => {
      size += sizeOf(block);
      if (size < SIZE && index < blocks.length - 1) return;
      pages.push(new Page(blocks.slice(from, index + 1), size));
      from = index + 1;
      size = 0;
    });
    return pages;
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

  /** The text, which stays as it is until `release` is called. */
  borrow(): { readonly bytes: Uint8Array; readonly release: () => void } {
    const { sheet } = this;
    sheet.senders++;
    const release = (): void => {
      sheet.senders--;
    };
    return { bytes: sheet.bytes.subarray(0, this.length), release };
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
    const before = block.lines.length === 0 ? 0 : block.headers.text.length + block.lines.length;
    const now = lines.length === 0 ? 0 : block.headers.text.length + lines.length;
    if (now !== before) {
      sheet.bytes.copyWithin(start + now, start + before, this.length);
      this.length += now - before;
      for (let next = index + 1; next < blocks.length; next++) {
        starts[next]! += now - before;
        this.place(next, blocks[next]!.lines.length);
      }
    }
    if (now > 0) {
      sheet.bytes.set(block.headers.text, start);
      sheet.bytes.set(lines, start + block.headers.text.length);
    }
    this.place(index, lines.length);
  }

  /** Tells a block where its lines lie, `length` bytes of them. */
  private place(index: number, length: number): void {
    const block = this.blocks[index]!;
    const start = length === 0 ? 0 : this.starts[index]! + block.headers.text.length;
    block.moveTo(this.sheet.bytes.subarray(start, start + length));
  }

  private newSheet(): Sheet {
    return { bytes: new Uint8Array(this.size), senders: 0 };
  }
}

function sizeOf(block: Block): number {
  return block.headers.text.length + block.largestSize();
}
