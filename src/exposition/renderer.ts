/** Renders snapshots. Everything but the digits is made once; a rendering writes those that changed, whatever format is asked for then. */
import type { SeriesLayout } from '../plan/layout.js';
import { paced } from '../snapshots/pacer.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { Block, BLOCKS_BETWEEN_LOOKS } from './block.js';
import type { Body, BodyPool } from './bodyPool.js';
import { MAX_DISTANCE } from './deflate/deflateCode.js';
import { DocumentCoder, type Deflated } from './deflate/documentCoder.js';
import { MessageCoder } from './deflate/messageCoder.js';
import type { FixedMessage, FixedMessages, Format, Start } from './formats/format.js';
import { text } from './formats/text.js';
import { TextBuffer } from './textBuffer.js';

/** A text as it lies in its buffers, which stay as they are until it is released. */
export interface LaidOutText {
  readonly chunks: readonly Uint8Array[];
  readonly release: () => void;
}

/** A text that was put together: the first `length` bytes of a body. */
export interface AssembledText {
  readonly body: Body;
  readonly length: number;
}

export class Renderer {
  private readonly blocks: readonly Block[];
  private readonly buffers: readonly TextBuffer[];
  private readonly scratch: Uint8Array<ArrayBuffer>;
  /** As in the last snapshot. */
  private sinceBoot: Uint8Array | undefined;
  private readonly coders = new Map<Format, DocumentCoder>();
  private readonly messages: MessageCoder;

  /** @param before the renderer of the layout before, which is used no more: what is still the same is taken over */
  constructor(
    readonly layout: SeriesLayout,
    private readonly pool: BodyPool,
    before?: Renderer,
  ) {
    this.blocks = Block.of(layout, before?.blocks);
    this.buffers = TextBuffer.of(this.blocks, before?.buffers);
    this.messages = before?.messages ?? new MessageCoder();
    this.scratch = new Uint8Array(Math.max(0, ...this.blocks.map((block) => block.largestSize())));
  }

  /** Brings the lines up to date with a snapshot, which must not change meanwhile. */
  async update(snapshot: Snapshot): Promise<void> {
    this.sinceBoot = snapshot.sinceBoot;
    await paced(this.buffers, 1, (buffer) => {
      buffer.render(snapshot, this.scratch);
    });
  }

  /** All series that could be read at the last update, in the text format. */
  borrow(): LaidOutText {
    const borrowed = this.buffers.map((buffer) => buffer.borrow());
    const release = (): void => {
      for (const one of borrowed) one.release();
    };
    return { chunks: borrowed.map(({ bytes }) => bytes), release };
  }

  /**
   * All series that could be read at the last update, which must not be under way. The caller releases the body.
   * @param start seconds since the epoch since when counters count, as a format with a place for it tells; undefined for none
   * @param wanted tells which families are to be in it, by their index in SeriesLayout.families; undefined for all
   */
  async assemble(format: Format, start?: string, wanted?: (familyIndex: number) => boolean): Promise<AssembledText> {
    const isIn = ({ lines, familyIndex }: Block): boolean => lines.length > 0 && (wanted?.(familyIndex) ?? true);
    const since = this.startAt(start);
    const pieces: Uint8Array[] = [];
    let length = 0;
    await this.each((block) => {
      if (!isIn(block)) return;
      const header = block.header(format);
      const samples = format.samples(block, since);
      pieces.push(header, samples);
      length += header.length + samples.length;
    });
    const body = this.pool.take(length);
    let at = 0;
    await paced(pieces, 2 * BLOCKS_BETWEEN_LOOKS, (piece) => {
      body.buffer.set(piece, at);
      at += piece.length;
    });
    return { body, length };
  }

  /**
   * What assemble() gives for all families, as the beginning of a gzip file, which the caller releases; undefined for a format whose
   * documents only a general compressor can make smaller, and for lines that are too long.
   * @param start as in assemble()
   */
  async deflate(format: Format, start?: string): Promise<Deflated | undefined> {
    const since = this.startAt(start);
    if (format.fixed !== undefined) return this.deflateMessages(format.fixed, since);
    // Each line is written as what it repeats of the one before, which must be within reach.
    const areLines = this.blocks.every(
      (block) =>
        block.lines.length === 0 || (block.longestLine <= MAX_DISTANCE && format.samples(block, since) === block.lines),
    );
    return areLines ? this.deflateLines(format) : undefined;
  }

  private async deflateMessages(fixed: FixedMessages, since: Start | undefined): Promise<Deflated> {
    const messages: FixedMessage[] = [];
    await this.each((block) => {
      if (block.lines.length > 0) messages.push(fixed(block, since));
    });
    return this.messages.encode(this.pool, messages);
  }

  private deflateLines(format: Format): Promise<Deflated> {
    let coder = this.coders.get(format);
    if (coder === undefined) {
      coder = new DocumentCoder(this.blocks, format);
      this.coders.set(format, coder);
    }
    return coder.encode(this.pool, format === text ? this.buffers.map(({ bytes }) => bytes) : undefined);
  }

  private startAt(time: string | undefined): Start | undefined {
    const { sinceBoot } = this;
    return time === undefined || sinceBoot === undefined ? undefined : { time, sinceBoot };
  }

  private each(work: (block: Block) => void): Promise<void> {
    return paced(this.blocks, BLOCKS_BETWEEN_LOOKS, work);
  }
}
