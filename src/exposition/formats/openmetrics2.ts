/**
 * OpenMetrics 2.0, as of its release candidate 0 (March 2026): a family is named as its samples are, and a counter's sample says since when
 * it counts.
 */
import { endsInUnit } from '../syntax.js';
import type { Format, Head, RenderedFamily, Start } from './format.js';
import { metadata } from './openmetrics.js';
import { gaugesText, samplesText } from './text.js';

export const openmetrics2: Format = {
  name: 'openmetrics2',
  mediaTypes: [
    {
      type: 'application/openmetrics-text',
      parameters: { version: '2.0.0' },
      contentType: 'application/openmetrics-text; version=2.0.0; charset=utf-8',
    },
  ],
  startIn: 'sample',
  header: (name, head) => Buffer.from(headOf(name, head)),
  samples: (rendered, start) => (start === undefined ? rendered.lines : linesStarted(rendered, start)),
  gauges: (families) => gaugesText(families, headOf),
  ownFamily: (own) => Buffer.from(headOf(own.name, own) + samplesText(own)),
  ownSeparator: '',
  end: '# EOF\n',
};

function headOf(name: string, head: Head): string {
  return metadata(name, head, endsInUnit(name, head));
}

/** The lines of counters with, behind each value, since when it counts. */
function linesStarted(rendered: RenderedFamily, start: Start): Uint8Array {
  const { lines, head, starts, ends, rowCount, columns } = rendered;
  if (head.type !== 'counter' || lines.length === 0) return lines;
  const time = Buffer.from(` st@${start.time}`);
  const text = new Uint8Array(lines.length + starts.length * time.length);
  let at = 0;
  let from = 0;
  // Each piece reaches from the newline that ends a line to the end of the next value.
  for (let row = 0; row < rowCount; row++) {
    if (!rendered.isShown(row)) continue;
    const counts = rendered.countsSince(row, start);
    for (let line = row * columns; line < (row + 1) * columns; line++) {
      const end = ends[line]!;
      // For the few dozen bytes of a line a loop is faster than a call of TypedArray.set.
      while (from < end) text[at++] = lines[from++]!;
      for (let index = 0; counts && index < time.length; index++) text[at++] = time[index]!;
    }
  }
  text.set(lines.subarray(from), at);
  return text.subarray(0, at + lines.length - from);
}
