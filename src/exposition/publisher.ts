/** Makes the documents that scrapes get: the kernel's series, then the exporter's own metrics. */
import { crc32, deflateRawSync } from 'node:zlib';
import type { ReadReport, Snapshot, SnapshotSource } from '../snapshots/snapshot.js';
import { LoopSupply, SharedSupply, type Supply } from '../snapshots/supply.js';
import { BodyPool, type Body } from './bodyPool.js';
import type { Deflated } from './deflate/documentCoder.js';
import { deflateText } from './deflate/zlibText.js';
import { Exclusive } from '../snapshots/serialQueue.js';
import { END, toOpenMetrics, type Format } from './formats.js';
import { wantedFamilies, type GroupFilter } from './groupFilter.js';
import { Renderer, type AssembledText, type PagedText } from './renderer.js';

/** The exporter's own metrics, in text format 0.0.4. */
export interface OwnMetrics {
  render(report: ReadReport): Promise<string>;
}

/** What a document is to be had in. */
export interface Wanted {
  /** Only the families of these groups; undefined for all. */
  readonly groups?: GroupFilter | undefined;
  /** True where it is to be compressed. */
  readonly takesGzip?: boolean;
}

/** A document in pieces, to be sent one after the other. */
export interface Document {
  readonly chunks: readonly Uint8Array[];
  /** True where they are a gzip file. */
  readonly isGzip: boolean;
  /** Bytes in all. */
  readonly length: number;
  /** To be called once the chunks are sent, or given up: their memory is used again. */
  readonly release: () => void;
}

export class Publisher {
  private readonly supply: Supply<void>;
  private readonly pool = new BodyPool();
  private renderer: Renderer | undefined;
  /** Of the last read that did not fail. */
  private snapshot: Snapshot | undefined;
  /** False where the values in `snapshot` are no longer all of that read. */
  private isWhole = false;
  /** What was assembled since the last read, for those who share it. */
  private readonly assembled = new Map<Format, AssembledText>();
  private readonly deflated = new Map<Format, Deflated>();

  /**
   * @param interval milliseconds between reads; undefined where each request reads, together with those that come at the same time
   * @param created as in Renderer.assemble
   * @param exclusive runs reading, rendering and assembling, which use the same memory; the kernel's other publishers share it
   */
  constructor(
    private readonly source: SnapshotSource,
    private readonly own: OwnMetrics,
    interval: number | undefined,
    private readonly created?: string,
    private readonly exclusive = new Exclusive(),
  ) {
    const produce = (): Promise<void> => this.exclusive.run(() => this.read());
    this.supply = interval === undefined ? new SharedSupply(produce) : new LoopSupply(produce, interval);
  }

  /** Resolves when there is a read of now. Rejects where the kernel cannot be read. */
  refresh(): Promise<void> {
    return this.supply.get();
  }

  /**
   * The document of now. Rejects where the kernel cannot be read. What it shows was read no earlier than what any document shows that was
   * made before, by this publisher or by another of the same kernel: a counter that went back would look like a reset.
   */
  async document(format: Format, { groups, takesGzip = false }: Wanted = {}): Promise<Document> {
    await this.refresh();
    return this.exclusive.run(async () => {
      await this.catchUp();
      const own = await this.own.render(this.snapshot!.report);
      const end = Buffer.from((format === 'text' ? own : toOpenMetrics(own)) + END[format]);
      if (takesGzip) return gzipFile(await this.compressed(format, groups), end);
      if (groups === undefined && format === 'text') return pagedDocument(this.renderer!.borrow(), end);
      return assembledDocument(await (groups === undefined ? this.whole(format) : this.part(format, groups)), end);
    });
  }

  /**
   * What `copy` takes of the snapshot of now. Its values last until copy() returns: the next read overwrites them. Rejects where the kernel
   * cannot be read.
   */
  async look<T>(copy: (snapshot: Snapshot) => T): Promise<T> {
    await this.refresh();
    const found = await this.exclusive.run(async () => {
      await this.catchUp();
      return this.isWhole ? { copied: copy(this.snapshot!) } : undefined;
    });
    // A read that began meanwhile has failed, and has overwritten some of the values.
    return found === undefined ? this.look(copy) : found.copied;
  }

  stop(): void {
    this.supply.stop();
  }

  /**
   * Reads once more where another publisher has read since: around a reload the old one and the new one answer side by side. To be called
   * where no read can be under way, by which the order of reads is the order of answers.
   */
  private async catchUp(): Promise<void> {
    if (this.snapshot!.report.sequence < this.source.reads) await this.read();
  }

  private async read(): Promise<void> {
    this.isWhole = false;
    const snapshot = await this.source.take();
    if (this.renderer?.layout !== snapshot.layout) this.renderer = new Renderer(snapshot.layout, this.pool);
    await this.renderer.update(snapshot);
    this.snapshot = snapshot;
    this.isWhole = true;
    for (const known of [this.assembled, this.deflated]) {
      for (const { body } of known.values()) body.release();
      known.clear();
    }
  }

  /** Made one after the other, and all series once for all who take them: many who ask at once cost no more memory than one. */
  private compressed(format: Format, groups: GroupFilter | undefined): Promise<Deflated> {
    if (groups !== undefined) return this.part(format, groups).then(deflateAssembled);
    const renderer = this.renderer!;
    return shared(this.deflated, format, async () => {
      if (this.created === undefined && renderer.deflates) return renderer.deflate(format);
      if (format !== 'text') return deflateAssembled(await this.whole(format));
      const { chunks, release } = renderer.borrow();
      return deflateText(chunks).finally(release);
    });
  }

  /** All series. */
  private whole(format: Format): Promise<AssembledText> {
    return shared(this.assembled, format, () => this.renderer!.assemble(format, this.created));
  }

  /** The series of some groups, for the caller alone. */
  private part(format: Format, groups: GroupFilter): Promise<AssembledText> {
    const renderer = this.renderer!;
    return renderer.assemble(format, this.created, wantedFamilies(renderer.layout, groups));
  }
}

/** What is made once for all who ask for the format. One hold of the body is the caller's, one stays for others. */
async function shared<T extends { readonly body: Body }>(
  known: Map<Format, T>,
  format: Format,
  make: () => Promise<T>,
): Promise<T> {
  let text = known.get(format);
  if (text === undefined) {
    text = await make();
    known.set(format, text);
  }
  text.body.hold();
  return text;
}

/** Releases the text. */
function deflateAssembled({ body, length }: AssembledText): Promise<Deflated> {
  return deflateText([body.buffer.subarray(0, length)]).finally(() => {
    body.release();
  });
}

function pagedDocument({ chunks, release }: PagedText, end: Uint8Array): Document {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, end.length);
  return { chunks: [...chunks, end], isGzip: false, length, release };
}

function assembledDocument({ body, length }: AssembledText, end: Uint8Array, isGzip = false): Document {
  const release = (): void => {
    body.release();
  };
  return { chunks: [body.buffer.subarray(0, length), end], isGzip, length: length + end.length, release };
}

/** A whole gzip file: what is deflated already, `end`, and, in RFC 1952's order, the checksum and the number of bytes modulo 2^32. */
function gzipFile(deflated: Deflated, end: Uint8Array): Document {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(end, deflated.crc));
  trailer.writeUInt32LE((deflated.size + end.length) % 2 ** 32, 4);
  return assembledDocument(deflated, Buffer.concat([deflateRawSync(end, { level: 1 }), trailer]), true);
}
