/**
 * Draws what is in the picture of the README, of the last minutes that a Prometheus has of one host with the default config:
 * `npm run demo` for a quarter of an hour, scraped every 5 s, and then
 * `node build/deploy/grafana/src/plot.js http://localhost:9090 > deploy/grafana/picture.svg`.
 */
import { gauge, perCpuRate, rate, skew } from './queries.js';

const MINUTES = 15;
const STEP = 10;
const SIZE = { width: 1200, height: 660, column: 390, row: 300 };
/** The plot's place within its panel. */
const AREA = { left: 54, top: 62, width: 318, height: 200 };
const COLORS = ['#73bf69', '#f2cc0c', '#5794f2'];

interface Series {
  readonly name: string;
  readonly points: readonly (readonly [time: number, value: number])[];
}
interface Plot {
  readonly title: string;
  readonly unit: string;
  /** PromQL by legend, in which {{label}} stands for a label's value. */
  readonly queries: Readonly<Record<string, string>>;
}

const onCpus = (counter: string): string => perCpuRate(gauge(`${counter}_per_cpu_total`));
const plots: readonly Plot[] = [
  { title: 'Context switches on each CPU', unit: '/s', queries: { '{{cpu}}': onCpus('vm_context_switches') } },
  { title: 'Device interrupts on each CPU', unit: '/s', queries: { '{{cpu}}': onCpus('vm_device_interrupts') } },
  {
    title: 'Skew: busiest CPU / average',
    unit: '',
    queries: { switches: skew(onCpus('vm_context_switches')), interrupts: skew(onCpus('vm_device_interrupts')) },
  },
  {
    title: 'TCP connections by state',
    unit: '',
    queries: { '{{state}}': gauge('tcp_states', 'state=~"established|time_wait|fin_wait_2"') },
  },
  {
    title: 'TCP segments',
    unit: '/s',
    queries: { received: rate('tcp_received_segments'), sent: rate('tcp_sent_segments') },
  },
  {
    title: 'Page faults: busiest and median CPU',
    unit: '/s',
    queries: { '{{stat}}': gauge('vm_faults_per_cpu_rate', 'stat=~"max|p50"') },
  },
];

const server = process.argv[2] ?? 'http://localhost:9090';
const end = Math.floor(Date.now() / 1000 / STEP) * STEP;
const start = end - MINUTES * 60;

async function ask(legend: string, query: string): Promise<Series[]> {
  const chosen = query.replaceAll(/\$(job|instance)/g, '.*').replaceAll('$__rate_interval', '30s');
  const range = new URLSearchParams({ query: chosen, start: String(start), end: String(end), step: String(STEP) });
  const { data } = (await (await fetch(`${server}/api/v1/query_range?${range.toString()}`)).json()) as {
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  if (data.result.length === 0) throw new Error(`no data: ${chosen}`);
  return data.result.map(({ metric, values }) => ({
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: values.map(([time, value]) => [time, Number(value)] as const),
  }));
}

const x = (time: number): number => AREA.left + ((time - start) / (end - start)) * AREA.width;
const round = (value: number): string => value.toFixed(1);
const text = (left: number, top: number, content: string, rest = ''): string =>
  `<text x="${round(left)}" y="${round(top)}" ${rest}>${content}</text>`;

const short = (value: number): string => value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 });

function highestOf(series: readonly Series[]): number {
  return Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)));
}

/** The least of 1, 2, 2.5 and 5 times a power of ten that divides the values into at most five steps. */
function stepOf(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / 5));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => highest / step <= 5)!;
}

function lines(series: readonly Series[], unit: string): string {
  const step = stepOf(highestOf(series));
  const highest = Math.ceil(highestOf(series) / step) * step;
  const y = (value: number): number => AREA.top + AREA.height * (1 - value / highest);
  let drawn = '';
  for (let value = 0; value <= highest + step / 2; value += step) {
    drawn += `<path class="grid" d="M${AREA.left} ${round(y(value))}h${AREA.width}"/>`;
    drawn += text(AREA.left - 6, y(value) + 4, short(value) + unit, 'text-anchor="end"');
  }
  for (const [index, { points }] of series.entries()) {
    const path = points.map(([time, value]) => `${round(x(time))} ${round(y(value))}`).join('L');
    drawn += `<path d="M${path}" fill="none" stroke="${COLORS[index]!}" stroke-width="1.8"/>`;
  }
  let left = AREA.left;
  for (const [index, { name }] of series.entries()) {
    drawn += `<rect x="${left}" y="41" width="10" height="10" rx="2" fill="${COLORS[index]!}"/>${text(left + 15, 50, name)}`;
    left += 30 + name.length * 6.6;
  }
  return drawn;
}

/** From dark to light: as many shades as can be told apart. */
const shade = (part: number): string => `hsl(${round(12 + 40 * part)} 95% ${round(10 + 62 * part)}%)`;

function heatmap(series: readonly Series[], unit: string): string {
  const highest = highestOf(series);
  const height = AREA.height / series.length;
  const width = round((AREA.width / (MINUTES * 60)) * STEP + 0.2);
  let drawn = '';
  for (const [index, { name, points }] of series.entries()) {
    const top = AREA.top + AREA.height - (index + 1) * height;
    drawn += text(AREA.left - 6, top + height / 2 + 4, `CPU ${name}`, 'text-anchor="end"');
    for (const [time, value] of points.slice(0, -1)) {
      drawn += `<path d="M${round(x(time))} ${round(top)}h${width}v${round(height - 1)}h-${width}z" fill="${shade(value / highest)}"/>`;
    }
  }
  for (let i = 0; i < 40; i++)
    drawn += `<rect x="${AREA.left + 30 + i * 4}" y="41" width="4.3" height="10" fill="${shade(i / 39)}"/>`;
  return drawn + text(AREA.left, 50, `0${unit}`) + text(AREA.left + 197, 50, short(highest) + unit);
}

let drawn = '';
for (const [index, { title, unit, queries }] of plots.entries()) {
  const series = (await Promise.all(Object.entries(queries).map(([legend, query]) => ask(legend, query)))).flat();
  drawn += `<g transform="translate(${10 + (index % 3) * (SIZE.column + 5)} ${10 + Math.floor(index / 3) * (SIZE.row + 10)})">`;
  drawn += `<rect width="${SIZE.column}" height="${SIZE.row}" rx="4" fill="#181b1f" stroke="#2c3035"/>`;
  const isHeatmap = '{{cpu}}' in queries;
  drawn += text(14, 25, title, 'class="title"') + (isHeatmap ? heatmap(series, unit) : lines(series, unit));
  for (let minute = 0; minute <= MINUTES; minute += 5) {
    drawn += text(
      x(start + minute * 60),
      AREA.top + AREA.height + 18,
      minute === MINUTES ? 'now' : `−${MINUTES - minute} min`,
      'text-anchor="middle"',
    );
  }
  drawn += '</g>\n';
}
const caption = 'Drawn from a simulated kernel’s data, as a real Prometheus scraped them from kcounter_exporter.';
process.stdout
  .write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="11.5" fill="#c7d0d9">
<style>.title{font-size:14px;font-weight:600;fill:#e9edf2}.grid{stroke:#2c3035}</style>
<rect width="100%" height="100%" rx="6" fill="#0b0c0e"/>
${drawn}${text(14, SIZE.height - 13, caption, 'fill="#8e99a5"')}
</svg>
`);
