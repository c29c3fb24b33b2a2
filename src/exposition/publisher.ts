/** Makes the document that a scrape gets: the kernel's series, then the exporter's own metrics. */
import type { ReadReport, Snapshot } from '../scrape/snapshot.js';
import { LoopSupply, SharedSupply, type Supply } from '../scrape/supply.js';
import { BodyPool, type Body } from './bodyPool.js';
import { TextRenderer } from './textRenderer.js';

/** Where snapshots come from: each call overwrites the values of the one before. */
export interface SnapshotSource {
  take(): Promise<Snapshot>;
}

/** The exporter's own metrics, in the same format. */
export interface OwnMetrics {
  render(report: ReadReport): Promise<string>;
}

/** A document in pieces, to be sent one after the other. */
export interface Document {
  readonly chunks: readonly Uint8Array[];
  /** Bytes in all. */
  readonly length: number;
  /** To be called once the chunks are sent, or given up: their memory is used again. */
  readonly release: () => void;
}

/** The kernel's series of one read. */
interface KernelPart {
  readonly body: Body;
  readonly length: number;
  readonly report: ReadReport;
}

export class Publisher {
  private readonly supply: Supply<KernelPart>;
  private readonly pool = new BodyPool();
  private renderer: TextRenderer | undefined;
  private last: KernelPart | undefined;

  /** @param interval milliseconds between reads; undefined where each request reads, together with those that come at the same time */
  constructor(
    private readonly source: SnapshotSource,
    private readonly own: OwnMetrics,
    interval: number | undefined,
  ) {
    const produce = (): Promise<KernelPart> => this.read();
    this.supply = interval === undefined ? new SharedSupply(produce) : new LoopSupply(produce, interval);
  }

  /** The document of now. Rejects where the kernel cannot be read. */
  async document(): Promise<Document> {
    const { body, length, report } = await this.supply.get();
    body.hold();
    try {
      const own = Buffer.from(await this.own.render(report));
      const release = (): void => {
        body.release();
      };
      return { chunks: [body.buffer.subarray(0, length), own], length: length + own.length, release };
    } catch (error) {
      body.release();
      throw error;
    }
  }

  stop(): void {
    this.supply.stop();
  }

  private async read(): Promise<KernelPart> {
    const snapshot = await this.source.take();
    const { report, layout } = snapshot;
    if (this.renderer?.layout !== layout) this.renderer = new TextRenderer(layout, this.pool);
    const { body, length } = await this.renderer.render(snapshot);
    // Whoever still sends the one before holds it, too.
    this.last?.body.release();
    this.last = { body, length, report };
    return this.last;
  }
}
