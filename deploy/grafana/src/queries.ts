/** PromQL as the dashboards need it. Metrics are the raw ones of the packs, under the prefix that the default config has. */

/** The hosts chosen at the top of a dashboard; there may be several. */
export const CHOSEN = 'job=~"$job", instance=~"$instance"';
/** The one host chosen where a panel can show but one. */
export const ONE_HOST = 'job="$job", instance="$instance"';

/** A metric of the exporter itself. */
export function own(name: string, ...labels: readonly string[]): string {
  return ownOf([CHOSEN, ...labels].join(', '), name);
}

/** The same with labels of PromQL instead of the chosen hosts. */
export function ownOf(labels: string, name: string): string {
  return `kcounter_exporter_${name}{${labels}}`;
}

/** Any metric of the chosen hosts. */
export function select(metric: string, labels: readonly string[] = []): string {
  return `${metric}{${[CHOSEN, ...labels].join(', ')}}`;
}

/** What is of the host itself: jails with a network stack of their own have the same metrics, labelled by the jail. */
export const OF_HOST = 'jail=""';
const OF_JAILS = 'jail!=""';

/** A kernel gauge: its sum, since one CPU's part of it means nothing. */
export function gauge(name: string, ...labels: readonly string[]): string {
  return select(`freebsd_${name}`, [...labels, OF_HOST]);
}

/** The same of each jail with a network stack of its own. */
export function jailGauge(name: string, ...labels: readonly string[]): string {
  return select(`freebsd_${name}`, [...labels, OF_JAILS]);
}

/** Events per second of a kernel counter in each such jail. */
export function jailRate(name: string): string {
  return rateOf(jailGauge(`${name}_total`));
}

/** What was allocated and is not freed yet. Counters that are read one after the other may differ by what happened meanwhile. */
export function inUse(allocated: string, freed: string): string {
  return `clamp_min(${gauge(`${allocated}_total`)} - ${gauge(`${freed}_total`)}, 0)`;
}

/** Over all elements of one name, which the label `nth` numbers: they come and go, so that what is added up are rates, or what is there now. */
export function allOfName(series: string): string {
  return `sum without (nth) (${series})`;
}

/** The highest of what elements of one name have. */
export function fullestOfName(series: string): string {
  return `max without (nth) (${series})`;
}

/** Those with the highest values. */
export function top(count: number, series: string): string {
  return `topk(${count}, ${series})`;
}

/** Events per second of a kernel counter, by its sum. */
export function rate(name: string): string {
  return rateOf(gauge(`${name}_total`));
}

export function rateOf(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** A part of a whole, 0 to 1. Where the whole is 0 there is no ratio, and so no series: 0/0 is not 0. */
export function ratio(part: string, whole: string): string {
  return `(${part}) / ((${whole}) > 0)`;
}

export function sum(...terms: readonly string[]): string {
  return terms.join(' + ');
}

/** How many of them are 0; 0 where none is. */
export function zeros(series: string): string {
  return `sum(${series} == bool 0)`;
}

/** Only the series in which something happens: for counters of which most are always 0. */
export function moving(series: string): string {
  return `${series} > 0`;
}

/** How many times the average of all CPUs the busiest one does; perCpu are rates by job, instance and cpu. */
export function skew(perCpu: string): string {
  return `max by (job, instance) (${perCpu}) / (avg by (job, instance) (${perCpu}) > 0)`;
}

/** What the busiest CPU does in a second, of a counter with `cpu: spread`. */
export function busiestRate(name: string, ...labels: readonly string[]): string {
  return `sum without (stat) (${gauge(`${name}_per_cpu_rate`, ...labels, 'stat="max"')})`;
}

/** The average of all CPUs of a host, of what all of them together do in a second. */
export function perCpuAverage(rates: string): string {
  return `${rates} / on (job, instance) group_left () ${own('cpus')}`;
}

/** As skew(), of a counter with `cpu: spread`. */
export function spreadSkew(name: string): string {
  return `${busiestRate(name)} / (${perCpuAverage(rate(name))} > 0)`;
}

/** Events per second on each CPU. Some counters have more labels than the CPU, such as the type of a message. */
export function perCpuRate(series: string): string {
  return `sum by (job, instance, cpu) (${rateOf(series)})`;
}

/** The same of every per-CPU counter of one host at once. */
const EVERY_COUNTER = `{__name__=~".+_per_cpu_total", ${ONE_HOST}, ${OF_HOST}}`;

/**
 * What each CPU added to each counter in the last interval, by counter. rate() would drop the metric's name, by which the counters are
 * told apart, so that it is copied to a label, and the difference of two moments taken.
 */
function everyIncrease(): string {
  const named = (series: string): string =>
    `label_replace(${series}, "counter", "$1", "__name__", "(.+)_per_cpu_total")`;
  const increase = `${named(EVERY_COUNTER)} - ${named(`${EVERY_COUNTER} offset $__rate_interval`)}`;
  return `sum by (counter, cpu) (${increase})`;
}

/** The counters that are most unevenly spread over the CPUs, of those that moved at least `least` times in the interval. */
export function topSkew(count: number, least: number): string {
  const increase = everyIncrease();
  const moved = `sum by (counter) (${increase}) >= ${least}`;
  return `topk(${count}, max by (counter) (${increase}) / avg by (counter) (${increase}) and (${moved}))`;
}
