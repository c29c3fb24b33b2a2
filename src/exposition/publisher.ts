/** Makes the documents that scrapes get: the kernel's series, then the exporter's own metrics. */
import type { ReadReport, Snapshot } from '../scrape/snapshot.js';
import { LoopSupply, SharedSupply, type Supply } from '../scrape/supply.js';
import { BodyPool, type Body } from './bodyPool.js';
import { Exclusive } from './exclusive.js';
import { END, toOpenMetrics, type Format } from './formats.js';
import { Renderer, type RenderedText } from './renderer.js';

/** Where snapshots come from: each call overwrites the values of the one before. */
export interface SnapshotSource {
  take(): Promise<Snapshot>;
}

/** The exporter's own metrics, in text format 0.0.4. */
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

export class Publisher {
  private readonly supply: Supply<void>;
  private readonly pool = new BodyPool();
  /** Reading, rendering and assembling use the same memory. */
  private readonly exclusive = new Exclusive();
  private renderer: Renderer | undefined;
  private report: ReadReport | undefined;
  /** What was assembled since the last read, for those who share it. */
  private readonly assembled = new Map<Format, RenderedText>();

  /** @param interval milliseconds between reads; undefined where each request reads, together with those that come at the same time */
  constructor(
    private readonly source: SnapshotSource,
    private readonly own: OwnMetrics,
    interval: number | undefined,
  ) {
    const produce = (): Promise<void> => this.exclusive.run(() => this.read());
    this.supply = interval === undefined ? new SharedSupply(produce) : new LoopSupply(produce, interval);
  }

  /** The document of now. Rejects where the kernel cannot be read. */
  async document(format: Format): Promise<Document> {
    await this.supply.get();
    return this.exclusive.run(async () => {
      const { body, length } = await this.assembly(format);
      const own = await this.own.render(this.report!);
      const end = Buffer.from((format === 'text' ? own : toOpenMetrics(own)) + END[format]);
      return { chunks: [body.buffer.subarray(0, length), end], length: length + end.length, release: released(body) };
    });
  }

  stop(): void {
    this.supply.stop();
  }

  private async read(): Promise<void> {
    const snapshot = await this.source.take();
    if (this.renderer?.layout !== snapshot.layout) this.renderer = new Renderer(snapshot.layout, this.pool);
    await this.renderer.update(snapshot);
    this.report = snapshot.report;
    for (const { body } of this.assembled.values()) body.release();
    this.assembled.clear();
  }

  private async assembly(format: Format): Promise<RenderedText> {
    let text = this.assembled.get(format);
    if (text === undefined) {
      text = await this.renderer!.assemble(format);
      this.assembled.set(format, text);
    }
    return text;
  }
}

/** Holds the body, and gives the function that lets go of it. */
function released(body: Body): () => void {
  body.hold();
  return () => {
    body.release();
  };
}
