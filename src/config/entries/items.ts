/** What `zpcpu` and `dpcpu` entries share: each CPU has a copy of some bytes, and a field is a value at an offset in them. */
import type * as z from 'zod/mini';
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { alternatives, describe, type Path } from '../../yaml/diagnostics.js';
import { settingsOf } from '../families.js';
import { MAX_DPCPU_BYTES } from '../limits.js';
import type { Field, MetricType } from '../model.js';
import {
  byName,
  EXPLICIT_ITEMS,
  inheritable,
  key,
  listOfItems,
  type Loose,
  mapping,
  NAMED,
  NOT_BY_NAME,
  ONE_HELP,
  oneOf,
  published,
  TYPED_ITEMS,
  type UserEntry,
  whole,
  wholeText,
} from '../schemaParts.js';
import { type ValueFormat, valueFormats } from '../valueFormats.js';
import { each, Repeats } from './checks.js';
import { checkNotByName, checkRequired, PUBLISHED_KEYS } from './explicitForm.js';
import type { EntryContext } from './kind.js';

const FORMATS = Object.keys(valueFormats) as ValueFormat[];

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

type UserField = Loose<z.input<typeof field>>;

/** The keys of an entry after those that are its kind's own. */
export const itemKeys = {
  ...published,
  ...inheritable,
  fields: key(
    listOfItems(field),
    'The values in one copy: by offset, or by name as the type tells. Default, by types: all integers.',
  ),
};

/** JSON Schema of the two forms. */
export const ITEM_FORMS = {
  anyOf: [
    {
      required: ['size', 'fields'],
      properties: { struct: false, metric: false, fields: EXPLICIT_ITEMS },
    },
    { properties: { size: false, offset: false, fields: TYPED_ITEMS } },
  ],
  dependencies: ONE_HELP,
};

const FIELD_KEYS = {
  offset: wholeText(0, MAX_DPCPU_BYTES - 1),
  format: alternatives(FORMATS),
  ...PUBLISHED_KEYS,
};

interface UserItemEntry extends UserEntry {
  readonly size?: number | undefined;
  readonly fields?: readonly (string | UserField | undefined)[] | undefined;
}

/** @param sizeText what is expected of `size` */
export function checkItemKeys(source: CheckedFile<unknown>, path: Path, user: UserItemEntry, sizeText: string): void {
  checkRequired(source, path, user, { size: sizeText, fields: 'a list' });
  for (const key of ['metric', 'help'] as const) {
    if (key in user) source.reportKey([...path, key], 'found in an entry with `size`, expected it in each field');
  }
}

/** @param cellOffset bytes from the symbol to the cell that points to the copies */
export function itemFields(context: EntryContext, path: Path, user: UserItemEntry, cellOffset: number): Field[] {
  const { source, families, count, defaults } = context;
  const inherited = settingsOf(source, path, user, defaults);
  const seen = new Repeats(source);
  return each(source, [...path, 'fields'], user.fields, (item, itemPath) => {
    if (typeof item === 'string') return [];
    checkNotByName(source, itemPath, item);
    checkRequired(source, itemPath, item, FIELD_KEYS);
    const settings = settingsOf(source, itemPath, item, inherited);
    checkFormat(source, itemPath, item, settings.type);
    checkExtent(source, itemPath, item, user.size);
    const { offset, format } = item;
    if (offset !== undefined && format !== undefined) seen.check(itemPath, `the ${format} at offset ${offset}`);
    count.add(source, itemPath, 1);
    const family = families.make(source, itemPath, item, settings);
    if (family === undefined || offset === undefined || format === undefined) return [];
    return [{ family, labels: settings.labels, cellOffset, offset, format }];
  });
}

function checkFormat(
  source: CheckedFile<unknown>,
  path: Path,
  { format }: UserField,
  type: MetricType | undefined,
): void {
  if (type !== 'counter' || format === undefined || format.startsWith('u')) return;
  source.report([...path, 'format'], `found ${describe(format)} for a counter, expected u8, u16, u32 or u64`);
}

/** A value lies within its copy, at an address that a C compiler would give it. */
function checkExtent(
  source: CheckedFile<unknown>,
  path: Path,
  { offset, format }: UserField,
  size: number | undefined,
): void {
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
