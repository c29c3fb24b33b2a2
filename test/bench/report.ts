/** What the benchmark prints: Markdown tables whose columns are aligned, to be read as they are or taken into docs/costs.md. */
import type { SamplingCost, SpreadCost } from './activity.js';
import type { ListCost } from './lists.js';
import type { HeapReport } from './heap.js';
import { encodings, type Result } from './measure.js';
import type { FunctionTime } from './profile.js';
import { serverNames, type Floor, type ServerName } from './servers.js';
import type { StartUp } from './startup.js';
import type { TruthCost } from './truth.js';

const titles: Readonly<Record<ServerName, string>> = {
  exporter: 'this exporter',
  straightforward: 'straightforward',
  floor: 'floor in C',
};

/** The cost of a scrape of each server, for each size. */
export function costTable(results: readonly Result[], floor: Floor): string {
  const rows = results.flatMap(({ size, series, costs, rss }) =>
    encodings.flatMap((encoding) =>
      serverNames.map((name) => {
        const { cpu, p50, p99, bytes, scrapes, honoured } = costs[name][encoding];
        const packer = name === 'floor' && encoding === 'gzip' ? ` (${floor.gzip})` : '';
        return [
          sizeText(size),
          String(series),
          encoding,
          titles[name] + packer + (honoured ? '' : ': no gzip yet'),
          number(cpu),
          number(p50),
          number(p99),
          String(scrapes),
          number(bytes / 1000),
          number(rss[name]),
        ];
      }),
    ),
  );
  const head = [
    'Counters × CPUs',
    'Series',
    'Encoding',
    'Server',
    'CPU ms',
    'p50 ms',
    'p99 ms',
    'Scrapes',
    'kB',
    'RSS MB',
  ];
  return table(head, rows);
}

/** How many times more or less each costs, and how the cost of a value grows from size to size. */
export function ratioTable(results: readonly Result[]): string {
  const rows = results.flatMap(({ size, series, costs }, index) =>
    encodings.map((encoding) => {
      const { exporter, straightforward, floor } = costs;
      const nanoseconds = (of: Result): number => (of.costs.exporter[encoding].cpu * 1e6) / of.series;
      const before = results[index - 1];
      const growth = before === undefined ? '' : number(nanoseconds(results[index]!) / nanoseconds(before));
      return [
        sizeText(size),
        encoding + (exporter[encoding].honoured ? '' : ': no gzip yet'),
        number(straightforward[encoding].cpu / exporter[encoding].cpu),
        number(exporter[encoding].cpu / floor[encoding].cpu),
        number((exporter[encoding].cpu * 1e6) / series),
        growth,
      ];
    }),
  );
  const head = [
    'Counters × CPUs',
    'Encoding',
    'straightforward / this',
    'this / floor',
    'ns a series',
    'growth a series',
  ];
  return table(head, rows);
}

export function loopTable(results: readonly Result[]): string {
  const rows = results.map(({ size, delay, changed, reads, warmUp }) => [
    sizeText(size),
    number(delay),
    `${number(100 * changed)} %`,
    number(reads),
    serverNames.map((name) => String(warmUp[name])).join(', '),
  ]);
  return table(
    ['Counters × CPUs', 'Event loop held at most, ms', 'Series that change', 'Reads a scrape', 'Warm-up scrapes'],
    rows,
  );
}

export function truthTable(costs: readonly TruthCost[]): string {
  const rows = costs.map(({ size, off, on, checks, oldest }) => [
    sizeText(size),
    number(off),
    number(on),
    number(on / off),
    number(checks),
    number(oldest / 60),
  ]);
  const head = [
    'Counters × CPUs',
    'CPU without proofs, ms',
    'With, ms',
    'With / without',
    'Proofs a scrape',
    'Oldest proof at 15 s a scrape, min',
  ];
  return table(head, rows);
}

export function listTable(costs: readonly ListCost[]): string {
  const rows = costs.map(({ title, series, cost, without, held, heldInChange }) => [
    title,
    String(series),
    number(cost),
    without === undefined ? '' : number(cost - without),
    number(held),
    heldInChange === undefined ? '' : number(heldInChange),
  ]);
  const head = [
    '',
    'Series',
    'CPU a scrape, ms',
    'More than without, ms',
    'Loop held, ms',
    'Held where one comes each scrape, ms',
  ];
  return table(head, rows);
}

export function samplingTable(costs: readonly SamplingCost[]): string {
  return table(
    ['226 counters × 64 CPUs, nobody scrapes', 'Of a CPU, %'],
    costs.map(({ title, share }) => [title, number(share)]),
  );
}

export function spreadTable(costs: readonly SpreadCost[]): string {
  return table(
    ['1,000 counters × 1,024 CPUs, a scrape each 5 s', 'Series', 'kB', 'CPU a scrape, ms', 'Loop held, ms'],
    costs.map(({ title, series, bytes, cost, held }) => [
      title,
      String(series),
      number(bytes / 1000),
      number(cost),
      number(held),
    ]),
  );
}

export function startUpTable({ median, worst, rss, bytes, cpus }: StartUp): string {
  return table(
    [`Default config, ${cpus} CPUs`, 'Value'],
    [
      ['start to first answer, median of 9, ms', number(median)],
      ['start to first answer, slowest of 9, ms', number(worst)],
      ['RSS after 200 scrapes, MB', number(rss)],
      ['bytes a scrape', String(bytes)],
    ],
  );
}

export function heapTable({ size, samples, allocations }: HeapReport): string {
  const rows = samples.map(({ scrapes, used, external, arrayBuffers, rss }) => [
    String(scrapes),
    used.toFixed(3),
    external.toFixed(3),
    arrayBuffers.toFixed(3),
    number(rss),
  ]);
  const head = [`Scrapes at ${sizeText(size)}`, 'heap used, MB', 'external, MB', 'array buffers, MB', 'RSS, MB'];
  const reads = allocations.map((one) => [sizeText(one), number(one.bytes / 1000)]);
  return `${table(head, rows)}\n\n${table(['One read of the kernel', 'allocates on the heap, kB'], reads)}`;
}

/** The functions that take most of the time, those of the exporter and of Node.js alike. */
export function profileTable(times: readonly FunctionTime[]): string {
  const rows = times.slice(0, 30).map(({ name, self }) => [name, self.toFixed(3)]);
  const sum = times.reduce((total, { self }) => total + self, 0);
  return table(['Function', 'self, ms a scrape'], [...rows, ['all, but for waiting', sum.toFixed(3)]]);
}

function sizeText({ counters, cpus }: Result['size']): string {
  return `${counters} × ${cpus}`;
}

/** Three significant digits. */
function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/** Numbers are set to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const right = head.map((_, column) => rows.every((row) => /^[\d.-]*( %)?$/.test(row[column]!)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (right[column]! ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => '-'.repeat(width - 1) + (right[column]! ? ':' : '-')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
