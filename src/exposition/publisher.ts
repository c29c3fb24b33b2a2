/** Makes the document that a scrape gets: the kernel's series, then the exporter's own metrics. */
import type { ReadReport, Snapshot } from '../scrape/snapshot.js';
import { LoopSupply, SharedSupply, type Supply } from '../scrape/supply.js';
import { TextRenderer } from './textRenderer.js';

/** Where snapshots come from: each call overwrites the values of the one before. */
export interface SnapshotSource {
  take(): Promise<Snapshot>;
}

/** The exporter's own metrics, in the same format. */
export interface OwnMetrics {
  render(report: ReadReport): Promise<string>;
}

/** The kernel's series of one read. */
interface KernelPart {
  readonly bytes: Buffer;
  readonly report: ReadReport;
}

export class Publisher {
  private readonly supply: Supply<KernelPart>;
  private renderer: TextRenderer | undefined;

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
  async document(): Promise<Buffer> {
    const { bytes, report } = await this.supply.get();
    return Buffer.concat([bytes, Buffer.from(await this.own.render(report))]);
  }

  stop(): void {
    this.supply.stop();
  }

  private async read(): Promise<KernelPart> {
    const snapshot = await this.source.take();
    const { report, layout } = snapshot;
    if (this.renderer?.layout !== layout) this.renderer = new TextRenderer(layout);
    return { bytes: Buffer.from(await this.renderer.render(snapshot)), report };
  }
}
