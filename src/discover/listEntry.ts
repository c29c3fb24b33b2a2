/** The entry by which a config would publish what the elements of a list hold. */
import { DEFAULT_LIST_LIMIT } from '../config/limits.js';
import { memberMetric, wholeMemberMetric } from '../config/madeNames.js';
import { ARRAY_LABEL } from '../config/memberRules.js';
import type { ListRules, MemberCondition, MemberRule, MetricType, TypedEntry } from '../config/model.js';
import { entryOfAll } from '../config/ownEntries.js';
import type { PackEntry } from '../config/packConfigs.js';
import { nameOfElement, type ElementMember } from './elementMembers.js';
import type { ListSymbol } from './listSymbol.js';
import { isPadding } from './padding.js';

/** The label that numbers elements which have no other, or the same. */
const NUMBER_LABEL = 'element';

export interface ListProposal {
  readonly symbol: string;
  readonly rules: ListRules;
  /** Those that are published; undefined for all of a zpcpu item. */
  readonly members: readonly string[] | undefined;
  /** True where they are counters of counter(9). */
  readonly areCounters: boolean;
  /** The packs that publish the same list. */
  readonly packs: readonly string[];
}

/** Undefined where the elements hold nothing that could be published. */
export function proposalFor(
  { symbol, link }: ListSymbol,
  members: readonly ElementMember[],
  lists: readonly PackEntry[],
): ListProposal | undefined {
  const pathsOf = (use: ElementMember['use']): string[] =>
    members
      .filter(
        (member) => member.use === use && !isPadding(member.path, member.type.endsWith(']')) && !isLock(member.path),
      )
      .map(({ path }) => path);
  const counters = pathsOf('counter');
  const zpcpu = counters.length > 0 ? undefined : pathsOf('zpcpu')[0];
  const published = counters.length > 0 ? counters : zpcpu === undefined ? pathsOf('integer') : undefined;
  if (published?.length === 0) return undefined;
  const own = lists.filter(({ entry }) => entry.symbol === symbol);
  const packs = [...new Set(own.map(({ pack }) => pack))];
  return {
    symbol,
    rules: rulesOf(own, link, zpcpu) ?? madeRules(members, link, zpcpu),
    members: published,
    areCounters: counters.length > 0,
    packs,
  };
}

/** True for a member of a lock in the element. */
function isLock(path: string): boolean {
  return /(^|\.)(lo_flags|lo_data|(mtx|rw|sx|rm)_lock)$/.test(path);
}

/** What a pack says of the same elements: it knows what they must hold to be believed, and which count in a way of their own. */
function rulesOf(
  own: readonly PackEntry[],
  link: string | undefined,
  zpcpu: string | undefined,
): ListRules | undefined {
  const rules = own.map(({ entry }) => entry.list);
  return rules.find((one) => one?.link === link && one?.inside === undefined && one?.zpcpu === zpcpu);
}

function madeRules(members: readonly ElementMember[], link: string | undefined, zpcpu: string | undefined): ListRules {
  const key = nameOfElement(members);
  return {
    link,
    count: undefined,
    inside: undefined,
    keys: key === undefined ? [] : [key],
    where: [],
    check: [],
    same: [],
    zpcpu,
    instead: undefined,
    limit: DEFAULT_LIST_LIMIT,
    // Names may repeat, and an array's elements have none.
    duplicates: NUMBER_LABEL,
  };
}

/** What is said of the metrics, beside what is published. */
export interface ProposedMetrics {
  readonly type: MetricType;
  /** Members that are gauges although the others are not. */
  readonly gauges?: readonly string[];
  readonly metric?: string | undefined;
}

/** Each member's metric has a name of its own; a member for which there is none is left out. */
export function entryOf(proposal: ListProposal, metrics: ProposedMetrics): TypedEntry {
  const entry = entryOfMembers(proposal, metrics);
  return entry.members === undefined ? entry : { ...entry, members: distinct(entry, entry.members) };
}

function distinct(entry: TypedEntry, rules: readonly MemberRule[]): MemberRule[] {
  // OpenMetrics names a counter's family without it.
  const nameOf = (metric: string): string => metric.replace(/_total$/, '');
  const made = rules.map((rule) => nameOf(memberMetric(entry, rule, rule.pattern)));
  const isAlone = made.map((name) => made.filter((other) => other === name).length === 1);
  const taken = new Set(made.filter((_, index) => isAlone[index]));
  return rules.flatMap((rule, index) => {
    if (isAlone[index] === true) return [rule];
    const metric = wholeMemberMetric(entry, rule, rule.pattern);
    if (taken.has(nameOf(metric))) return [];
    taken.add(nameOf(metric));
    return [metric === memberMetric(entry, rule, rule.pattern) ? rule : { ...rule, metric }];
  });
}

function entryOfMembers(
  { symbol, rules, members }: ListProposal,
  { type, gauges = [], metric }: ProposedMetrics,
): TypedEntry {
  const entry = entryOfAll('list', symbol, { metric, type });
  return {
    ...entry,
    list: rules,
    members: members?.map((pattern) => ({
      pattern,
      metric: undefined,
      help: undefined,
      type: gauges.includes(pattern) ? 'gauge' : type,
      cpu: entry.cpu,
      labels: [],
      label: ARRAY_LABEL,
      names: undefined,
      optional: false,
      // Each by itself: by these, names are known that are reserved.
      at: { ...entry.at },
    })),
  };
}

/** The same, as it is written in a config. */
export function entryText(proposal: ListProposal, metrics: ProposedMetrics, isOptional: boolean): string {
  const { symbol, rules } = proposal;
  const { type, metric } = metrics;
  const { members } = entryOf(proposal, metrics);
  const { link, count, keys, where, check, same, zpcpu, instead, limit, duplicates } = rules;
  const pairs = [
    `symbol: ${symbol}`,
    ...pair('link', link),
    ...pair('count', count),
    ...(keys.length === 0 ? [] : [`keys: {${keys.map(({ label, member }) => `${label}: ${member}`).join(', ')}}`]),
    ...conditions('where', where),
    ...conditions('check', check),
    ...(same.length === 0 ? [] : [`same: [${same.join(', ')}]`]),
    ...pair('zpcpu', zpcpu),
    ...(instead === undefined
      ? []
      : [`instead: {${[...conditions('unless', instead.unless), `ifdata: ${instead.ifdata}`].join(', ')}}`]),
    ...(limit === DEFAULT_LIST_LIMIT ? [] : [`limit: ${limit}`]),
    ...pair('duplicates', duplicates),
    ...(metric === undefined ? [] : [templateText(metric, type)]),
    `type: ${type}`,
    ...(members === undefined ? [] : [`members: [${members.map((rule) => memberText(rule, type)).join(', ')}]`]),
    ...(isOptional ? ['optional: true'] : []),
  ];
  return `- {${pairs.join(', ')}}`;
}

/** A template of names as a config has it: its ending is that of the entry's type. */
export function templateText(metric: string, type: MetricType): string {
  return `metric: "${metric}${type === 'counter' ? '_total' : ''}"`;
}

function memberText({ pattern, metric, type }: MemberRule, inherited: MetricType): string {
  const own = [...pair('metric', metric), ...(type === inherited ? [] : [`type: ${type}`])];
  return own.length === 0 ? pattern : `{${[`name: ${pattern}`, ...own].join(', ')}}`;
}

function pair(key: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${key}: ${value}`];
}

function conditions(key: string, all: readonly MemberCondition[]): string[] {
  if (all.length === 0) return [];
  return [`${key}: {${all.map(({ member, equals }) => `${member}: ${equals}`).join(', ')}}`];
}
