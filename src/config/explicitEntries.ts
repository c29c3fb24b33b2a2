/** Explicit entries: the config says where each value lies. What depends on several keys is checked here. */
import type { ConfigFile } from './configFile.js';
import { describe, type Path } from '../yaml/diagnostics.js';
import { checkArrayLabel, checkedSymbol, checkElementNames, each, type FieldCount, Repeats } from './entryChecks.js';
import { type Families, type Settings, settingsOf } from './families.js';
import { ARRAY_LABEL } from './memberRules.js';
import type { Entry, Field, MetricType } from './model.js';
import { valueFormats, type ValueFormat } from './valueFormats.js';
import {
  DPCPU_SIZE,
  FIELD_FORMAT,
  FIELD_OFFSET,
  type UserCounters,
  type UserField,
  type UserItem,
  type UserMember,
  ZPCPU_SIZE,
} from './schema.js';

/** Bytes of a pointer cell and of a counter: 8 on each platform that koffi serves. */
const CELL_BYTES = 8;

/** Entries made of a file with errors may lack fields. */
export class ExplicitEntries {
  constructor(
    private readonly families: Families,
    private readonly count: FieldCount,
  ) {}

  counters(source: ConfigFile, path: Path, user: UserCounters, defaults: Settings): Entry {
    const symbol = checkedSymbol(source, path, user);
    const settings = settingsOf(source, path, user, defaults);
    let fields: Field[];
    if ('members' in user) fields = this.members(source, path, user, settings);
    else if ('length' in user || 'names' in user) fields = this.array(source, path, user, settings);
    else fields = this.single(source, path, user, settings);
    const length = 'members' in user ? undefined : lengthOf(user);
    return {
      kind: 'counters',
      symbol,
      optional: user.optional ?? false,
      symbolSize: length === undefined ? undefined : length * CELL_BYTES,
      itemSize: CELL_BYTES,
      fields,
      at: source.locate(path),
    };
  }

  private single(source: ConfigFile, path: Path, user: UserCounters, settings: Settings): Field[] {
    if ('label' in user) {
      source.reportKey([...path, 'label'], 'found without `length` and `names`, expected one of them for an array');
    }
    checkCell(source, [...path, 'offset'], user.offset);
    return this.counterField(source, path, user, settings, user.offset ?? 0);
  }

  private array(source: ConfigFile, path: Path, user: UserCounters, settings: Settings): Field[] {
    if ('offset' in user) {
      source.reportKey([...path, 'offset'], 'found in an array, expected it to begin at its symbol');
    }
    const label = arrayLabel(source, path, user, settings);
    checkRequired(source, path, user, PUBLISHED_KEYS);
    const family = this.families.make(source, path, user, settings);
    const { names } = user;
    const length = lengthOf(user);
    if (length === undefined) return [];
    if (names?.length === 0) source.report([...path, 'names'], 'found an empty list, expected at least one item');
    else if (names !== undefined && names.length !== length) {
      source.report([...path, 'names'], `found ${names.length} names, expected ${length}: as many as \`length\``);
    }
    this.count.add(source, [...path, 'length' in user ? 'length' : 'names'], length);
    if (family === undefined || label === undefined || this.count.isTooLarge) return [];
    return Array.from({ length }, (_, index) => ({
      family,
      labels: [...settings.labels, { name: label, value: names?.[index] ?? String(index) }],
      cellOffset: index * CELL_BYTES,
      offset: 0,
      format: counterFormat(family.type),
    }));
  }

  private members(source: ConfigFile, path: Path, user: UserCounters, inherited: Settings): Field[] {
    for (const key of ['metric', 'help', 'offset', 'length', 'label', 'names'] as const) {
      if (key in user)
        source.reportKey([...path, key], 'found together with `members`, expected it in each member or not at all');
    }
    const seen = new Repeats(source);
    return each(source, [...path, 'members'], user.members, (member, memberPath) => {
      // A name would have made the entry a typed one.
      if (typeof member === 'string') return [];
      checkNotByName(source, memberPath, member);
      const settings = settingsOf(source, memberPath, member, inherited);
      const cellOffset = memberOffset(source, memberPath, member);
      if (cellOffset !== undefined) seen.check(memberPath, `the counter at offset ${cellOffset}`);
      return this.counterField(source, memberPath, member, settings, cellOffset ?? 0);
    });
  }

  private counterField(
    source: ConfigFile,
    path: Path,
    user: UserMember | UserCounters,
    settings: Settings,
    cellOffset: number,
  ): Field[] {
    this.count.add(source, path, 1);
    checkRequired(source, path, user, PUBLISHED_KEYS);
    const family = this.families.make(source, path, user, settings);
    if (family === undefined) return [];
    return [{ family, labels: settings.labels, cellOffset, offset: 0, format: counterFormat(family.type) }];
  }

