/** Renders a snapshot in text exposition format 0.0.4. Everything but the digits is made once; a rendering writes those that changed. */
import type { SeriesLayout } from '../plan/series.js';
import { Pacer } from '../scrape/pacer.js';
import type { Snapshot } from '../scrape/snapshot.js';
import { Block } from './block.js';
import type { Body, BodyPool } from './bodyPool.js';

/** A text that was rendered: the first `length` bytes of a body. */
export interface RenderedText {
  readonly body: Body;
  readonly length: number;
}

export class TextRenderer {
  private readonly blocks: readonly Block[];
  private readonly parts: Uint8Array[] = [];

  constructor(
    readonly layout: SeriesLayout,
    private readonly pool: BodyPool,
  ) {
    this.blocks = Block.of(layout);
  }

  /** All series that could be read. The snapshot must not change meanwhile. The caller releases the body. */
  async render(snapshot: Snapshot): Promise<RenderedText> {
    const pacer = new Pacer();
    let length = 0;
    for (let index = 0; index < this.blocks.length; index++) {
      const part = this.blocks[index]!.render(snapshot);
      this.parts[index] = part;
      length += part.length;
      if (pacer.due()) await pacer.rest();
    }
    const body = this.pool.take(length);
    let at = 0;
    for (const part of this.parts) {
      body.buffer.set(part, at);
      at += part.length;
      if (pacer.due()) await pacer.rest();
    }
    return { body, length };
  }
}
