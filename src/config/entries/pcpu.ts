/** The list `pcpu`: values in the struct pcpu of each CPU (<sys/pcpu.h>), which no symbol has to be named for. */
import type * as z from 'zod/mini';
import { MAX_PCPU_BYTES } from '../limits.js';
import type { Entry } from '../model.js';
import { key, type Loose, mapping, whole, wholeText } from '../schemaParts.js';
import { extentOf } from '../valueFormats.js';
import { checkItemKeys, ITEM_FORMS, itemFields, itemKeys } from './items.js';
import type { KindOfEntry } from './kind.js';

/** What entries are known by: the struct. The array that leads to its copies, cpuid_to_pcpu, is in every kernel. */
const STRUCT = 'pcpu';

const schema = mapping(
  {
    size: key(
      whole(1, MAX_PCPU_BYTES),
      "Bytes of struct pcpu, which differ between architectures. The kernel's must be the same.",
    ),
    ...itemKeys,
  },
  ITEM_FORMS,
);

export const pcpu: KindOfEntry = {
  description: 'Values in the struct pcpu of each CPU.',
  schema,
  symbol: STRUCT,
  listKey: 'fields',
  layoutKeys: ['size'],
  nouns: { symbol: 'Value', member: 'Field' },
  isExplicitAlone: () => false,
  typedDefaults: (_user, defaults) => defaults,

  explicit(context, path, user: Loose<z.input<typeof schema>>): Entry {
    const { source } = context;
    checkItemKeys(source, path, user, wholeText(1, MAX_PCPU_BYTES));
    const fields = itemFields(context, path, user, 0);
    return {
      kind: 'pcpu',
      symbol: STRUCT,
      optional: false,
      symbolSize: user.size,
      itemSize: extentOf(fields),
      fields,
      at: source.locate(path),
    };
  },
};
