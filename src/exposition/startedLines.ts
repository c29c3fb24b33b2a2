/**
 * The lines of a counter with, behind each value, since when it counts, as OpenMetrics 2.0 wants it. They are put together once; as long as
 * each value has as many digits as before, which is nearly always, only digits are written.
 *
 *     x_per_cpu_total{cpu="0"} 1234 st@1700000000.204\n
 *                              └ offsets[line]
 */
import type { RenderedFamily, Start } from './formats/format.js';
import { KeptRows } from './keptRows.js';

export class StartedLines {
  private text = new Uint8Array(0);
  /** For each line where its digits begin in the text, and how many they are. */
  private offsets = new Uint32Array(0);
  private widths = new Uint8Array(0);
  private readonly rows: KeptRows;

  constructor(private readonly rendered: RenderedFamily) {
    this.rows = new KeptRows(rendered);
  }

  /** What is rendered now. Overwritten by the next call. */
  of(start: Start): Uint8Array {
    if (!this.rows.areThose(start) || !this.update()) this.layOut(start);
    return this.text;
  }

  /** False where a value has more or less digits than before, and some may be written. */
  private update(): boolean {
    const { rendered, text, offsets, widths } = this;
    const { lines, starts, ends, columns } = rendered;
    for (let row = 0; row < rendered.rowCount; row++) {
      if (!rendered.isShown(row)) continue;
      for (let line = row * columns, last = line + columns; line < last; line++) {
        const end = ends[line]!;
        let from = starts[line]!;
        if (end - from !== widths[line]) return false;
        for (let at = offsets[line]!; from < end; from++, at++) text[at] = lines[from]!;
      }
    }
    return true;
  }

  private layOut(start: Start): void {
    const { rendered } = this;
    const { lines, starts, ends, rowCount, columns } = rendered;
    const time = Buffer.from(` st@${start.time}`);
    const text = new Uint8Array(lines.length + starts.length * time.length);
    this.offsets = new Uint32Array(starts.length);
    this.widths = new Uint8Array(starts.length);
    this.rows.take(start);
    let at = 0;
    let from = 0;
    // Each piece reaches from the newline that ends a line to the end of the next value.
    for (let row = 0; row < rowCount; row++) {
      if (!rendered.isShown(row)) continue;
      for (let line = row * columns, last = line + columns; line < last; line++) {
        const end = ends[line]!;
        text.set(lines.subarray(from, end), at);
        at += end - from;
        this.widths[line] = end - starts[line]!;
        this.offsets[line] = at - this.widths[line]!;
        if (this.rows.tellsStart(row)) {
          text.set(time, at);
          at += time.length;
        }
        from = end;
      }
    }
    text.set(lines.subarray(from), at);
    this.text = text.subarray(0, at + lines.length - from);
  }
}
