/**
 * The user's form of a config: which keys there are and what each takes. The one schema for the run-time check and for editors; what
 * depends on several keys is checked in explicitEntries.ts and typedEntries.ts. Each `error` says what was expected, in the words of the
 * messages.
 */
import * as z from 'zod/mini';
import { alternatives } from '../yaml/diagnostics.js';
import { PLACE_KEYS } from './entryForm.js';
import { MAX_ARRAY_LENGTH, MAX_CELL_OFFSET, MAX_DPCPU_BYTES } from './limits.js';
import { IDENTIFIER, INDEX, MEMBER, TEMPLATE } from './names.js';
import { valueFormats, type ValueFormat } from './valueFormats.js';
import { strictMapping } from '../yaml/strictMapping.js';

const FORMATS = Object.keys(valueFormats) as [ValueFormat, ...ValueFormat[]];

/** What is expected of keys that only explicit entries must have. */
export const FIELD_OFFSET = wholeText(0, MAX_DPCPU_BYTES - 1);
export const FIELD_FORMAT = alternatives(FORMATS);
export const ZPCPU_SIZE = '4, 8, 16, 32 or 64';
export const DPCPU_SIZE = wholeText(1, MAX_DPCPU_BYTES);

const text = z.string({ error: 'text' });
/** YAML takes `1` and `true` for other things than texts. */
const value = z.string({ error: 'text (a number or a truth value needs quotes)' });

function wholeText(least: number, most: number): string {
  return `a whole number from ${least} to ${most}`;
}

function whole(least: number, most: number) {
  const error = wholeText(least, most);
  return z.int({ error }).check(z.gte(least, { error }), z.lte(most, { error }));
}

function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: alternatives(words) });
}

function listOf<T extends z.ZodMiniType>(item: T) {
  return z.array(item, { error: 'a list' });
}

type Meta = Parameters<typeof z.meta>[0];

/** What editors show. */
function described<T extends z.ZodMiniType>(schema: T, description: string): T {
  return schema.check(z.describe(description));
}

/** A key that may be left out. */
function key<T extends z.ZodMiniType>(schema: T, description: string) {
  return z.optional(described(schema, description));
}

/** What editors check besides. */
function withMeta<T extends z.ZodMiniType>(schema: T, meta: Meta): T {
  return schema.check(z.meta(meta));
}

const truth = z.boolean({ error: '`true` or `false`' });

/** A mapping with these keys and no others; for an unknown key the error lists them. */
function mapping<T extends z.core.$ZodShape>(shape: T, meta: Meta = {}) {
  return withMeta(strictMapping(shape), meta);
}

/** A name for editors to check as it is typed; at run time names.ts says more exactly what is wrong with it. */
const name = withMeta(text, { pattern: IDENTIFIER.source });
const memberName = withMeta(text, { pattern: MEMBER.source });

const symbol = described(name, 'Name of the symbol in the kernel, without a leading `vnet_entry_` or `pcpu_entry_`.');
const struct = key(
  name,
  "Name of the struct that lays the symbol out; without it, the symbol's own type says what it is.",
);
const type = described(
  oneOf(['gauge', 'counter']),
  'gauge: may go down. counter: only grows; its metric name ends in `_total`. Default: counter for counters with `struct`, else gauge.',
);
const cpu = described(
  oneOf(['sum', 'per_cpu', 'both']),
  'Which series are published: the sum over all CPUs as `X`, one for each CPU as `X_per_cpu`, or both (default).',
);
const labels = withMeta(z.record(text, value, { error: 'a mapping from label names to texts' }), {
  description: 'Labels with a fixed value.',
  propertyNames: { pattern: IDENTIFIER.source },
});
const optional = key(truth, 'true where a kernel without the symbol is no fault. Default: false.');

const published = {
  metric: key(
    withMeta(text, { pattern: TEMPLATE.source }),
    "Name of the metric, without the prefix. One `*` in it stands for the member's name without its own prefix.",
  ),
  help: key(text, 'One line that says what is counted, and in which unit.'),
};
/** What an entry may say once for all its members or fields, and each of them for itself. */
const inheritable = { type: z.optional(type), cpu: z.optional(cpu), labels: z.optional(labels) };

const elementNames = z.union(
  [listOf(value), withMeta(z.record(text, value), { propertyNames: { pattern: INDEX.source } })],
  { error: 'a list, or a mapping from indexes to texts' },
);

/** What only a member (or field) that goes by its name may say. */
const byName = {
  name: key(memberName, 'Name of the member in its struct, or a glob with `*` and `?`.'),
  optional: key(truth, 'true where a struct without this member is no fault. Default: false.'),
  label: key(name, "The label that tells an array's elements apart. Default: `index`."),
  names: key(elementNames, "The label's value for the elements of an array, by index. Default: the index."),
};

function listOfItems<T extends z.ZodMiniType>(item: T) {
  const short = described(memberName, 'Name of a member, or a glob with `*` and `?`.');
  return listOf(z.union([short, item], { error: 'a name, a glob or a mapping' }));
}

