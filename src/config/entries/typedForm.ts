/**
 * Typed entries, of whatever kind: the kernel's type information will say where each value lies. What can be told without it is checked
 * here. What is wrong goes to the file.
 */
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { describe, type Path } from '../../yaml/diagnostics.js';
import type { Location } from '../../yaml/location.js';
import { checkHelp, checkUnit, type Families, type Settings, settingsOf } from '../families.js';
import { reservationsOf } from '../familyNames.js';
import { isGlob } from '../glob.js';
import { ARRAY_LABEL, CPU_LABEL } from '../memberRules.js';
import type { EntryKind, MemberRule, TypedEntry } from '../model.js';
import { memberPathProblem, memberProblem, structProblem, templateProblem } from '../names.js';
import { PLACE_KEYS, type UserEntry, type UserItem } from '../schemaParts.js';
import { checkArrayLabel, checkedSymbol, each, inVnets, Repeats } from './checks.js';
import { elementNames } from './elementNames.js';
import type { EntryContext } from './kind.js';
import { entryKinds, kindNames } from './registry.js';

/** Those whose symbols may be VNET ones. */
const VNET_KINDS: readonly EntryKind[] = ['counters', 'zpcpu', 'list', 'structures', 'values'];

const STAR = "one `*`, which stands for the member's name";

/** Of all kinds: where an entry has another kind's key, it is taken for what it was meant to be. */
const LAYOUT_KEYS = new Set(kindNames.flatMap((kind) => entryKinds[kind].layoutKeys));

/** Whether an entry goes by names that the kernel's types know; else it is an explicit one. */
export function isTypedForm(kind: EntryKind, user: UserEntry): boolean {
  if ('struct' in user || entryKinds[kind].explicit === undefined) return true;
  const { listKey } = entryKinds[kind];
  if (listKey in user) return (user[listKey] ?? []).some((item) => item !== undefined && isNamed(item));
  if ([...LAYOUT_KEYS].some((key) => key in user)) return false;
  return !entryKinds[kind].isExplicitAlone(user);
}

function isNamed(item: string | UserItem): boolean {
  return typeof item === 'string' || 'name' in item;
}

/** Undefined where too much was wrong. Rules that are wrong are left out. */
export function typedEntry(
  context: EntryContext,
  kind: EntryKind,
  path: Path,
  user: UserEntry,
): TypedEntry | undefined {
  const { source, families, defaults } = context;
  const { listKey, symbol = checkedSymbol(source, path, user) } = entryKinds[kind];
  const { struct, help, metric } = user;
  const problem = struct === undefined ? undefined : structProblem(struct);
  if (problem !== undefined) source.report([...path, 'struct'], problem);
  const hasMembers = 'struct' in user || listKey in user;
  checkKeys(source, path, user, hasMembers);
  checkHelp(source, path, help);

  const settings = settingsOf(source, path, user, entryKinds[kind].typedDefaults(user, defaults));
  const metricIsGood = checkMetric(source, path, metric, hasMembers, settings.type, families);
  const rules = new RuleMaker(context, settings, entryKinds[kind].hasArraysByCpu === true);
  const members = rules.make(path, listKey, user);
  if (members === undefined) checkArrayLabel(source, [...path, 'labels'], ARRAY_LABEL, settings.labels);
  const { type, unit, cpu, peak, labels } = settings;
  if (!metricIsGood || type === undefined || cpu === undefined) return undefined;

  const at = source.locate(path);
  const optional = user.optional ?? false;
  const entry: TypedEntry = {
    typed: true,
    kind,
    symbol,
    optional,
    struct,
    metric,
    help,
    type,
    ...(unit === undefined ? {} : { unit }),
    cpu,
    ...(peak ? { peak } : {}),
    labels,
    members,
    ...entryKinds[kind].typedRules?.(context, path, user),
    ...(VNET_KINDS.includes(kind) ? inVnets(context, user) : {}),
    at,
  };
  if (metric?.includes('*') === true) checkUnit(source, path, metric, user);
  for (const reservation of reservationsOf(entry)) {
    const place = rules.places.get(reservation.at) ?? { path, metricPath: [...path, 'metric'], user };
    families.reserve(source, place.metricPath, reservation);
    checkUnit(source, place.path, reservation.metric, place.user);
  }
  return entry;
}

/** Makes the rules of one entry's members. */
class RuleMaker {
  /** Where each rule that was made stands and gives its metric's name, and what was written there, by the rule's own place. */
  readonly places = new Map<Location, { readonly path: Path; readonly metricPath: Path; readonly user: UserItem }>();
  private readonly source: CheckedFile<unknown>;
  private readonly seen: Repeats;

