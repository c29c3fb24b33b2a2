/** The checked user form of an entry → the entries and fields of model.ts: what depends on several keys is checked here. */
import type { ConfigFile } from './configFile.js';
import { describe, formatPath, type Path, quote } from './diagnostics.js';
import { Families, type Settings, settingsOf } from './families.js';
import { MAX_FIELDS } from './limits.js';
import type { Entry, Field, Label, MetricType, ValueFormat } from './model.js';
import { labelNameProblem, labelValueProblem, symbolProblem } from './names.js';
import type { UserCounters, UserField, UserItem, UserMember } from './schema.js';

/** Bytes of a pointer cell and of a counter: 8 on each platform that koffi serves. */
const CELL_BYTES = 8;

const FORMAT_BYTES: Readonly<Record<ValueFormat, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  ptr: 8,
};

/** Makes the entries of all files. What is wrong goes to the file; entries made of a file with errors may lack fields. */
export class EntryMaker {
  private readonly families: Families;
  private fieldCount = 0;

  constructor(prefix: string) {
    this.families = new Families(prefix);
  }

  entriesOf(source: ConfigFile): Entry[] {
    const { counters, zpcpu, dpcpu } = source.config ?? {};
    return [
      ...(counters ?? []).map((user, index) => user && this.counters(source, ['counters', index], user)),
      ...(zpcpu ?? []).map((user, index) => user && this.items(source, 'zpcpu', ['zpcpu', index], user)),
      ...(dpcpu ?? []).map((user, index) => user && this.items(source, 'dpcpu', ['dpcpu', index], user)),
    ].filter((entry) => entry !== undefined);
  }

  private counters(source: ConfigFile, path: Path, user: UserCounters): Entry {
    const symbol = checkedSymbol(source, path, user);
    const settings = settingsOf(source, path, user);
    const { length } = user;
    let fields: Field[];
    if ('members' in user) fields = this.members(source, path, user, settings);
    else if ('length' in user) fields = this.array(source, path, user, settings);
    else fields = this.single(source, path, user, settings);
    if (!('members' in user)) checkPublished(source, path, user);
    return {
      kind: 'counters',
      symbol,
      optional: user.optional ?? false,
      symbolSize: 'members' in user || length === undefined ? undefined : length * CELL_BYTES,
      itemSize: CELL_BYTES,
      fields,
      at: source.locate(path),
    };
  }

  private single(source: ConfigFile, path: Path, user: UserCounters, settings: Settings): Field[] {
    for (const key of ['label', 'names'] as const) {
      if (key in user) source.reportKey([...path, key], 'found without `length`, expected the two together');
    }
    checkCell(source, [...path, 'offset'], user.offset);
    return this.counterField(source, path, user, settings, user.offset ?? 0);
  }