const NAMED = { required: ['name'] };
const NOT_BY_NAME = { name: false, optional: false, label: false, names: false };
/** `required` alone would hold for every text. */
const EXPLICIT_ITEM = { type: 'object', anyOf: PLACE_KEYS.map((key) => ({ required: [key] })) };
/** Which members an entry takes whose layout is explicit, and one that goes by types. */
const EXPLICIT_ITEMS = { items: { type: 'object', not: NAMED } };
const TYPED_ITEMS = { items: { not: EXPLICIT_ITEM } };

const member = mapping(
  {
    offset: key(whole(0, MAX_CELL_OFFSET), 'Bytes from the symbol to the counter: a multiple of 8.'),
    index: key(whole(0, MAX_CELL_OFFSET / 8), 'offset / 8.'),
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

/** A help is of one metric. */
const ONE_HELP = { help: { properties: { struct: false, members: false, fields: false } } };

const counterEntry = mapping(
  {
    symbol,
    optional,
    struct,
    ...published,
    ...inheritable,
    offset: key(whole(0, MAX_CELL_OFFSET), 'Bytes from the symbol to the counter: a multiple of 8. Default: 0.'),
    length: key(
      whole(1, MAX_ARRAY_LENGTH),
      'The symbol is an array of this many counters, published as one metric with a label.',
    ),
    label: key(name, 'The label that tells the counters of an array apart. Default: `index`.'),
    names: key(
      listOf(value),
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

const field = mapping(
  {
    offset: key(whole(0, MAX_DPCPU_BYTES - 1), "Bytes from the start of a CPU's copy to the value."),
    format: key(
      oneOf(FORMATS),
      'How the bytes are read. ptr is published as 1 where it is set and 0 where it is NULL.',
    ),
    ...byName,
    ...published,
    ...inheritable,
  },
  {
    anyOf: [{ required: ['offset', 'format', 'metric', 'help'], properties: NOT_BY_NAME }, NAMED],
  },
);

const items = {
  ...published,
  ...inheritable,
  fields: key(
    listOfItems(field),
    'The values in one copy: by offset, or by name as the type tells. Default, by types: all integers.',
  ),
};
const ITEM_FORMS = {
  anyOf: [
    {
      required: ['size', 'fields'],
      properties: { struct: false, metric: false, fields: EXPLICIT_ITEMS },
    },
    { properties: { size: false, offset: false, fields: TYPED_ITEMS } },
  ],
  dependencies: ONE_HELP,
};

const zpcpuEntry = mapping(
  {
    symbol,
    optional,
    struct,
    size: key(z.literal([4, 8, 16, 32, 64], { error: '4, 8, 16, 32 or 64' }), "Bytes of one CPU's copy of the item."),
    offset: key(
      whole(0, MAX_CELL_OFFSET),
      'Bytes from the symbol to the pointer to the items: a multiple of 8. Default: 0.',
    ),
    ...items,
  },
  ITEM_FORMS,
);

const dpcpuEntry = mapping(
  {
    symbol,
    optional,
    struct,
    size: key(whole(1, MAX_DPCPU_BYTES), 'Bytes of the object.'),
    ...items,
  },
  ITEM_FORMS,
);

const pack = z.union(
  [
    text,
    mapping({
      pack: described(text, 'The name of a pack of this package, or the path (or glob) of a file.'),
      cpu: key(cpu, 'Goes before what the pack says for its entries and members.'),
    }),
  ],
  { error: 'a name, a path or a mapping' },
);

export const configSchema = mapping(
  {
    version: described(z.literal(1, { error: 'the number 1' }), 'Version of this format.'),
    prefix: key(name, "What each metric's name begins with. Default: freebsd_"),
    reader: key(
      oneOf(['auto', 'libkvm', 'direct']),
      'How values are read. auto (default): as a test at start finds right.',
    ),
    scrape: z.optional(
      mapping({
        interval: key(
          withMeta(z.string({ error: 'a time such as 15s' }), { pattern: '^[0-9]+(ms|s|m)$' }),
          'Read on its own at this interval (100ms, 15s, 1m) rather than when asked.',
        ),
      }),
    ),
    openmetrics: z.optional(
      mapping({
        created: key(
          z.boolean({ error: '`true` or `false`' }),
          'Tell in OpenMetrics documents since when each counter counts, as `_created`: since the boot. Counters of modules, and those that were seen to be zeroed, come without. Default: false.',
        ),
      }),
    ),
    packs: key(
      listOf(pack),
      'Packs of this package by name, or config files by path or glob, whose entries are published too.',
    ),
    counters: key(listOf(counterEntry), 'Symbols that hold counters of counter(9).'),
    zpcpu: key(listOf(zpcpuEntry), 'Symbols that point to other items of a UMA_ZONE_PCPU zone.'),
    dpcpu: key(listOf(dpcpuEntry), 'DPCPU objects.'),
  },
  { title: 'Config of kcounter_exporter' },
);

/** A config of which each part that broke the schema is undefined. */
export type UserConfig = Loose<z.input<typeof configSchema>>;
export type UserPack = Loose<z.input<typeof pack>>;
export type UserCounters = Loose<z.input<typeof counterEntry>>;
export type UserMember = Loose<z.input<typeof member>>;
export type UserItem = Loose<z.input<typeof zpcpuEntry>> | Loose<z.input<typeof dpcpuEntry>>;
export type UserField = Loose<z.input<typeof field>>;

type Loose<T> = T extends readonly (infer U)[]
  ? readonly (Loose<U> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
    : T;
