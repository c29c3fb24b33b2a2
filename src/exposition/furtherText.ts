/** What is published of rows beside their sums and parts, as text that follows the kernel's series: the same lines in any format. */
import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import type { Label } from '../config/model.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Format } from './formats/format.js';
import { labelSet } from './syntax.js';

/** Ends with a flush, at a whole byte, so that something can follow. The window finds what the line before repeats. */
const OPTIONS = { level: 1, windowBits: 12, memLevel: 9, finishFlush: constants.Z_SYNC_FLUSH } as const;
const deflate = promisify(deflateRaw);

/** Tells of a family, by its index in SeriesLayout.families, whether it is to be in a document. */
export type WantedFamilies = (familyIndex: number) => boolean;

export interface FurtherText {
  /**
   * What belongs to a snapshot, which must not change meanwhile; undefined where that is nothing.
   * @param wanted undefined for all families
   */
  render(snapshot: Snapshot, format: Format, wanted?: WantedFamilies): Promise<FurtherPart | undefined>;
}

/** A part of a document. */
export class FurtherPart {
  private packed: Promise<Buffer> | undefined;

  constructor(readonly text: Buffer) {}

  /** As of RFC 1951, without the mark of the last block. */
  get deflated(): Promise<Buffer> {
    this.packed ??= deflate(this.text, OPTIONS);
    return this.packed;
  }
}

/** What is published under one name: a gauge. */
export class Lines {
  private readonly heads = new Map<Format, string>();
  /** As they are now; empty where there are none. */
  lines = '';

  constructor(
    private readonly name: string,
    private readonly help: string,
  ) {}

  headOf(format: Format): string {
    let head = this.heads.get(format);
    if (head === undefined) {
      head = Buffer.from(format.header(this.name, { help: this.help, type: 'gauge' })).toString();
      this.heads.set(format, head);
    }
    return head;
  }
}

/** All that has lines, with what stands before them. Bytes are made of all of it at once: of a thousand families each, that took longer than the rest. */
export function partOf(format: Format, pieces: readonly Lines[]): FurtherPart {
  const texts: string[] = [];
  for (const piece of pieces) if (piece.lines !== '') texts.push(piece.headOf(format), piece.lines);
  return new FurtherPart(Buffer.from(texts.join('')));
}

/** What a line has before its value. */
export function lineStart(name: string, labels: readonly Label[]): string {
  return `${name}${labelSet(labels)} `;
}
