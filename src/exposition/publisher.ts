/** Makes the documents that scrapes get: the kernel's series, then the exporter's own metrics. */
import { crc32 } from 'node:zlib';
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
import type { FurtherText } from './furtherText.js';

/** What follows the kernel's series. */
interface EndPart {
  readonly text: Uint8Array;
  readonly deflated: Uint8Array;
}

/** For what is not asked for. */
const NOTHING = Buffer.alloc(0);

/** Since when counters count. */
export interface StartTime {
  /** Seconds since the epoch, as a decimal number, as they are said to be now; undefined where that is not known. */
  readonly time: () => string | undefined;
  /** True where it is told in lines of its own, too, which many do not want. */
  readonly inLines: boolean;
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
  private readonly pool = new BodyPool();
  private renderer: Renderer | undefined;
  /** The read that is rendered. */
  private rendered: number | undefined;
  /** Since when counters count, as it was said for what is kept. */
  private time: string | undefined;
  /** What was assembled of the read and that time, for those who share it. */
  private readonly assembled = new Map<Format, AssembledText>();
  private readonly deflated = new Map<Format, Deflated>();
  private readonly ownTexts = new Map<Format, OwnText>();

  /**
   * @param start since when counters count; undefined where nobody is to be told
   * @param further what is told of rows beside their sums and parts
   */
  constructor(
    private readonly snapshots: Snapshots,
    private readonly own: OwnMetrics,
    private readonly start?: StartTime,
    private readonly further: readonly FurtherText[] = [],
  ) {}

  /** The document of now. Rejects where the kernel cannot be read. */
  document(format: Format, { groups, takesGzip = false }: Wanted = {}): Promise<Document> {
    return this.snapshots.use(async (snapshot) => {
      const renderer = await this.render(snapshot);
      const wanted = groups === undefined ? undefined : wantedFamilies(snapshot.layout, groups);
      const end: EndPart[] = [];
      for (const one of this.further) {
        const part = await one.render(snapshot, format, wanted);
        if (part !== undefined) end.push({ text: part.text, deflated: takesGzip ? await part.deflated : NOTHING });
      }
      end.push(...this.ownText(format).render(await this.own.families(snapshot.report)));
      if (takesGzip) return gzipFile(await this.compressed(renderer, format, groups), end);
      if (groups === undefined && format === text) return laidOutDocument(renderer.borrow(), end);
      const body = groups === undefined ? this.whole(renderer, format) : this.part(renderer, format, groups);
      return assembledDocument(await body, end);
    });
  }

  private async render(snapshot: Snapshot): Promise<Renderer> {
    const { renderer: before, pool } = this;
    const { sequence } = snapshot.report;
    const time = this.start?.time();
    const isKnown = before?.layout === snapshot.layout;
    if (isKnown && this.rendered === sequence) {
      // The clock may have been set since then.
      if (time !== this.time) this.forget();
      this.time = time;
      return before;
    }
    // Until it is whole it is no read's.
    this.rendered = undefined;
    const renderer = isKnown ? before : new Renderer(snapshot.layout, pool, before);
    this.renderer = renderer;
    await renderer.update(snapshot);
    this.rendered = sequence;
    this.time = time;
    this.forget();
    return renderer;
  }

  private forget(): void {
    for (const known of [this.assembled, this.deflated]) {
      for (const { body } of known.values()) body.release();
      known.clear();
    }
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
    return shared(
      this.deflated,
      format,
      async () =>
        (await renderer.deflate(format, this.startIn(format))) ?? deflateAssembled(await this.whole(renderer, format)),
    );
  }

  /** All series. */
  private whole(renderer: Renderer, format: Format): Promise<AssembledText> {
    return shared(this.assembled, format, () => renderer.assemble(format, this.startIn(format)));
  }

  private startIn({ startIn }: Format): string | undefined {
    if (startIn === 'nowhere' || (startIn === 'line' && this.start?.inLines !== true)) return undefined;
    return this.time;
  }

  /** The series of some groups, for the caller alone. */
  private part(renderer: Renderer, format: Format, groups: GroupFilter): Promise<AssembledText> {
    return renderer.assemble(format, this.startIn(format), wantedFamilies(renderer.layout, groups));
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
  return deflateText(body.buffer.subarray(0, length)).finally(() => {
    body.release();
  });
}

function laidOutDocument({ chunks, release }: LaidOutText, end: readonly EndPart[]): Document {
  return documentOf([...chunks, ...end.map(({ text }) => text)], release);
}

function assembledDocument({ body, length }: AssembledText, end: readonly EndPart[]): Document {
  return documentOf([body.buffer.subarray(0, length), ...end.map(({ text }) => text)], () => {
    body.release();
  });
}

function documentOf(chunks: readonly Uint8Array[], release: () => void, isGzip = false): Document {
  return { chunks, isGzip, length: sizeOf(chunks), release };
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  let size = 0;
  for (const { length } of chunks) size += length;
  return size;
}

/** An empty block in the fixed code, and the last one: RFC 1951, section 3.2.3. */
const LAST_BLOCK = [3, 0] as const;

/** A whole gzip file: what is deflated already, and, in RFC 1952's order, the checksum and the number of bytes modulo 2^32. */
function gzipFile({ body, length, crc, size }: Deflated, end: readonly EndPart[]): Document {
  const texts = end.map(({ text }) => text);
  const trailer = Buffer.alloc(LAST_BLOCK.length + 8);
  trailer.set(LAST_BLOCK);
  trailer.writeUInt32LE(
    texts.reduce((sum, one) => crc32(one, sum), crc),
    LAST_BLOCK.length,
  );
  trailer.writeUInt32LE((size + sizeOf(texts)) % 2 ** 32, LAST_BLOCK.length + 4);
  const chunks = [body.buffer.subarray(0, length), ...end.map(({ deflated }) => deflated), trailer];
  const release = (): void => {
    body.release();
  };
  return documentOf(chunks, release, true);
}
