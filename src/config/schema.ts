/**
 * The user's form of a config: which keys there are and what each takes. The one schema for the run-time check and for editors; what
 * depends on several keys is checked in entries.ts. Each `error` says what was expected, in the words of the messages.
 */
import { z } from 'zod';
import { alternatives } from './diagnostics.js';
import { MAX_ARRAY_LENGTH, MAX_CELL_OFFSET, MAX_DPCPU_BYTES } from './limits.js';
import { IDENTIFIER } from './names.js';

const text = z.string({ error: 'text' });
/** YAML takes `1` and `true` for other things than texts. */
const value = z.string({ error: 'text (a number or a truth value needs quotes)' });

function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: alternatives(words) });
}

function listOf<T extends z.ZodType>(item: T) {
  return z.array(item, { error: 'a list' });
}

/** A mapping with these keys and no others; for an unknown key the error lists them. */
function mapping<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'a mapping'),
  });
}

/** A name for editors to check as it is typed; at run time names.ts says more exactly what is wrong with it. */
const name = text.meta({ pattern: IDENTIFIER.source });

const symbol = name.describe('Name of the symbol in the kernel, without a leading `vnet_entry_` or `pcpu_entry_`.');
const type = oneOf(['gauge', 'counter']).describe(
  'gauge (default): may go down. counter: only grows; its metric name ends in `_total`.',
);
const cpu = oneOf(['sum', 'per_cpu', 'both']).describe(
  'Which series are published: the sum over all CPUs as `X`, one for each CPU as `X_per_cpu`, or both (default).',
);
const labels = z
  .record(text, value, { error: 'a mapping from label names to texts' })
  .meta({ description: 'Labels with a fixed value.', propertyNames: { pattern: IDENTIFIER.source } });
const optional = z
  .boolean({ error: '`true` or `false`' })
  .describe('true where a kernel without the symbol is no fault. Default: false.');

const published = {
  metric: name.describe('Name of the metric, without the prefix.'),
  help: text.describe('One line that says what is counted, and in which unit.'),
};
const publishedOptional = { metric: published.metric.optional(), help: published.help.optional() };
/** What an entry may say once for all its members or fields, and each of them for itself. */
const inheritable = { type: type.optional(), cpu: cpu.optional(), labels: labels.optional() };

const member = mapping({
  offset: whole(0, MAX_CELL_OFFSET).describe('Bytes from the symbol to the counter: a multiple of 8.').optional(),
  index: whole(0, MAX_CELL_OFFSET / 8)
    .describe('offset / 8.')
    .optional(),
  ...published,
  ...inheritable,
}).meta({ oneOf: [{ required: ['offset'] }, { required: ['index'] }] });

const counterEntry = mapping({
  symbol,
  optional: optional.optional(),
  ...publishedOptional,
  ...inheritable,
  offset: whole(0, MAX_CELL_OFFSET)
    .describe('Bytes from the symbol to the counter: a multiple of 8. Default: 0.')
    .optional(),
  length: whole(1, MAX_ARRAY_LENGTH)
    .describe('The symbol is an array of this many counters, published as one metric with a label.')
    .optional(),
  label: name.describe('The label that tells the counters of an array apart. Default: `index`.').optional(),
  names: listOf(value).describe("The label's value for each counter of the array. Default: 0, 1, 2 …").optional(),
  members: listOf(member).describe('Counters of the symbol that are metrics of their own.').optional(),
}).meta({
  oneOf: [
    { required: ['metric', 'help'], properties: { members: false } },
    {
      required: ['members'],
      properties: { metric: false, help: false, offset: false, length: false, label: false, names: false },
    },
  ],
  dependencies: { label: ['length'], names: ['length', 'label'] },
});

const field = mapping({
  offset: whole(0, MAX_DPCPU_BYTES - 1).describe("Bytes from the start of a CPU's copy to the value."),
  format: oneOf(['u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64', 'ptr']).describe(
    'How the bytes are read. ptr is published as 1 where it is set and 0 where it is NULL.',
  ),
  ...published,
  ...inheritable,
});
const fields = listOf(field).describe('The values in one copy.');

const zpcpuEntry = mapping({
  symbol,
  optional: optional.optional(),
  size: z.literal([4, 8, 16, 32, 64], { error: '4, 8, 16, 32 or 64' }).describe("Bytes of one CPU's copy of the item."),
  offset: whole(0, MAX_CELL_OFFSET)
    .describe('Bytes from the symbol to the pointer to the items: a multiple of 8. Default: 0.')
    .optional(),
  ...inheritable,
  fields,
});

const dpcpuEntry = mapping({
  symbol,
  optional: optional.optional(),
  size: whole(1, MAX_DPCPU_BYTES).describe('Bytes of the object.'),
  ...inheritable,
  fields,
});

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
  counters: listOf(counterEntry).describe('Symbols that hold counters of counter(9).').optional(),
  zpcpu: listOf(zpcpuEntry).describe('Symbols that point to other items of a UMA_ZONE_PCPU zone.').optional(),
  dpcpu: listOf(dpcpuEntry).describe('DPCPU objects.').optional(),
}).meta({ title: 'Config of kcounter_exporter' });

/** A config of which each part that broke the schema is undefined. */
export type UserConfig = Loose<z.input<typeof configSchema>>;
export type UserCounters = Loose<z.input<typeof counterEntry>>;
export type UserMember = Loose<z.input<typeof member>>;
export type UserItem = Loose<z.input<typeof zpcpuEntry>> | Loose<z.input<typeof dpcpuEntry>>;
export type UserField = Loose<z.input<typeof field>>;

type Loose<T> = T extends readonly (infer U)[]
  ? readonly (Loose<U> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
    : T;
