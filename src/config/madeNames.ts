/**
 * Metric names for what a config names by symbol and member only. The rules, so that users can tell a name beforehand:
 *
 * - The symbol's part is its name without `_stats`, `_stat`, `_cnt`, `stats` or `stat` at the end: tcpstat → tcp, vm_cnt → vm.
 * - The member's part is its name without all up to the first `_`: tcps_rcvduppack → rcvduppack, v_swtch → swtch.
 * - The two are joined by `_`, in lower case; a counter's name then ends in one `_total`: tcp_rcvduppack_total, and ips_total → ip_total.
 * - A symbol that is one counter or one array keeps its name: numneghits → numneghits_total.
 * - A gauge's name that would end as other types' do (`_count`, `_sum`, `_info`, `_total` …) gets `_value` behind it: x_count → x_count_value.
 */
import type { MemberRule, MetricType, TypedEntry } from './model.js';
import { CLAIMED_SUFFIXES } from './names.js';

const TOTAL = '_total';

/** Endings of symbols that say no more than that there are statistics. A longer one stands before its own ending. */
const STATISTICS_SUFFIXES = ['_stats', '_stat', '_cnt', 'stats', 'stat'];

/** The symbol's part of the names of its members. */
export function metricStem(symbol: string): string {
  const suffix = STATISTICS_SUFFIXES.find(
    (ending) => symbol.endsWith(ending) && /[^_]/.test(symbol.slice(0, -ending.length)),
  );
  return (suffix === undefined ? symbol : symbol.slice(0, -suffix.length)).toLowerCase();
}

/** The member's part of its metric's name; that of `outer_a.inner_b`, a member of an inner struct, is `a_inner_b`, that of `outer_a[3]`, an element, `a_3`. */
function memberStem(member: string): string {
  return member
    .replace(/^[^_.]*_(?=[^.])/, '')
    .replaceAll('.', '_')
    .replace(/\[(\d+)\]/, '_$1')
    .toLowerCase();
}

/** The name, without the prefix, of the metric that a member becomes. */
export function memberMetric(entry: TypedEntry, rule: MemberRule, member: string): string {
  const template = rule.metric ?? entry.metric ?? `${metricStem(entry.symbol)}_*`;
  return template.includes('*') ? filled(template, memberStem(member), rule.type) : template;
}

/** The same with all of the member's name in it, where what it is without its own prefix does not tell it from others. */
export function wholeMemberMetric(entry: TypedEntry, rule: MemberRule, member: string): string {
  const template = rule.metric ?? entry.metric ?? `${metricStem(entry.symbol)}_*`;
  return template.includes('*') ? filled(template, memberStem(`_${member}`), rule.type) : template;
}

/** The name, without the prefix, of the metric that a symbol becomes which is one counter or value, or one array. */
export function symbolMetric({ symbol, metric, type }: TypedEntry): string {
  return metric ?? filled('*', symbol.toLowerCase(), type);
}

/** A template with its `*` replaced, and an ending that fits the type whatever the template's own type is. */
function filled(template: string, part: string, type: MetricType): string {
  const name = withoutTotal(template).replace('*', part);
  if (type === 'counter') return withoutTotal(name) + TOTAL;
  return [TOTAL, ...CLAIMED_SUFFIXES].some((suffix) => name.endsWith(suffix)) ? `${name}_value` : name;
}

function withoutTotal(name: string): string {
  return name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name;
}
