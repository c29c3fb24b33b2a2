/**
 * OpenMetrics 2.0, as of its release candidate 0 (March 2026): a family is named as its samples are, and a counter's sample says since when
 * it counts.
 */
import { keptFor } from '../keptRows.js';
import { StartedLines } from '../startedLines.js';
import { endsInUnit } from '../syntax.js';
import type { Format, Head, RenderedFamily, Start } from './format.js';
import { metadata } from './openmetrics.js';
import { gaugesText, samplesText } from './text.js';

const startedLinesOf = keptFor((rendered) => new StartedLines(rendered));

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
  if (rendered.head.type !== 'counter' || rendered.lines.length === 0) return rendered.lines;
  return startedLinesOf(rendered).of(start);
}
