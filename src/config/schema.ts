/**
 * The user's form of a config: which keys there are and what each takes. The one schema for the run-time check and for editors; what
 * depends on several keys is checked in explicitEntries.ts and typedEntries.ts. Each `error` says what was expected, in the words of the
 * messages.
 */
import { z } from 'zod';
import { alternatives } from './diagnostics.js';
import { PLACE_KEYS } from './entryForm.js';
import { MAX_ARRAY_LENGTH, MAX_CELL_OFFSET, MAX_DPCPU_BYTES } from './limits.js';
import { IDENTIFIER, INDEX, MEMBER, TEMPLATE } from './names.js';

const FORMATS = ['u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64', 'ptr'] as const;

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
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: alternatives(words) });
}

function listOf<T extends z.ZodType>(item: T) {
  return z.array(item, { error: 'a list' });
}

const truth = z.boolean({ error: '`true` or `false`' });

/** A mapping with these keys and no others; for an unknown key the error lists them. */
function mapping<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'a mapping'),
  });
}

/** A name for editors to check as it is typed; at run time names.ts says more exactly what is wrong with it. */
const name = text.meta({ pattern: IDENTIFIER.source });
const memberName = text.meta({ pattern: MEMBER.source });

const symbol = name.describe('Name of the symbol in the kernel, without a leading `vnet_entry_` or `pcpu_entry_`.');
const struct = name
  .describe("Name of the struct that lays the symbol out; without it, the symbol's own type says what it is.")
  .optional();
const type = oneOf(['gauge', 'counter']).describe(
  'gauge: may go down. counter: only grows; its metric name ends in `_total`. Default: counter for counters with `struct`, else gauge.',
);
const cpu = oneOf(['sum', 'per_cpu', 'both']).describe(
  'Which series are published: the sum over all CPUs as `X`, one for each CPU as `X_per_cpu`, or both (default).',
);
const labels = z
  .record(text, value, { error: 'a mapping from label names to texts' })
  .meta({ description: 'Labels with a fixed value.', propertyNames: { pattern: IDENTIFIER.source } });
const optional = truth.describe('true where a kernel without the symbol is no fault. Default: false.').optional();

const published = {
  metric: text
    .meta({ pattern: TEMPLATE.source })
    .describe(
      "Name of the metric, without the prefix. One `*` in it stands for the member's name without its own prefix.",
    )
    .optional(),
  help: text.describe('One line that says what is counted, and in which unit.').optional(),
};
/** What an entry may say once for all its members or fields, and each of them for itself. */
const inheritable = { type: type.optional(), cpu: cpu.optional(), labels: labels.optional() };

const elementNames = z.union(
  [listOf(value), z.record(text, value).meta({ propertyNames: { pattern: INDEX.source } })],
  { error: 'a list, or a mapping from indexes to texts' },
);

/** What only a member (or field) that goes by its name may say. */
const byName = {
  name: memberName.describe('Name of the member in its struct, or a glob with `*` and `?`.').optional(),
  optional: truth.describe('true where a struct without this member is no fault. Default: false.').optional(),
  label: name.describe("The label that tells an array's elements apart. Default: `index`.").optional(),
  names: elementNames
    .describe("The label's value for the elements of an array, by index. Default: the index.")
    .optional(),
};

function listOfItems<T extends z.ZodType>(item: T) {
  const short = memberName.describe('Name of a member, or a glob with `*` and `?`.');
  return listOf(z.union([short, item], { error: 'a name, a glob or a mapping' }));
}

const NAMED = { required: ['name'] };
const NOT_BY_NAME = { name: false, optional: false, label: false, names: false };
/** `required` alone would hold for every text. */
const EXPLICIT_ITEM = { type: 'object', anyOf: PLACE_KEYS.map((key) => ({ required: [key] })) };
/** Which members an entry takes whose layout is explicit, and one that goes by types. */
const EXPLICIT_ITEMS = { items: { type: 'object', not: NAMED } };
const TYPED_ITEMS = { items: { not: EXPLICIT_ITEM } };

const member = mapping({
  offset: whole(0, MAX_CELL_OFFSET).describe('Bytes from the symbol to the counter: a multiple of 8.').optional(),
  index: whole(0, MAX_CELL_OFFSET / 8)
    .describe('offset / 8.')
    .optional(),
  ...byName,
  ...published,
  ...inheritable,
}).meta({
  oneOf: [
    { required: ['offset', 'metric', 'help'], properties: NOT_BY_NAME },
    { required: ['index', 'metric', 'help'], properties: NOT_BY_NAME },
    NAMED,
  ],
});