  private array(source: ConfigFile, path: Path, user: UserCounters, settings: Settings): Field[] {
    if ('offset' in user) {
      source.reportKey([...path, 'offset'], 'found together with `length`, expected an array to begin at its symbol');
    }
    const label = arrayLabel(source, path, user, settings);
    const family = this.families.make(source, path, user, settings);
    const { length, names } = user;
    if (length === undefined) return [];
    if (names !== undefined && names.length !== length) {
      source.report([...path, 'names'], `found ${names.length} names, expected ${length}: as many as \`length\``);
    }
    this.countFields(source, [...path, 'length'], length);
    if (family === undefined || label === undefined || this.fieldCount > MAX_FIELDS) return [];
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
    return this.each(source, [...path, 'members'], user.members, (member, memberPath) => {
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
    this.countFields(source, path, 1);
    const family = this.families.make(source, path, user, settings);
    if (family === undefined) return [];
    return [{ family, labels: settings.labels, cellOffset, offset: 0, format: counterFormat(family.type) }];
  }

  private items(source: ConfigFile, kind: 'zpcpu' | 'dpcpu', path: Path, user: UserItem): Entry {
    const symbol = checkedSymbol(source, path, user);
    const inherited = settingsOf(source, path, user);
    const cellOffset = 'offset' in user ? user.offset : undefined;
    checkCell(source, [...path, 'offset'], cellOffset);
    const seen = new Repeats(source);
    const fields = this.each(source, [...path, 'fields'], user.fields, (field, fieldPath) => {
      const settings = settingsOf(source, fieldPath, field, inherited);
      checkFormat(source, fieldPath, field, settings.type);
      checkExtent(source, fieldPath, field, user.size);
      const { offset, format } = field;
      if (offset !== undefined && format !== undefined) seen.check(fieldPath, `the ${format} at offset ${offset}`);
      this.countFields(source, fieldPath, 1);
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

  private each<T>(
    source: ConfigFile,
    path: Path,
    list: readonly (T | undefined)[] | undefined,
    fieldsOf: (item: T, path: Path) => Field[],
  ): Field[] {
    if (list?.length === 0) source.report(path, 'found an empty list, expected at least one item');
    return (list ?? []).flatMap((item, index) => (item === undefined ? [] : fieldsOf(item, [...path, index])));
  }

  private countFields(source: ConfigFile, path: Path, count: number): void {
    const before = this.fieldCount;
    this.fieldCount += count;
    if (before <= MAX_FIELDS && this.fieldCount > MAX_FIELDS) {
      source.report(path, `found more than ${MAX_FIELDS} values in all, expected fewer`);
    }
  }
}

/** Values that an entry names twice: most likely an offset that was copied and not changed. */
class Repeats {
  private readonly first = new Map<string, Path>();

  constructor(private readonly source: ConfigFile) {}

  check(path: Path, value: string): void {
    const first = this.first.get(value);
    if (first === undefined) this.first.set(value, path);
    else this.source.report(path, `found ${value} a second time, expected it once (first in ${formatPath(first)})`);
  }
}

function checkedSymbol(source: ConfigFile, path: Path, { symbol }: { readonly symbol?: string | undefined }): string {
  const problem = symbol === undefined ? undefined : symbolProblem(symbol);
  if (problem !== undefined) source.report([...path, 'symbol'], problem);
  return symbol ?? '';
}

/** The schema asks for these in members and fields; an entry needs them only where it has no members. */
function checkPublished(source: ConfigFile, path: Path, user: UserCounters): void {
  if (!('metric' in user)) source.report([...path, 'metric'], 'is missing, expected text (or `members`)');
  if (!('help' in user)) source.report([...path, 'help'], 'is missing, expected text');
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
    source.report([...path, 'offset'], 'is missing, expected `offset` or `index`');
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
  checkNames(source, [...path, 'names'], user.names ?? []);
  const label = 'label' in user ? user.label : 'index';
  if (label === undefined) return undefined;
  const labelPath = 'label' in user ? [...path, 'label'] : path;
  const problem = labelNameProblem(label);
  if (problem !== undefined) source.report(labelPath, problem);
  if (labels.some(({ name }: Label) => name === label)) {
    source.report(
      labelPath,
      `found the label ${quote(label)} for the array and among \`labels\`, expected different names`,
    );
  }
  return label;
}

function checkNames(source: ConfigFile, path: Path, names: readonly (string | undefined)[]): void {
  const first = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (name === undefined) continue;
    const problem = labelValueProblem(name);
    if (problem !== undefined) source.report([...path, index], problem);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else
      source.report(
        [...path, index],
        `found ${describe(name)} a second time, expected it once (first as number ${earlier})`,
      );
  }
}

function checkFormat(source: ConfigFile, path: Path, { format }: UserField, type: MetricType | undefined): void {
  if (type !== 'counter' || format === undefined || format.startsWith('u')) return;
  source.report([...path, 'format'], `found ${describe(format)} for a counter, expected u8, u16, u32 or u64`);
}

/** A value lies within its copy, at an address that a C compiler would give it. */
function checkExtent(source: ConfigFile, path: Path, { offset, format }: UserField, size: number | undefined): void {
  if (offset === undefined) return;
  const bytes = format === undefined ? 1 : FORMAT_BYTES[format];
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
