/** What is published of rows beside their sums and parts: gauges that follow the kernel's series. */
import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import type { Label } from '../config/model.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Format, GaugeFamily } from './formats/format.js';
import { labelSet, numberText } from './syntax.js';

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

  constructor(readonly text: Uint8Array) {}

  /** As of RFC 1951, without the mark of the last block. */
  get deflated(): Promise<Buffer> {
    this.packed ??= deflate(this.text, OPTIONS);
    return this.packed;
  }
}

/** What is published under one name, sample by sample; what a sample has before its value stays the same. */
export class Gauge implements GaugeFamily {
  private readonly starts: readonly string[];
  private values: readonly (number | bigint | undefined)[] = [];
  /** What the values are as lines; undefined until somebody asks. */
  private text: string | undefined;

  /** @param labels of its samples */
  constructor(
    readonly name: string,
    readonly help: string,
    private readonly labels: readonly (readonly Label[])[],
  ) {
    this.starts = labels.map((one) => `${name}${labelSet(one)} `);
  }

  /** The values of now, one for each sample: undefined, and absent, where there is none. */
  set(values: readonly (number | bigint | undefined)[]): void {
    this.values = values;
    this.text = undefined;
  }

  get lines(): string {
    if (this.text === undefined) {
      let text = '';
      this.values.forEach((value, index) => {
        if (value !== undefined) text += `${this.starts[index]!}${numberText(value)}\n`;
      });
      this.text = text;
    }
    return this.text;
  }

  get isEmpty(): boolean {
    return this.values.every((value) => value === undefined);
  }

  *samples(): Generator<{ readonly labels: readonly Label[]; readonly value: number }> {
    for (const [index, value] of this.values.entries()) {
      if (value !== undefined) yield { labels: this.labels[index]!, value: Number(value) };
    }
  }
}

/** All that has samples; undefined where none has. */
export function partOf(format: Format, gauges: readonly Gauge[]): FurtherPart | undefined {
  const shown = gauges.filter(({ isEmpty }) => !isEmpty);
  return shown.length === 0 ? undefined : new FurtherPart(format.gauges(shown));
}
