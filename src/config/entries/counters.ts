/** Entries of the list `counters`: symbols that hold one counter_u64_t or more (counter(9)), alone, in an array or in a struct. */
import { WORD_BYTES } from '../../kernel/address.js';
import type * as z from 'zod/mini';
import type { CheckedFile } from '../../yaml/checkedFile.js';
import type { Path } from '../../yaml/diagnostics.js';
import { type Settings, settingsOf } from '../families.js';
import { MAX_ARRAY_LENGTH, MAX_CELL_OFFSET } from '../limits.js';
import { ARRAY_LABEL } from '../memberRules.js';
import type { Entry, Field, MetricType } from '../model.js';
import {
  byName,
  EXPLICIT_ITEMS,
  inheritable,
  key,
  listOfItems,
  listOfTexts,
  type Loose,
  mapping,
  name,
  NAMED,
  NOT_BY_NAME,
  ONE_HELP,
  published,
  subject,
  TYPED_ITEMS,
  vnetKey,
  whole,
} from '../schemaParts.js';
import type { ValueFormat } from '../valueFormats.js';
import { checkArrayLabel, checkedSymbol, checkElementNames, each, inVnets, Repeats } from './checks.js';
import { checkCell, checkNotByName, checkRequired, PUBLISHED_KEYS } from './explicitForm.js';
import type { EntryContext, KindOfEntry } from './kind.js';

const member = mapping(
  {
    offset: key(whole(0, MAX_CELL_OFFSET), 'Bytes from the symbol to the counter: a multiple of 8.'),
    index: key(whole(0, MAX_CELL_OFFSET / WORD_BYTES), 'offset / 8.'),
    ...byName,
    ...published,
    ...inheritable,
  },
  {
    oneOf: [
      { required: ['offset', 'metric', 'help'], properties: NOT_BY_NAME },
      { required: ['index', 'metric', 'help'], properties: NOT_BY_NAME },
      NAMED,
    ],
  },
);

const schema = mapping(
  {
    ...subject,
    ...vnetKey,
    ...published,
    ...inheritable,
    offset: key(whole(0, MAX_CELL_OFFSET), 'Bytes from the symbol to the counter: a multiple of 8. Default: 0.'),
    length: key(
      whole(1, MAX_ARRAY_LENGTH),
      'The symbol is an array of this many counters, published as one metric with a label.',
    ),
    label: key(name, 'The label that tells the counters of an array apart. Default: `index`.'),
    names: key(
      listOfTexts,
      "The label's value for each counter of the array; their number is its `length`. Default: 0, 1, 2 …",
    ),
    members: key(
      listOfItems(member),
      'Counters of the symbol that are metrics of their own: by offset, or by name as the type tells.',
    ),
  },
  {
    anyOf: [
      { required: ['metric', 'help'], properties: { struct: false, members: false } },
      {
        required: ['members'],
        properties: {
          struct: false,
          metric: false,
          offset: false,
          length: false,
          label: false,
          names: false,
          members: EXPLICIT_ITEMS,
        },
      },
      { properties: { offset: false, length: false, label: false, names: false, members: TYPED_ITEMS } },
    ],
    dependencies: {
      label: { anyOf: [{ required: ['length'] }, { required: ['names'] }] },
      names: ['label'],
      ...ONE_HELP,
    },
  },
);

type UserCounters = Loose<z.input<typeof schema>>;
type UserMember = Loose<z.input<typeof member>>;

export const counters: KindOfEntry = {
  description: 'Symbols that hold counters of counter(9).',
  schema,
  listKey: 'members',
  layoutKeys: ['offset', 'length', 'label', 'names'],
  nouns: { symbol: 'Counter', member: 'Counter' },

  /** With a metric and a help, a symbol alone is one counter, of which no more need be known. */
  isExplicitAlone: (user) => 'metric' in user && 'help' in user,

  /** A struct of counters holds statistics, which only grow. */
  typedDefaults: (user, defaults) => ('struct' in user ? { ...defaults, type: 'counter' } : defaults),

  explicit(context, path, user: UserCounters): Entry {
    const { source } = context;
    const symbol = checkedSymbol(source, path, user);
    const settings = settingsOf(source, path, user, context.defaults);
    let fields: Field[];
    if ('members' in user) fields = memberFields(context, path, user, settings);
    else if ('length' in user || 'names' in user) fields = arrayFields(context, path, user, settings);
    else fields = singleField(context, path, user, settings);
    const length = 'members' in user ? undefined : lengthOf(user);
    return {
      kind: 'counters',
      symbol,
      optional: user.optional ?? false,
      symbolSize: length === undefined ? undefined : length * WORD_BYTES,
      itemSize: WORD_BYTES,
      fields,
      ...inVnets(context, user),
      at: source.locate(path),
    };
  },
};

