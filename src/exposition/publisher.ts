/** Makes the documents that scrapes get: the kernel's series, then the exporter's own metrics. */
import { crc32, deflateRawSync } from 'node:zlib';
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Snapshots } from '../snapshots/snapshots.js';
import { BodyPool, type Body } from './bodyPool.js';
import type { Deflated } from './deflate/documentCoder.js';
import { deflateText } from './deflate/zlibText.js';
import type { Format } from './formats/format.js';
import { text } from './formats/text.js';
import { wantedFamilies, type GroupFilter } from './groupFilter.js';
import type { OwnMetrics } from './ownFamilies.js';
import { OwnText } from './ownText.js';
import { Renderer, type AssembledText, type LaidOutText } from './renderer.js';

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
  private readonly pool = new BodyPool();
  private renderer: Renderer | undefined;
  /** The read that is rendered. */
  private rendered: number | undefined;
  /** What was assembled of it, for those who share it. */
  private readonly assembled = new Map<Format, AssembledText>();
  private readonly deflated = new Map<Format, Deflated>();
  private readonly ownTexts = new Map<Format, OwnText>();

  /** @param created as in Renderer.assemble */
  constructor(
    private readonly snapshots: Snapshots,
    private readonly own: OwnMetrics,
    private readonly created?: string,
  ) {}

  /** The document of now. Rejects where the kernel cannot be read. */
  document(format: Format, { groups, takesGzip = false }: Wanted = {}): Promise<Document> {
    return this.snapshots.use(async (snapshot) => {
      const renderer = await this.render(snapshot);
      const end = this.ownText(format).render(await this.own.families(snapshot.report));
      if (takesGzip) return gzipFile(await this.compressed(renderer, format, groups), end);
      if (groups === undefined && format === text) return laidOutDocument(renderer.borrow(), end);
      const body = groups === undefined ? this.whole(renderer, format) : this.part(renderer, format, groups);
      return assembledDocument(await body, end);
    });
  }

  private async render(snapshot: Snapshot): Promise<Renderer> {
    const { renderer: before, pool } = this;
    const { sequence } = snapshot.report;
    const isKnown = before?.layout === snapshot.layout;
    if (isKnown && this.rendered === sequence) return before;
    // Until it is whole it is no read's.
    this.rendered = undefined;
    const renderer = isKnown ? before : new Renderer(snapshot.layout, pool, before);
    this.renderer = renderer;
    await renderer.update(snapshot);
    this.rendered = sequence;
    for (const known of [this.assembled, this.deflated]) {
      for (const { body } of known.values()) body.release();
      known.clear();
    }
    return renderer;
  }

  private ownText(format: Format): OwnText {
    let own = this.ownTexts.get(format);
    if (own === undefined) {
      own = new OwnText(format);
      this.ownTexts.set(format, own);
    }
    return own;
  }

  /** Made one after the other, and all series once for all who take them: many who ask at once cost no more memory than one. */
  private compressed(renderer: Renderer, format: Format, groups: GroupFilter | undefined): Promise<Deflated> {
    if (groups !== undefined) return this.part(renderer, format, groups).then(deflateAssembled);
    return shared(this.deflated, format, async () => {
      if (this.created === undefined && renderer.deflates) return renderer.deflate(format);
      if (format !== text) return deflateAssembled(await this.whole(renderer, format));
      const { chunks, release } = renderer.borrow();
      return deflateText(chunks).finally(release);
    });
  }

  /** All series. */
  private whole(renderer: Renderer, format: Format): Promise<AssembledText> {
    return shared(this.assembled, format, () => renderer.assemble(format, this.created));
  }

  /** The series of some groups, for the caller alone. */
  private part(renderer: Renderer, format: Format, groups: GroupFilter): Promise<AssembledText> {
    return renderer.assemble(format, this.created, wantedFamilies(renderer.layout, groups));
  }
}

/** What is made once for all who ask for the format. One hold of the body is the caller's, one stays for others. */
async function shared<T extends { readonly body: Body }>(
  known: Map<Format, T>,
  format: Format,
  make: () => Promise<T>,
): Promise<T> {
  let made = known.get(format);
  if (made === undefined) {
    made = await make();
    known.set(format, made);
  }
  made.body.hold();
  return made;
}

/** Releases the text. */
function deflateAssembled({ body, length }: AssembledText): Promise<Deflated> {
  return deflateText([body.buffer.subarray(0, length)]).finally(() => {
    body.release();
  });
}

function laidOutDocument({ chunks, release }: LaidOutText, end: Uint8Array): Document {
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
