/** Typed entries: the kernel's type information will say where each value lies. What can be told without it is checked here. */
import type { ConfigFile } from './configFile.js';
import { describe, type Path } from '../yaml/diagnostics.js';
import { elementNames } from './elementNames.js';
import { checkArrayLabel, checkedSymbol, each, type FieldCount, Repeats } from './entryChecks.js';
import { LAYOUT_KEYS, membersOf, PLACE_KEYS } from './entryForm.js';
import { checkHelp, type Families, type Settings, settingsOf } from './families.js';
import { reservationsOf } from './familyNames.js';
import { isGlob } from './glob.js';
import { ARRAY_LABEL } from './memberRules.js';
import type { EntryKind, MemberRule, TypedEntry } from './model.js';
import type { Location } from '../yaml/location.js';
import { memberProblem, structProblem, templateProblem } from './names.js';
import type { UserCounters, UserField, UserItem, UserMember } from './schema.js';

type UserEntry = UserCounters | UserItem;
type UserRule = UserMember | UserField;

const STAR = "one `*`, which stands for the member's name";

export class TypedEntries {
  constructor(
    private readonly families: Families,
    private readonly count: FieldCount,
  ) {}

  /** Undefined where too much was wrong. Rules that are wrong are left out. */
  make(source: ConfigFile, kind: EntryKind, path: Path, user: UserEntry, defaults: Settings): TypedEntry | undefined {
    const symbol = checkedSymbol(source, path, user);
    const { struct, help } = user;
    const problem = struct === undefined ? undefined : structProblem(struct);
    if (problem !== undefined) source.report([...path, 'struct'], problem);
    checkKeys(source, path, user);
    checkHelp(source, path, help);

    // Statistics only grow.
    const inherited: Settings = kind === 'counters' && 'struct' in user ? { ...defaults, type: 'counter' } : defaults;
    const settings = settingsOf(source, path, user, inherited);
    const metricIsGood = this.checkMetric(source, path, user.metric, hasMembers(user), settings.type);
    const paths = new Map<Location, Path>();
    const members = this.rules(source, path, user, settings, paths);
    if (members === undefined) checkArrayLabel(source, [...path, 'labels'], ARRAY_LABEL, settings.labels);
    const { type, cpu, labels } = settings;
    if (!metricIsGood || type === undefined || cpu === undefined) return undefined;

    const at = source.locate(path);
    paths.set(at, [...path, 'metric']);
    const optional = user.optional ?? false;
    const entry: TypedEntry = {
      typed: true,
      kind,
      symbol,
      optional,
      struct,
      metric: user.metric,
      help,
      type,
      cpu,
      labels,
      members,
      at,
    };
    for (const reservation of reservationsOf(entry)) {
      this.families.reserve(source, paths.get(reservation.at) ?? path, reservation);
    }
    return entry;
  }

  /** @param paths takes where each rule gives its metric's name */
  private rules(
    source: ConfigFile,
    path: Path,
    user: UserEntry,
    inherited: Settings,
    paths: Map<Location, Path>,
  ): MemberRule[] | undefined {
    const key = 'members' in user ? 'members' : 'fields';
    if (!(key in user)) {
      this.count.add(source, path, 1);
      return undefined;
    }
    const seen = new Repeats(source);
    let mixed = false;
    return each(source, [...path, key], membersOf(user), (item, itemPath) => {
      this.count.add(source, itemPath, 1);
      if (typeof item === 'string') {
        return this.rule(source, itemPath, itemPath, { name: item }, inherited, seen, paths);
      }
      const place = PLACE_KEYS.find((one) => one in item);
      if (place === undefined) {
        return this.rule(source, itemPath, [...itemPath, 'name'], item, inherited, seen, paths);
      }
      if (!mixed) {
        source.reportKey([...itemPath, place], 'found in an entry that goes by names, expected `name` only');
      }
      mixed = true;
      return [];
    });
  }

  /** @param namePath where the rule's name stands */
  private rule(
    source: ConfigFile,
    path: Path,
    namePath: Path,
    user: UserRule,
    inherited: Settings,
    seen: Repeats,
    paths: Map<Location, Path>,
  ): MemberRule[] {
    const settings = settingsOf(source, path, user, inherited);
    const { type, cpu, labels } = settings;
    const { name: pattern, metric, help } = user;
    const glob = pattern !== undefined && isGlob(pattern);
    const patternIsGood = checkPattern(source, namePath, user, seen);
    const metricIsGood = this.checkMetric(source, path, metric, glob, type);
    for (const key of ['help', 'names'] as const) {
      if (glob && key in user) source.reportKey([...path, key], 'found for a glob, expected it for one member');
    }
    checkHelp(source, path, help);
    const label = 'label' in user ? user.label : ARRAY_LABEL;
    if (label !== undefined) checkArrayLabel(source, 'label' in user ? [...path, 'label'] : path, label, labels);
    const names = elementNames(source, [...path, 'names'], user.names);
    if (!patternIsGood || !metricIsGood) return [];
    if (pattern === undefined || type === undefined || cpu === undefined || label === undefined) return [];

    const at = source.locate(path);
    paths.set(at, 'metric' in user ? [...path, 'metric'] : path);
    return [{ pattern, metric, help, type, cpu, labels, label, names, optional: user.optional ?? false, at }];
  }

  /** Gives false for a name that cannot be used. */
  private checkMetric(
    source: ConfigFile,
    path: Path,
    metric: string | undefined,
    ofMany: boolean,
    type: Settings['type'],
  ): boolean {
    if (metric === undefined) return true;
    const problem =
      ofMany && !metric.includes('*')
        ? `found ${describe(metric)}, expected ${STAR}`
        : templateProblem(metric, this.families.prefix, type);
    if (problem !== undefined) source.report([...path, 'metric'], problem);
    return problem === undefined;
  }
}

/** Keys of the explicit form, and a help where there is more than one metric. */
function checkKeys(source: ConfigFile, path: Path, user: UserEntry): void {
  for (const key of LAYOUT_KEYS) {
    if (!(key in user)) continue;
    const instead = key === 'label' || key === 'names' ? 'it in a member' : 'the type to say it';
    source.reportKey([...path, key], `found in an entry that goes by names, expected ${instead}`);
  }
  if (!('help' in user)) return;
  if (hasMembers(user)) {
    source.reportKey([...path, 'help'], 'found for more than one metric, expected it in each member');
  } else if (user.metric?.includes('*') === true) {
    source.reportKey([...path, 'help'], 'found together with a `*` in `metric`, expected it in each member');
  }
}

function hasMembers(user: UserEntry): boolean {
  return 'struct' in user || 'members' in user || 'fields' in user;
}

/** Gives false for a pattern that cannot be used. */
function checkPattern(source: ConfigFile, path: Path, user: UserRule, seen: Repeats): boolean {
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
