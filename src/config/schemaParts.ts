/**
 * What the schema of a config is built of: values of the kinds that occur in it, each `error` saying what was expected in the words of the
 * messages, and the keys that entries of every kind have.
 */
import * as z from 'zod/mini';
import { alternatives } from '../yaml/diagnostics.js';
import { strictMapping } from '../yaml/strictMapping.js';
import { DEFAULT_LIST_LIMIT, MAX_LIST_LIMIT } from './limits.js';
import { IDENTIFIER, INDEX, MEMBER, MEMBER_PATH, TEMPLATE } from './names.js';
import { UNIT } from './units.js';

export const text = z.string({ error: 'text' });
/** YAML takes `1` and `true` for other things than texts. */
const value = z.string({ error: 'text (a number or a truth value needs quotes)' });
export const truth = z.boolean({ error: '`true` or `false`' });

export function wholeText(least: number, most: number): string {
  return `a whole number from ${least} to ${most}`;
}

export function whole(least: number, most: number) {
  const error = wholeText(least, most);
  return z.int({ error }).check(z.gte(least, { error }), z.lte(most, { error }));
}

export function oneOf<const T extends readonly string[]>(words: T) {
  return z.enum(words, { error: alternatives(words) });
}

export function listOf<T extends z.ZodMiniType>(item: T) {
  return z.array(item, { error: 'a list' });
}

/** Texts by place, each needing quotes where YAML would take it for something else. */
export const listOfTexts = listOf(value);

type Meta = Parameters<typeof z.meta>[0];

/** What editors show. */
export function described<T extends z.ZodMiniType>(schema: T, description: string): T {
  return schema.check(z.describe(description));
}

/** A key that may be left out. */
export function key<T extends z.ZodMiniType>(schema: T, description: string) {
  return z.optional(described(schema, description));
}

/** What editors check besides. */
export function withMeta<T extends z.ZodMiniType>(schema: T, meta: Meta): T {
  return schema.check(z.meta(meta));
}

/** A mapping with these keys and no others; for an unknown key the error lists them. */
export function mapping<T extends z.core.$ZodShape>(shape: T, meta: Meta = {}) {
  return withMeta(strictMapping(shape), meta);
}

/** A name for editors to check as it is typed; at run time names.ts says more exactly what is wrong with it. */
export const name = withMeta(text, { pattern: IDENTIFIER.source });
const memberName = withMeta(text, { pattern: MEMBER.source });

/** One member by its name. */
export const path = withMeta(text, { pattern: MEMBER_PATH.source });

const type = described(
  oneOf(['gauge', 'counter']),
  'gauge: may go down. counter: only grows; its metric name ends in `_total`. Default: counter for counters with `struct`, else gauge.',
);
export const cpu = described(
  oneOf(['sum', 'per_cpu', 'both', 'spread']),
  'Which series are published: the sum over all CPUs as `X`, one for each CPU as `X_per_cpu`, both (default), or spread (default in packs): the sum and, of the CPUs, the largest, median and 99th percentile of their rates and the id of one that is hot.',
);
const labels = withMeta(z.record(text, value, { error: 'a mapping from label names to texts' }), {
  description: 'Labels with a fixed value.',
  propertyNames: { pattern: IDENTIFIER.source },
});

/** Which symbol an entry is about. */
export const subject = {
  symbol: described(name, 'Name of the symbol in the kernel, without a leading `vnet_entry_` or `pcpu_entry_`.'),
  optional: key(truth, 'true where a kernel without the symbol is no fault. Default: false.'),
  struct: key(name, "Name of the struct that lays the symbol out; without it, the symbol's own type says what it is."),
};

/** What is said of one metric. */
export const published = {
  metric: key(
    withMeta(text, { pattern: TEMPLATE.source }),
    "Name of the metric, without the prefix. One `*` in it stands for the member's name without its own prefix.",
  ),
  help: key(text, 'One line that says what is counted, and in which unit.'),
};

const peak = described(
  truth,
  'true: sampled every 10 ms, the highest rate between two samples in the last window is published as `X_peak_rate`, and the CPU that had most of it as `X_peak_cpu`. For counters. Default: false.',
);

