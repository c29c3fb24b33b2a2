/** A format of documents. A new one is a file beside this one and a line in registry.ts. */
import type { Family } from '../../config/model.js';
import type { OwnFamily } from '../ownFamilies.js';

/** Something that a client may ask for in its Accept header. */
export interface MediaType {
  /** Such as text/plain. */
  readonly type: string;
  readonly version: string;
  /** What the answer says that it is. */
  readonly contentType: string;
}

/** Since when counters count. */
export interface Created {
  /** Seconds since the epoch. */
  readonly time: string;
  /** As in Snapshot: rows that have not counted since then are told without a time. */
  readonly sinceBoot: Uint8Array;
}

/** The samples of a published name, as they are rendered now. */
export interface RenderedLines {
  /** The lines of the values that could be read; empty where there are none. */
  readonly lines: Uint8Array;
  /** The same with, behind each counter's, one that tells since when it counts. */
  linesCreated(created: Created): Uint8Array;
}

export interface Format {
  /** By which users ask for it. */
  readonly name: string;
  /** The first one is meant by a client that names no version. */
  readonly mediaTypes: readonly [MediaType, ...MediaType[]];
  /** What stands before the samples of a published name. */
  header(name: string, family: Pick<Family, 'help' | 'type' | 'unit'>): Uint8Array;
  /**
   * What stands for the samples; `created` is undefined where it is not wanted. Where it is the lines themselves, gzip takes a fraction of
   * the time.
   */
  samples(rendered: RenderedLines, created: Created | undefined): Uint8Array;
  /** One of the exporter's own families as a whole. */
  ownFamily(family: OwnFamily): string;
  /** What stands between two of these. */
  readonly ownSeparator: string;
  /** What ends a document. */
  readonly end: string;
}
