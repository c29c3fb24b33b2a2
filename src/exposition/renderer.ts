/** Renders snapshots. Everything but the digits is made once; a rendering writes those that changed, whatever format is asked for then. */
import type { SeriesLayout } from '../plan/series.js';
import { Pacer } from '../scrape/pacer.js';
import type { Snapshot } from '../scrape/snapshot.js';
import { Block } from './block.js';
import type { Body, BodyPool } from './bodyPool.js';
import type { Format } from './formats.js';

/** A text that was rendered: the first `length` bytes of a body. */
export interface RenderedText {
  readonly body: Body;
  readonly length: number;
}

/** Blocks that are worked on before the clock is looked at: one takes some microseconds. */
const BLOCKS_BETWEEN_LOOKS = 16;

export class Renderer {
  private readonly blocks: readonly Block[];

  constructor(
    readonly layout: SeriesLayout,
    private readonly pool: BodyPool,
  ) {
    this.blocks = Block.of(layout);
  }

  /** Brings the lines up to date with a snapshot, which must not change meanwhile. */
  async update(snapshot: Snapshot): Promise<void> {
    await this.each((block) => {
      block.render(snapshot);
    });
  }

  /**
   * All series that could be read at the last update, which must not be under way. The caller releases the body.
   * @param created seconds since the epoch that OpenMetrics documents tell as the time since when counters count; undefined for none
   * @param wanted tells which families are to be in it, by their index in SeriesLayout.families; undefined for all
   */
  async assemble(format: Format, created?: string, wanted?: (familyIndex: number) => boolean): Promise<RenderedText> {
    const isIn = ({ lines, familyIndex }: Block): boolean => lines.length > 0 && (wanted?.(familyIndex) ?? true);
    const linesOf = await this.linesFor(format, created, isIn);
    let length = 0;
    for (const block of this.blocks) if (isIn(block)) length += block.headers[format].length + linesOf(block).length;
    const body = this.pool.take(length);
    let at = 0;
    await this.each((block) => {
      if (!isIn(block)) return;
      const header = block.headers[format];
      const lines = linesOf(block);
      body.buffer.set(header, at);
      body.buffer.set(lines, at + header.length);
      at += header.length + lines.length;
    });
    return { body, length };
  }

  private async linesFor(
    format: Format,
    created: string | undefined,
    isIn: (block: Block) => boolean,
  ): Promise<(block: Block) => Uint8Array> {
    if (format === 'text' || created === undefined) return (block) => block.lines;
    const lines = new Map<Block, Uint8Array>();
    await this.each((block) => {
      if (isIn(block)) lines.set(block, block.linesCreated(created));
    });
    return (block) => lines.get(block)!;
  }

  private async each(work: (block: Block) => void): Promise<void> {
    const pacer = new Pacer();
    for (let index = 0; index < this.blocks.length; index++) {
      work(this.blocks[index]!);
      if (index % BLOCKS_BETWEEN_LOOKS === 0 && pacer.due()) await pacer.rest();
    }
  }
}
