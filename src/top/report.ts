/** What `top` prints where nobody looks at a screen: a table for each read, or an object in a line of JSON. */
import { clip } from './names.js';
import { plain } from './painter.js';
import { clockText, countText, spanText } from './screen.js';
import type { Frame } from './series.js';
import { tableFor } from './table.js';
import { chosen, chosenSeries, type Choice } from './view.js';

/**
 * The head of a read, the table, and an empty line.
 * @param columns that a line has at most; Infinity where nothing is to be cut
 * @param prefix that names go without where there is no room for it
 */
export function batchText(frame: Frame, choice: Choice, columns = Infinity, prefix = ''): string {
  const table = tableFor({ ...choice, frame, prefix }, columns);
  const about = `${dateText(frame.takenAt)} ${clockText(frame.takenAt)}; ${spanText(frame)}; ${countText(frame)}`;
  const lines = [clip(about, columns), table.head, ...chosen(frame, choice).map((series) => table.line(series, plain))];
  return `${lines.map((one) => one.trimEnd()).join('\n')}\n\n`;
}

/** 64-bit values are texts, since not every reader of JSON has such numbers. What is not known is null; where no CPU is hot, none is named. */
export function jsonLine(frame: Frame, choice: Choice): string {
  const { takenAt, seconds = null, averageSeconds = null, cpus, down } = frame;
  const series = chosenSeries(frame, choice).map(
    ({ name, labels, type, unit, value, reason, rate, average, change, hot, parts }) => ({
      name,
      labels: Object.fromEntries(labels.map((label) => [label.name, label.value])),
      type,
      ...(unit === undefined ? {} : { unit }),
      value: value === undefined ? null : String(value),
      ...(reason === undefined ? {} : { reason }),
      ...(type === 'gauge'
        ? { change: change === undefined ? null : String(change) }
        : { rate: rounded(rate), average: rounded(average) }),
      ...(type === 'gauge' || (hot === undefined && parts !== undefined)
        ? {}
        : { hot_cpu: hot?.id ?? null, hot_share: rounded(hot?.share) }),
      ...(choice.withCpus ? { per_cpu: parts === undefined ? null : Array.from(parts, rounded) } : {}),
    }),
  );
  const time = new Date(takenAt).toISOString();
  return `${JSON.stringify({ time, seconds, average_seconds: averageSeconds, cpus, down, series })}\n`;
}

/** To as many digits as a time between two reads bears. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(9));
}

function dateText(at: number): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
