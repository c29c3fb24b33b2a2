/** Entries of the list `structures`: what the kernel holds in structures that no config could describe, such as the rules of a packet filter. */
import type * as z from 'zod/mini';
import { DEFAULT_LIST_LIMIT } from '../limits.js';
import {
  described,
  inheritable,
  key,
  limitKey,
  listOfItems,
  type Loose,
  mapping,
  ofValues,
  oneOf,
  published,
  subject,
  TYPED_ITEMS,
  vnetKey,
} from '../schemaParts.js';
import { structureNames, structures as facts } from '../structures.js';
import type { KindOfEntry } from './kind.js';

const schema = mapping(
  {
    structure: described(oneOf(structureNames), 'Which of the structures that the program knows to walk.'),
    optional: subject.optional,
    ...vnetKey,
    ...limitKey,
    ...inheritable,
    ...published,
    members: key(
      listOfItems(ofValues),
      'Counters and integers of an element that are metrics of their own. Default: all of them.',
    ),
  },
  { allOf: [{ properties: { members: TYPED_ITEMS } }] },
);

type UserStructure = Loose<z.input<typeof schema>>;

export const structures: KindOfEntry = {
  description: 'What the elements of structures hold that the program knows to walk.',
  schema,
  listKey: 'members',
  layoutKeys: [],
  nouns: { symbol: 'Value', member: 'Member' },
  isExplicitAlone: () => false,
  typedDefaults: (_user, defaults) => defaults,

  typedRules(_context, _path, { structure, limit = DEFAULT_LIST_LIMIT }: UserStructure) {
    return structure === undefined ? {} : { symbol: facts[structure].symbol, structure: { name: structure, limit } };
  },
};