const unit = described(
  withMeta(text, { pattern: UNIT.source }),
  'What the values are counted in, such as bytes or packets. Default: what the name of the metric ends in, where that is a unit. Of an entry: for those of its metrics whose names end in none.',
);

/** What an entry may say once for all its members or fields, and each of them for itself. */
export const inheritable = {
  type: z.optional(type),
  unit: z.optional(unit),
  cpu: z.optional(cpu),
  peak: z.optional(peak),
  labels: z.optional(labels),
};

const elementNames = z.union(
  [listOfTexts, withMeta(z.record(text, value), { propertyNames: { pattern: INDEX.source } })],
  {
    error: 'a list, or a mapping from indexes to texts',
  },
);

/** What only a member (or field) that goes by its name may say. */
export const byName = {
  name: key(memberName, 'Name of the member in its struct, or a glob with `*` and `?`.'),
  optional: key(truth, 'true where a struct without this member is no fault. Default: false.'),
  label: key(name, "The label that tells an array's elements apart. Default: `index`."),
  names: key(elementNames, "The label's value for the elements of an array, by index. Default: the index."),
};

/** Of kinds whose symbols may be VNET ones. */
export const vnetKey = {
  vnet: key(
    oneOf(['own', 'all']),
    'Of a VNET symbol: that of the vnet that the exporter runs in, or those of all jails with one of their own, labelled `jail` and `jid`. Default: own.',
  ),
};

/** Of kinds whose elements may be many. */
export const limitKey = {
  limit: key(
    whole(1, MAX_LIST_LIMIT),
    `Elements that are published at most; the others are counted. Default: ${DEFAULT_LIST_LIMIT}.`,
  ),
};

/** Members that go by their name, of what may have arrays by CPU. */
export const ofValues = mapping(
  {
    ...byName,
    label: key(
      name,
      "The label that tells an array's elements apart. `cpu`: it has an element for each CPU id, which are the parts of one value. Default: `index`.",
    ),
    plus: key(path, 'Another member that is added to it: on each CPU where both are per CPU.'),
    ...published,
    ...inheritable,
  },
  { required: ['name'] },
);

/** A list of members (or fields), those that go by their name alone as a text. */
export function listOfItems<T extends z.ZodMiniType>(item: T) {
  const short = described(memberName, 'Name of a member, or a glob with `*` and `?`.');
  return listOf(z.union([short, item], { error: 'a name, a glob or a mapping' }));
}

/** Keys that say where the value of a member or field lies. */
export const PLACE_KEYS = ['offset', 'index', 'format'] as const;

/** JSON Schema of a member or field that goes by its name. */
export const NAMED = { required: ['name'] };
/** JSON Schema of the properties of one that says where its value lies. */
export const NOT_BY_NAME = { name: false, optional: false, label: false, names: false };
/** `required` alone would hold for every text. */
const EXPLICIT_ITEM = { type: 'object', anyOf: PLACE_KEYS.map((key) => ({ required: [key] })) };
/** Which members an entry takes whose layout is explicit, and one that goes by types. */
export const EXPLICIT_ITEMS = { items: { type: 'object', not: NAMED } };
export const TYPED_ITEMS = { items: { not: EXPLICIT_ITEM } };
/** A help is of one metric. */
export const ONE_HELP = { help: { properties: { struct: false, members: false, fields: false } } };

/** What a schema takes, where each part that broke it is undefined. */
export type Loose<T> = T extends readonly (infer U)[]
  ? readonly (Loose<U> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
    : T;

type Written<Shape extends z.core.$ZodShape> = Loose<z.input<z.ZodMiniObject<Shape>>>;

/** What members and fields of every kind may say of themselves, but for where their values lie. */
export type UserItem = Written<typeof byName & typeof published & typeof inheritable> & {
  readonly plus?: string | undefined;
};
type UserItems = readonly (string | UserItem | undefined)[];

/** What entries of every kind may say of themselves. Each kind has one of the two lists. */
export type UserEntry = Written<typeof subject & typeof published & typeof inheritable> & {
  readonly vnet?: string | undefined;
  readonly members?: UserItems | undefined;
  readonly fields?: UserItems | undefined;
};
