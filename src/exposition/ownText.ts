/**
 * The exporter's own families as text, which ends a document. Of some dozens a few change with each read, and these come first: the others
 * are made, and deflated, once for as long as they stay the same.
 */
import { constants, deflateRawSync } from 'node:zlib';
import { deflateLiterals } from './deflate/literalText.js';
import type { Format } from './formats/format.js';
import type { OwnFamily } from './ownFamilies.js';

/** It ends with a flush, at a whole byte, so that something can follow. */
const OPTIONS = { level: 1, finishFlush: constants.Z_SYNC_FLUSH } as const;

const NOTHING = Buffer.alloc(0);

/** A part of the text. */
export class OwnPart {
  private packed: Buffer | undefined;

  constructor(
    readonly text: Buffer,
    private readonly deflate: (text: Buffer) => Buffer,
  ) {}

  /** As of RFC 1951, without the mark of the last block. */
  get deflated(): Buffer {
    this.packed ??= this.deflate(this.text);
    return this.packed;
  }
}

export class OwnText {
  /** Those that were told last. */
  private known: readonly OwnFamily[] = [];
  /** What is kept: the families from this index on. */
  private tail: { readonly from: number; readonly part: OwnPart } | undefined;

  constructor(private readonly format: Format) {}

  /** In this order: what changed since the last time, and the rest, with what ends the document; none of them is empty. */
  render(families: readonly OwnFamily[]): readonly OwnPart[] {
    const { known } = this;
    const changed = 1 + families.findLastIndex((family, index) => family !== known[index]);
    const isSame = families.length === known.length;
    const from = isSame ? changed : families.length;
    this.known = families;
    if (!isSame || this.tail?.from !== from) {
      const text = this.textOf(families.slice(from), this.format.end);
      this.tail = { from, part: new OwnPart(text, (kept) => deflateRawSync(kept, OPTIONS)) };
    }
    const between = from > 0 && from < families.length ? this.format.ownSeparator : '';
    const head = new OwnPart(this.textOf(families.slice(0, from), between), deflateLiterals);
    return [head, this.tail.part].filter(({ text }) => text.length > 0);
  }

  /** @param end what stands behind them */
  private textOf(families: readonly OwnFamily[], end: string): Buffer {
    const { format } = this;
    const separator = Buffer.from(format.ownSeparator);
    const pieces = families.flatMap((family, index) => [index === 0 ? NOTHING : separator, format.ownFamily(family)]);
    return Buffer.concat([...pieces, Buffer.from(end)]);
  }
}
