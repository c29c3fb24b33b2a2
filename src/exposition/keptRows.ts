/** What is laid out of a published name's rows and kept from one rendering to the next, for as long as nothing but values changes. */
import type { RenderedFamily, Start } from './formats/format.js';

/** Gives what is made of a published name, once: as long as there is the name, it is kept. */
export function keptFor<T extends object>(make: (rendered: RenderedFamily) => T): (rendered: RenderedFamily) => T {
  const kept = new WeakMap<RenderedFamily, T>();
  return (rendered) => {
    let made = kept.get(rendered);
    if (made === undefined) kept.set(rendered, (made = make(rendered)));
    return made;
  };
}

/** Which rows are shown, and which of them tell since when they count, as it was when something was laid out. */
export class KeptRows {
  private version: number | undefined;
  private time: string | undefined;
  private told: readonly boolean[] = [];

  constructor(private readonly rendered: RenderedFamily) {}

  /** False where what is laid out is of other rows, or other starts. */
  areThose(start: Start | undefined): boolean {
    const { rendered, version, time, told } = this;
    if (rendered.version !== version || start?.time !== time) return false;
    return told.every((tells, row) => tells === this.countsSince(row, start));
  }

  /** From now on, it is of these. */
  take(start: Start | undefined): void {
    this.version = this.rendered.version;
    this.time = start?.time;
    this.told = Array.from({ length: this.rendered.rowCount }, (_, row) => this.countsSince(row, start));
  }

  /** Of those that were taken. */
  tellsStart(row: number): boolean {
    return this.told[row] === true;
  }

  private countsSince(row: number, start: Start | undefined): boolean {
    const { rendered } = this;
    return start !== undefined && rendered.head.type === 'counter' && rendered.countsSince(row, start);
  }
}