/** A help is of one metric. */
const ONE_HELP = { help: { properties: { struct: false, members: false, fields: false } } };

const counterEntry = mapping({
  symbol,
  optional,
  struct,
  ...published,
  ...inheritable,
  offset: whole(0, MAX_CELL_OFFSET)
    .describe('Bytes from the symbol to the counter: a multiple of 8. Default: 0.')
    .optional(),
  length: whole(1, MAX_ARRAY_LENGTH)
    .describe('The symbol is an array of this many counters, published as one metric with a label.')
    .optional(),
  label: name.describe('The label that tells the counters of an array apart. Default: `index`.').optional(),
  names: listOf(value)
    .describe("The label's value for each counter of the array; their number is its `length`. Default: 0, 1, 2 …")
    .optional(),
  members: listOfItems(member)
    .describe('Counters of the symbol that are metrics of their own: by offset, or by name as the type tells.')
    .optional(),
}).meta({
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
});

const field = mapping({
  offset: whole(0, MAX_DPCPU_BYTES - 1)
    .describe("Bytes from the start of a CPU's copy to the value.")
    .optional(),
  format: oneOf(FORMATS)
    .describe('How the bytes are read. ptr is published as 1 where it is set and 0 where it is NULL.')
    .optional(),
  ...byName,
  ...published,
  ...inheritable,
}).meta({
  anyOf: [{ required: ['offset', 'format', 'metric', 'help'], properties: NOT_BY_NAME }, NAMED],
});

const items = {
  ...published,
  ...inheritable,
  fields: listOfItems(field)
    .describe('The values in one copy: by offset, or by name as the type tells. Default, by types: all integers.')
    .optional(),
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

const zpcpuEntry = mapping({
  symbol,
  optional,
  struct,
  size: z
    .literal([4, 8, 16, 32, 64], { error: '4, 8, 16, 32 or 64' })
    .describe("Bytes of one CPU's copy of the item.")
    .optional(),
  offset: whole(0, MAX_CELL_OFFSET)
    .describe('Bytes from the symbol to the pointer to the items: a multiple of 8. Default: 0.')
    .optional(),
  ...items,
}).meta(ITEM_FORMS);

const dpcpuEntry = mapping({
  symbol,
  optional,
  struct,
  size: whole(1, MAX_DPCPU_BYTES).describe('Bytes of the object.').optional(),
  ...items,
}).meta(ITEM_FORMS);

const pack = z.union(
  [
    text,
    mapping({
      pack: text.describe('The name of a pack of this package, or the path (or glob) of a file.'),
      cpu: cpu.describe('Goes before what the pack says for its entries and members.').optional(),
    }),
  ],
  { error: 'a name, a path or a mapping' },
);

export const configSchema = mapping({
  version: z.literal(1, { error: 'the number 1' }).describe('Version of this format.'),
  prefix: name.describe("What each metric's name begins with. Default: freebsd_").optional(),
  reader: oneOf(['auto', 'libkvm', 'direct'])
    .describe('How values are read. auto (default): as a test at start finds right.')
    .optional(),
  scrape: mapping({
    interval: z
      .string({ error: 'a time such as 15s' })
      .meta({ pattern: '^[0-9]+(ms|s|m)$' })
      .describe('Read on its own at this interval (100ms, 15s, 1m) rather than when asked.')
      .optional(),
  }).optional(),
  openmetrics: mapping({
    created: z
      .boolean({ error: '`true` or `false`' })
      .describe(
        'Tell in OpenMetrics documents since when each counter counts, as `_created`: since the boot. Default: false.',
      )
      .optional(),
  }).optional(),
  packs: listOf(pack)
    .describe('Packs of this package by name, or config files by path or glob, whose entries are published too.')
    .optional(),
  counters: listOf(counterEntry).describe('Symbols that hold counters of counter(9).').optional(),
  zpcpu: listOf(zpcpuEntry).describe('Symbols that point to other items of a UMA_ZONE_PCPU zone.').optional(),
  dpcpu: listOf(dpcpuEntry).describe('DPCPU objects.').optional(),
}).meta({ title: 'Config of kcounter_exporter' });

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