  /** @param inherited what the entry says for all its members */
  constructor(
    private readonly context: EntryContext,
    private readonly inherited: Settings,
    private readonly hasArraysByCpu: boolean,
  ) {
    this.source = context.source;
    this.seen = new Repeats(context.source);
  }

  /** Undefined where the entry has no list of members. */
  make(path: Path, listKey: 'members' | 'fields', user: UserEntry): MemberRule[] | undefined {
    const { source } = this;
    const { count } = this.context;
    if (!(listKey in user)) {
      count.add(source, path, 1);
      return undefined;
    }
    let mixed = false;
    return each(source, [...path, listKey], user[listKey], (item, itemPath) => {
      count.add(source, itemPath, 1);
      if (typeof item === 'string') return this.rule(itemPath, itemPath, { name: item });
      const place = PLACE_KEYS.find((one) => one in item);
      if (place === undefined) return this.rule(itemPath, [...itemPath, 'name'], item);
      if (!mixed) {
        source.reportKey([...itemPath, place], 'found in an entry that goes by names, expected `name` only');
      }
      mixed = true;
      return [];
    });
  }

  /** @param namePath where the rule's name stands */
  private rule(path: Path, namePath: Path, user: UserItem): MemberRule[] {
    const { source } = this;
    const settings = settingsOf(source, path, user, this.inherited);
    const { type, unit, cpu, peak, labels } = settings;
    const { name: pattern, metric, help } = user;
    const glob = pattern !== undefined && isGlob(pattern);
    const patternIsGood = checkPattern(source, namePath, user, this.seen);
    const metricIsGood = checkMetric(source, path, metric, glob, type, this.context.families);
    for (const key of ['help', 'names'] as const) {
      if (glob && key in user) source.reportKey([...path, key], 'found for a glob, expected it for one member');
    }
    checkHelp(source, path, help);
    if (glob && metric !== undefined) checkUnit(source, path, metric, user);
    const label = 'label' in user ? user.label : ARRAY_LABEL;
    const isByCpu = label === CPU_LABEL && this.hasArraysByCpu;
    if (label !== undefined && !isByCpu) {
      checkArrayLabel(source, 'label' in user ? [...path, 'label'] : path, label, labels);
    }
    const names = elementNames(source, [...path, 'names'], user.names);
    if (!patternIsGood || !metricIsGood) return [];
    if (pattern === undefined || type === undefined || cpu === undefined || label === undefined) return [];

    const at = source.locate(path);
    this.places.set(at, { path, metricPath: 'metric' in user ? [...path, 'metric'] : path, user });
    const { plus, optional = false } = user;
    const plusProblem = plus === undefined ? undefined : memberPathProblem(plus);
    if (plusProblem !== undefined) source.report([...path, 'plus'], plusProblem);
    const rule = { pattern, metric, help, type, cpu, labels, label, names, optional, at };
    const more = {
      ...(unit === undefined ? {} : { unit }),
      ...(peak ? { peak } : {}),
      ...(plus === undefined ? {} : { plus }),
    };
    return [{ ...rule, ...more }];
  }
}

/** Gives false for a name that cannot be used. */
function checkMetric(
  source: CheckedFile<unknown>,
  path: Path,
  metric: string | undefined,
  ofMany: boolean,
  type: Settings['type'],
  { prefix }: Families,
): boolean {
  if (metric === undefined) return true;
  const problem =
    ofMany && !metric.includes('*')
      ? `found ${describe(metric)}, expected ${STAR}`
      : templateProblem(metric, prefix, type);
  if (problem !== undefined) source.report([...path, 'metric'], problem);
  return problem === undefined;
}

/** Keys of the explicit form, and a help where there is more than one metric. */
function checkKeys(source: CheckedFile<unknown>, path: Path, user: UserEntry, hasMembers: boolean): void {
  for (const key of LAYOUT_KEYS) {
    if (!(key in user)) continue;
    const instead = key === 'label' || key === 'names' ? 'it in a member' : 'the type to say it';
    source.reportKey([...path, key], `found in an entry that goes by names, expected ${instead}`);
  }
  if (!('help' in user)) return;
  if (hasMembers) {
    source.reportKey([...path, 'help'], 'found for more than one metric, expected it in each member');
  } else if (user.metric?.includes('*') === true) {
    source.reportKey([...path, 'help'], 'found together with a `*` in `metric`, expected it in each member');
  }
}

/** Gives false for a pattern that cannot be used. */
function checkPattern(source: CheckedFile<unknown>, path: Path, user: UserItem, seen: Repeats): boolean {
  if (!('name' in user)) {
    source.report(path, 'is missing, expected text');
    return false;
  }
  if (user.name === undefined) return false;
  const problem = memberProblem(user.name);
  if (problem === undefined) return seen.check(path, describe(user.name));
  source.report(path, problem);
  return false;
}
