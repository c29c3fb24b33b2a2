/** OpenMetrics 1.0: a counter's family is named without `_total`, units are told, and there is an end. */
import { escapeLine, escapeQuoted, endsInUnit } from '../syntax.js';
import type { Format, Head, RenderedFamily, Start } from './format.js';
import { gaugesText, samplesText } from './text.js';

export const openmetrics: Format = {
  name: 'openmetrics',
  mediaTypes: [
    {
      type: 'application/openmetrics-text',
      parameters: { version: '0.0.1' },
      contentType: 'application/openmetrics-text; version=0.0.1; charset=utf-8',
    },
    {
      type: 'application/openmetrics-text',
      parameters: { version: '1.0.0' },
      contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    },
  ],
  startIn: 'line',
  header: (name, head) => Buffer.from(headOf(name, head)),
  samples: (rendered, start) => (start === undefined ? rendered.lines : linesCreated(rendered, start)),
  gauges: (families) => gaugesText(families, headOf),
  ownFamily(own) {
    const family = familyName(own.name, own.type);
    return Buffer.from(`# HELP ${family} ${escapeLine(own.help)}\n# TYPE ${family} ${own.type}\n${samplesText(own)}`);
  },
  ownSeparator: '',
  end: '# EOF\n',
};

function headOf(name: string, head: Head): string {
  return metadata(familyName(name, head.type), head, endsInUnit(name, head));
}

/** The comments of a family, in the order that is asked for. */
export function metadata(family: string, { help, type, unit }: Head, tellsUnit: boolean): string {
  const unitLine = tellsUnit ? `# UNIT ${family} ${unit ?? ''}\n` : '';
  return `# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${escapeQuoted(help)}\n`;
}

function familyName(name: string, type: string): string {
  return type === 'counter' ? name.replace(/_total$/, '') : name;
}

/** The lines with, behind each counter's, one that tells since when it counts, as the samples of one metric are wanted together. */
function linesCreated(rendered: RenderedFamily, start: Start): Uint8Array {
  const { lines, name, head, starts, ends, rowCount, columns } = rendered;
  if (head.type !== 'counter' || lines.length === 0) return lines;
  const createdName = Buffer.from(name.replace(/_total$/, '_created'));
  const time = Buffer.from(`${start.time}\n`);
  const text = new Uint8Array(2 * lines.length + starts.length * (createdName.length + time.length));
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    text.set(bytes, at);
    at += bytes.length;
  };
  let from = 0;
  for (let row = 0; row < rowCount; row++) {
    if (!rendered.isShown(row)) continue;
    const counts = rendered.countsSince(row, start);
    for (let line = row * columns; line < (row + 1) * columns; line++) {
      const next = ends[line]! + 1;
      put(lines.subarray(from, next));
      if (counts) {
        // The labels are the same; the name in front of them and the value behind them are not.
        put(createdName);
        put(lines.subarray(from + name.length, starts[line]));
        put(time);
      }
      from = next;
    }
  }
  return text.subarray(0, at);
}
