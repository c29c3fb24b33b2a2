/** The kernel's series of a scrape, each CPU's parts with their sum; and which of a scrape's series are no values of the kernel. */
import type { Label } from '../config/model.js';
import { unitOfName } from '../config/units.js';
import { decimalOf, plus, type Decimal } from './decimal.js';
import { keyOf, type Sample, type Scrape } from './scrape.js';

/** How two values of a series compare. The difference of two CPU ids means nothing. */
export type Kind = 'counter' | 'gauge' | 'cpu id';

export interface Series {
  /** Of the sum; of the parts where there is no sum, which are then added up. */
  readonly name: string;
  readonly labels: readonly Label[];
  readonly kind: Kind;
  readonly unit: string | undefined;
  readonly value: Decimal;
  readonly created: Decimal | undefined;
  /** By CPU id. */
  readonly parts: ReadonlyMap<number, Decimal>;
  /** True where the value is what the parts add up to. */
  readonly isOfParts: boolean;
}

export interface KernelSeries {
  readonly series: ReadonlyMap<string, Series>;
  /** Why a series has no place there, by its key. */
  readonly unusable: ReadonlyMap<string, string>;
  /** The exporter's own metrics, and what it works out of the kernel's: rates, hot CPUs, peaks, largest and smallest parts. */
  readonly leftOut: number;
}

const OWN =
  /^(?:kcounter_exporter_\w+|process_(?:cpu_seconds_total|resident_memory_bytes|start_time_seconds|open_fds))$/;
const PART = /^(.*)_per_cpu(_total)?$/;
/** Of a counter, beside its sum. */
const FIGURE = /^(.*)_(?:per_cpu_rate|busiest_cpu|peak_rate|peak_cpu)$/;
/** Sums are those of unsigned integers of 64 bits. */
const BITS = 64;

export function kernelSeries({ samples }: Scrape): KernelSeries {
  const counters = new Set<string>();
  for (const { name, family } of samples.values()) if (family?.type === 'counter') counters.add(name);
  const series = new Map<string, Series>();
  const unusable = new Map<string, string>();
  const parts = new Map<string, Map<number, Sample>>();
  let leftOut = 0;
  for (const [key, sample] of samples) {
    if (OWN.test(sample.name) || isFigure(sample, counters)) {
      leftOut++;
      continue;
    }
    const part = partOf(sample);
    if (part !== undefined) {
      const known = parts.get(part.whole);
      if (known === undefined) parts.set(part.whole, new Map([[part.cpu, sample]]));
      else known.set(part.cpu, sample);
      continue;
    }
    const made = seriesOf(sample);
    if (typeof made === 'string') unusable.set(key, made);
    else series.set(key, made);
  }
  for (const [whole, known] of parts) {
    const sum = series.get(whole);
    const values = new Map<number, Decimal>();
    for (const [cpu, { value }] of [...known].sort(([a], [b]) => a - b))
      if (value !== undefined) values.set(cpu, value);
    if (sum !== undefined) {
      series.set(whole, { ...sum, parts: values });
      continue;
    }
    const [first] = known.values();
    if (first === undefined) continue;
    const labels = first.labels.filter(({ name }) => name !== 'cpu');
    const made = seriesOf({ ...first, labels, value: values.size === known.size ? sumOf(values, first) : undefined });
    const key = keyOf(first.name, labels);
    if (typeof made === 'string') unusable.set(key, made);
    else series.set(key, { ...made, parts: values, isOfParts: true });
  }
  return { series, unusable, leftOut };
}

/** Or why it cannot be compared with anything. */
function seriesOf({ name, labels, value, family, created }: Sample): Series | string {
  const type = family?.type;
  if (type === undefined) return 'no TYPE line tells whether it is a counter or a gauge';
  if (type !== 'counter' && type !== 'gauge') return `it is neither a counter nor a gauge, but of the type ${type}`;
  if (value === undefined) return 'its value is no finite number';
  const kind = type === 'gauge' && name.endsWith('_cpu') && !PART.test(name) ? 'cpu id' : type;
  const unit = family?.unit ?? unitOfName(name.replace(PART, '$1'));
  return { name, labels, kind, unit, value, created, parts: new Map(), isOfParts: false };
}

/** The series whose part a sample is, by its key, and which CPU's. No label of the kernel's own is called `cpu`. */
function partOf({ name, labels }: Sample): { readonly whole: string; readonly cpu: number } | undefined {
  const [, stem, total = ''] = PART.exec(name) ?? [];
  const cpu = labels.find((label) => label.name === 'cpu')?.value ?? '';
  if (stem === undefined || !/^\d{1,9}$/.test(cpu)) return undefined;
  const others = labels.filter((label) => label.name !== 'cpu');
  return { whole: keyOf(stem + total, others), cpu: Number(cpu) };
}

function isFigure({ name, labels }: Sample, counters: ReadonlySet<string>): boolean {
  const [, stem] = FIGURE.exec(name) ?? [];
  if (stem !== undefined) return counters.has(`${stem}_total`);
  return PART.test(name) && labels.some((label) => label.name === 'stat');
}

function sumOf(parts: ReadonlyMap<number, Decimal>, { family }: Sample): Decimal {
  const sum = [...parts.values()].reduce(plus, decimalOf(0n));
  return family?.type === 'counter' ? decimalOf(BigInt.asUintN(BITS, sum.digits), sum.places) : sum;
}
