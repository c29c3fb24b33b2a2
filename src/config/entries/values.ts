/** Entries of the list `values`: plain integers at a symbol, which no CPU has a copy of, or arrays with an element for each CPU. */
import {
  key,
  inheritable,
  listOfItems,
  mapping,
  ofValues,
  published,
  subject,
  TYPED_ITEMS,
  vnetKey,
} from '../schemaParts.js';
import type { KindOfEntry } from './kind.js';

const schema = mapping(
  {
    ...subject,
    ...vnetKey,
    ...published,
    ...inheritable,
    members: key(
      listOfItems(ofValues),
      'Members of the symbol’s struct that are metrics of their own. Default: all integers.',
    ),
  },
  // As `properties` it would take the place of those above.
  { allOf: [{ properties: { members: TYPED_ITEMS } }] },
);

export const values: KindOfEntry = {
  description: 'Plain integers of the kernel, which are no counters of counter(9).',
  schema,
  listKey: 'members',
  layoutKeys: [],
  nouns: { symbol: 'Value', member: 'Member' },
  hasArraysByCpu: true,
  isExplicitAlone: () => false,
  typedDefaults: (_user, defaults) => defaults,
};
