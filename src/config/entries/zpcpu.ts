/** Entries of the list `zpcpu`: symbols that hold pointers to items of a UMA_ZONE_PCPU zone other than counter(9)'s. */
import * as z from 'zod/mini';
import { MAX_CELL_OFFSET, ZPCPU_SIZES } from '../limits.js';
import type { Entry } from '../model.js';
import { key, type Loose, mapping, subject, vnetKey, whole } from '../schemaParts.js';
import { checkedSymbol, inVnets } from './checks.js';
import { checkCell } from './explicitForm.js';
import { checkItemKeys, ITEM_FORMS, itemFields, itemKeys } from './items.js';
import type { KindOfEntry } from './kind.js';

/** The zones that there are (pcpu_zone_4 to pcpu_zone_64, subr_pcpu.c). */
const SIZES = '4, 8, 16, 32 or 64';

const schema = mapping(
  {
    ...subject,
    ...vnetKey,
    size: key(z.literal([...ZPCPU_SIZES], { error: SIZES }), "Bytes of one CPU's copy of the item."),
    offset: key(
      whole(0, MAX_CELL_OFFSET),
      'Bytes from the symbol to the pointer to the items: a multiple of 8. Default: 0.',
    ),
    ...itemKeys,
  },
  ITEM_FORMS,
);

export const zpcpu: KindOfEntry = {
  description: 'Symbols that point to other items of a UMA_ZONE_PCPU zone.',
  schema,
  listKey: 'fields',
  layoutKeys: ['size', 'offset'],
  nouns: { symbol: 'Value', member: 'Field' },
  isExplicitAlone: () => false,
  typedDefaults: (_user, defaults) => defaults,

  explicit(context, path, user: Loose<z.input<typeof schema>>): Entry {
    const { source } = context;
    const symbol = checkedSymbol(source, path, user);
    checkItemKeys(source, path, user, SIZES);
    checkCell(source, [...path, 'offset'], user.offset);
    return {
      kind: 'zpcpu',
      symbol,
      optional: user.optional ?? false,
      symbolSize: undefined,
      itemSize: user.size ?? 0,
      ...inVnets(context, user),
      fields: itemFields(context, path, user, user.offset ?? 0),
      at: source.locate(path),
    };
  },
};
