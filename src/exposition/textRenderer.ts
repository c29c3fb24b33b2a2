/** Renders a snapshot in text exposition format 0.0.4. Everything but the digits is made once; a rendering writes those that changed. */
import type { SeriesLayout } from '../plan/series.js';
import { Pacer } from '../scrape/pacer.js';
import type { Snapshot } from '../scrape/snapshot.js';
import { Block } from './block.js';

export class TextRenderer {
  private readonly blocks: readonly Block[];

  constructor(readonly layout: SeriesLayout) {
    this.blocks = Block.of(layout);
  }

  /** The bytes of all series that could be read. The snapshot must not change meanwhile. */
  async render(snapshot: Snapshot): Promise<Buffer> {
    const pacer = new Pacer();
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const block of this.blocks) {
      const part = block.render(snapshot);
      parts.push(part);
      length += part.length;
      if (pacer.due()) await pacer.rest();
    }
    const text = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const part of parts) {
      text.set(part, at);
      at += part.length;
    }
    return text;
  }
}