  items(source: ConfigFile, kind: 'zpcpu' | 'dpcpu', path: Path, user: UserItem, defaults: Settings): Entry {
    const symbol = checkedSymbol(source, path, user);
    checkRequired(source, path, user, kind === 'zpcpu' ? ZPCPU_KEYS : DPCPU_KEYS);
    for (const key of ['metric', 'help'] as const) {
      if (key in user) source.reportKey([...path, key], 'found in an entry with `size`, expected it in each field');
    }
    const inherited = settingsOf(source, path, user, defaults);
    const cellOffset = 'offset' in user ? user.offset : undefined;
    checkCell(source, [...path, 'offset'], cellOffset);
    const seen = new Repeats(source);
    const fields = each(source, [...path, 'fields'], user.fields, (field, fieldPath) => {
      if (typeof field === 'string') return [];
      checkNotByName(source, fieldPath, field);
      checkRequired(source, fieldPath, field, FIELD_KEYS);
      const settings = settingsOf(source, fieldPath, field, inherited);
      checkFormat(source, fieldPath, field, settings.type);
      checkExtent(source, fieldPath, field, user.size);
      const { offset, format } = field;
      if (offset !== undefined && format !== undefined) seen.check(fieldPath, `the ${format} at offset ${offset}`);
      this.count.add(source, fieldPath, 1);
      const family = this.families.make(source, fieldPath, field, settings);
      if (family === undefined || offset === undefined || format === undefined) return [];
      return [{ family, labels: settings.labels, cellOffset: cellOffset ?? 0, offset, format }];
    });
    return {
      kind,
      symbol,
      optional: user.optional ?? false,
      symbolSize: kind === 'dpcpu' ? user.size : undefined,
      itemSize: user.size ?? 0,
      fields,
      at: source.locate(path),
    };
  }
}

/** Keys that the schema leaves free because typed entries do without them, with what is expected of each. */
const PUBLISHED_KEYS = { metric: 'text', help: 'text' };
const FIELD_KEYS = { offset: FIELD_OFFSET, format: FIELD_FORMAT, ...PUBLISHED_KEYS };
const ZPCPU_KEYS = { size: ZPCPU_SIZE, fields: 'a list' };
const DPCPU_KEYS = { size: DPCPU_SIZE, fields: 'a list' };

function checkRequired(source: ConfigFile, path: Path, user: object, keys: Readonly<Record<string, string>>): void {
  for (const [key, expected] of Object.entries(keys)) {
    if (!(key in user)) source.report([...path, key], `is missing, expected ${expected}`);
  }
}

function checkNotByName(source: ConfigFile, path: Path, user: UserMember | UserField): void {
  for (const key of ['optional', 'label', 'names'] as const) {
    if (key in user) source.reportKey([...path, key], 'found without `name`, expected the two together');
  }
}

function lengthOf({ length, names }: UserCounters): number | undefined {
  return length ?? names?.length;
}

function checkCell(source: ConfigFile, path: Path, offset: number | undefined): void {
  if (offset !== undefined && offset % CELL_BYTES !== 0) {
    source.report(path, `found ${describe(offset)}, expected a multiple of ${CELL_BYTES}: the place of a pointer`);
  }
}

function memberOffset(source: ConfigFile, path: Path, member: UserMember): number | undefined {
  if ('offset' in member && 'index' in member) {
    source.reportKey([...path, 'index'], 'found together with `offset`, expected one of the two');
    return undefined;
  }
  if (!('offset' in member) && !('index' in member)) {
    source.report([...path, 'name'], 'is missing, expected text (or `offset` or `index`)');
    return undefined;
  }
  checkCell(source, [...path, 'offset'], member.offset);
  return member.index === undefined ? member.offset : member.index * CELL_BYTES;
}

/** The name of the label that tells an array's counters apart, or undefined where it is wrong. */
function arrayLabel(source: ConfigFile, path: Path, user: UserCounters, { labels }: Settings): string | undefined {
  if ('names' in user && !('label' in user)) {
    source.reportKey([...path, 'names'], 'found without `label`, expected the name of the label that takes them');
  }
  checkElementNames(source, [...path, 'names'], (user.names ?? []).entries());
  const label = 'label' in user ? user.label : ARRAY_LABEL;
  if (label !== undefined) checkArrayLabel(source, 'label' in user ? [...path, 'label'] : path, label, labels);
  return label;
}

function checkFormat(source: ConfigFile, path: Path, { format }: UserField, type: MetricType | undefined): void {
  if (type !== 'counter' || format === undefined || format.startsWith('u')) return;
  source.report([...path, 'format'], `found ${describe(format)} for a counter, expected u8, u16, u32 or u64`);
}

/** A value lies within its copy, at an address that a C compiler would give it. */
function checkExtent(source: ConfigFile, path: Path, { offset, format }: UserField, size: number | undefined): void {
  if (offset === undefined) return;
  const bytes = format === undefined ? 1 : valueFormats[format].bytes;
  if (size !== undefined && offset + bytes > size) {
    source.report(
      [...path, 'offset'],
      `found bytes ${offset} to ${offset + bytes - 1}, expected them within the ${size} bytes of \`size\``,
    );
  } else if (offset % bytes !== 0) {
    source.report(
      [...path, 'offset'],
      `found ${describe(offset)}, expected a multiple of ${bytes} for ${format ?? ''}`,
    );
  }
}

function counterFormat(type: MetricType): ValueFormat {
  return type === 'counter' ? 'u64' : 'i64';
}
