/** A format of documents. A new one is a file beside this one and a line in registry.ts. */
import type { Family, Label } from '../../config/model.js';
import type { OwnFamily } from '../ownFamilies.js';

/** Something that a client may ask for in its Accept header. */
export interface MediaType {
  /** Such as text/plain. */
  readonly type: string;
  /** What a client has to say of it. By one that names no version the first one is meant. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the answer says that it is. */
  readonly contentType: string;
}

/** Since when counters count. */
export interface Start {
  /** Seconds since the epoch, as a decimal number. */
  readonly time: string;
  /** As in Snapshot: rows that have not counted since then are told without a time. */
  readonly sinceBoot: Uint8Array;
}

/** What stands before the values of a published name. */
export type Head = Pick<Family, 'help' | 'type' | 'unit'>;

/**
 * The samples of a published name as they are rendered now: a line of text for each, or none for a row that could not be read. The line of a
 * row's column is row × columns + column.
 */
export interface RenderedFamily {
  /** A counter's ends in `_total`. */
  readonly name: string;
  readonly head: Head;
  /** Changes whenever other rows are shown. */
  readonly version: number;
  /** The lines of the values that could be read; empty where there are none. */
  readonly lines: Uint8Array;
  /** For each line where its digits begin and end in `lines`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly rowCount: number;
  /** Samples of each row: one, or one for each CPU. */
  readonly columns: number;
  isShown(row: number): boolean;
  /** True where the row is one that counts since the start. */
  countsSince(row: number, start: Start): boolean;
  labelsOf(row: number, column: number): readonly Label[];
  /** For each line its value as a double: what Prometheus makes of its digits. Overwritten by the next call. */
  doubles(): Float64Array;
}

/** A gauge whose samples are known as lines of text, which are the same in all formats that are text. */
export interface GaugeFamily {
  readonly name: string;
  readonly help: string;
  readonly lines: string;
  samples(): Iterable<{ readonly labels: readonly Label[]; readonly value: number }>;
}

/** Bytes that stay the same, but for doubles in them, as long as it is the same object. */
export interface FixedMessage {
  readonly bytes: Uint8Array;
  /** Where they are, ascending; there is at least one. */
  readonly doubles: Uint32Array;
}

/** Gives what stands for the samples of a published name, as bytes in which only values change. */
export type FixedMessages = (rendered: RenderedFamily, start: Start | undefined) => FixedMessage;

export interface Format {
  /** By which users ask for it. */
  readonly name: string;
  readonly mediaTypes: readonly [MediaType, ...MediaType[]];
  /** Where it tells since when a counter counts: in its sample, in a line of its own that not everybody wants, or nowhere. */
  readonly startIn: 'sample' | 'line' | 'nowhere';
  /** What stands before the samples of a published name. */
  header(name: string, head: Head): Uint8Array;
  /**
   * What stands for the samples; `start` is undefined where it is not wanted. Where it is the lines themselves, gzip takes a fraction of the
   * time. The bytes stay as they are until the next call for the same name.
   */
  samples(rendered: RenderedFamily, start: Start | undefined): Uint8Array;
  /** The same with where its values are, for a format in which nothing else changes: gzip takes a fraction of the time. */
  readonly fixed?: FixedMessages;
  /** Gauges as a whole, one after the other. */
  gauges(families: readonly GaugeFamily[]): Uint8Array;
  /** One of the exporter's own families as a whole. */
  ownFamily(family: OwnFamily): Uint8Array;
  /** What stands between two of these. */
  readonly ownSeparator: string;
  /** What ends a document. */
  readonly end: string;
}
