/** The list `pcpu`: values in the struct pcpu of each CPU (<sys/pcpu.h>), which no symbol has to be named for. */
import type * as z from 'zod/mini';
import { MAX_PCPU_BYTES } from '../limits.js';
import type { Entry } from '../model.js';
import { key, type Loose, mapping, whole } from '../schemaParts.js';
import { copies, entryOfCopies } from './copies.js';
import { ITEM_FORMS, itemKeys } from './items.js';
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
  ...copies,

  explicit(context, path, user: Loose<z.input<typeof schema>>): Entry {
    return entryOfCopies(context, path, user, { kind: 'pcpu', symbol: STRUCT, optional: false }, MAX_PCPU_BYTES);
  },
};