function singleField(context: EntryContext, path: Path, user: UserCounters, settings: Settings): Field[] {
  const { source } = context;
  if ('label' in user) {
    source.reportKey([...path, 'label'], 'found without `length` and `names`, expected one of them for an array');
  }
  checkCell(source, [...path, 'offset'], user.offset);
  return counterField(context, path, user, settings, user.offset ?? 0);
}

function arrayFields(context: EntryContext, path: Path, user: UserCounters, settings: Settings): Field[] {
  const { source, families, count } = context;
  if ('offset' in user) {
    source.reportKey([...path, 'offset'], 'found in an array, expected it to begin at its symbol');
  }
  const label = arrayLabel(source, path, user, settings);
  checkRequired(source, path, user, PUBLISHED_KEYS);
  const family = families.make(source, path, user, settings);
  const { names } = user;
  const length = lengthOf(user);
  if (length === undefined) return [];
  if (names?.length === 0) source.report([...path, 'names'], 'found an empty list, expected at least one item');
  else if (names !== undefined && names.length !== length) {
    source.report([...path, 'names'], `found ${names.length} names, expected ${length}: as many as \`length\``);
  }
  count.add(source, [...path, 'length' in user ? 'length' : 'names'], length);
  if (family === undefined || label === undefined || count.isTooLarge) return [];
  return Array.from({ length }, (_, index) => ({
    family,
    labels: [...settings.labels, { name: label, value: names?.[index] ?? String(index) }],
    cellOffset: index * WORD_BYTES,
    offset: 0,
    format: counterFormat(family.type),
  }));
}

function memberFields(context: EntryContext, path: Path, user: UserCounters, inherited: Settings): Field[] {
  const { source } = context;
  for (const key of ['metric', 'help', 'offset', 'length', 'label', 'names'] as const) {
    if (key in user)
      source.reportKey([...path, key], 'found together with `members`, expected it in each member or not at all');
  }
  const seen = new Repeats(source);
  return each(source, [...path, 'members'], user.members, (item, itemPath) => {
    // A name would have made the entry a typed one.
    if (typeof item === 'string') return [];
    checkNotByName(source, itemPath, item);
    const settings = settingsOf(source, itemPath, item, inherited);
    const cellOffset = memberOffset(source, itemPath, item);
    if (cellOffset !== undefined) seen.check(itemPath, `the counter at offset ${cellOffset}`);
    return counterField(context, itemPath, item, settings, cellOffset ?? 0);
  });
}

function counterField(
  { source, families, count }: EntryContext,
  path: Path,
  user: UserMember | UserCounters,
  settings: Settings,
  cellOffset: number,
): Field[] {
  count.add(source, path, 1);
  checkRequired(source, path, user, PUBLISHED_KEYS);
  const family = families.make(source, path, user, settings);
  if (family === undefined) return [];
  return [{ family, labels: settings.labels, cellOffset, offset: 0, format: counterFormat(family.type) }];
}

function counterFormat(type: MetricType): ValueFormat {
  return type === 'counter' ? 'u64' : 'i64';
}

function lengthOf({ length, names }: UserCounters): number | undefined {
  return length ?? names?.length;
}

function memberOffset(source: CheckedFile<unknown>, path: Path, user: UserMember): number | undefined {
  if ('offset' in user && 'index' in user) {
    source.reportKey([...path, 'index'], 'found together with `offset`, expected one of the two');
    return undefined;
  }
  if (!('offset' in user) && !('index' in user)) {
    source.report([...path, 'name'], 'is missing, expected text (or `offset` or `index`)');
    return undefined;
  }
  checkCell(source, [...path, 'offset'], user.offset);
  return user.index === undefined ? user.offset : user.index * WORD_BYTES;
}

/** The name of the label that tells an array's counters apart, or undefined where it is wrong. */
function arrayLabel(
  source: CheckedFile<unknown>,
  path: Path,
  user: UserCounters,
  { labels }: Settings,
): string | undefined {
  if ('names' in user && !('label' in user)) {
    source.reportKey([...path, 'names'], 'found without `label`, expected the name of the label that takes them');
  }
  checkElementNames(source, [...path, 'names'], (user.names ?? []).entries());
  const label = 'label' in user ? user.label : ARRAY_LABEL;
  if (label !== undefined) checkArrayLabel(source, 'label' in user ? [...path, 'label'] : path, label, labels);
  return label;
}
