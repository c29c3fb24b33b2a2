/** Entries of the list `dpcpu`: symbols that are DPCPU objects themselves, one copy for each CPU (<sys/pcpu.h>). */
import type * as z from 'zod/mini';
import { MAX_DPCPU_BYTES } from '../limits.js';
import type { Entry } from '../model.js';
import { key, type Loose, mapping, subject, whole, wholeText } from '../schemaParts.js';
import { extentOf } from '../valueFormats.js';
import { checkedSymbol } from './checks.js';
import { checkItemKeys, ITEM_FORMS, itemFields, itemKeys } from './items.js';
import type { KindOfEntry } from './kind.js';

const schema = mapping(
  {
    ...subject,
    size: key(whole(1, MAX_DPCPU_BYTES), 'Bytes of the object.'),
    ...itemKeys,
  },
  ITEM_FORMS,
);

export const dpcpu: KindOfEntry = {
  description: 'DPCPU objects.',
  schema,
  listKey: 'fields',
  layoutKeys: ['size'],
  nouns: { symbol: 'Value', member: 'Field' },
  isExplicitAlone: () => false,
  typedDefaults: (_user, defaults) => defaults,

  explicit(context, path, user: Loose<z.input<typeof schema>>): Entry {
    const { source } = context;
    const symbol = checkedSymbol(source, path, user);
    checkItemKeys(source, path, user, wholeText(1, MAX_DPCPU_BYTES));
    const fields = itemFields(context, path, user, 0);
    return {
      kind: 'dpcpu',
      symbol,
      optional: user.optional ?? false,
      symbolSize: user.size,
      itemSize: extentOf(fields),
      fields,
      at: source.locate(path),
    };
  },
};
