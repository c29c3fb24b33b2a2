/** Entries of the list `dpcpu`: symbols that are DPCPU objects themselves, one copy for each CPU (<sys/pcpu.h>). */
import type * as z from 'zod/mini';
import { MAX_DPCPU_BYTES } from '../limits.js';
import type { Entry } from '../model.js';
import { key, type Loose, mapping, subject, whole } from '../schemaParts.js';
import { checkedSymbol } from './checks.js';
import { copies, entryOfCopies } from './copies.js';
import { ITEM_FORMS, itemKeys } from './items.js';
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
  ...copies,

  explicit(context, path, user: Loose<z.input<typeof schema>>): Entry {
    const symbol = checkedSymbol(context.source, path, user);
    return entryOfCopies(
      context,
      path,
      user,
      { kind: 'dpcpu', symbol, optional: user.optional ?? false },
      MAX_DPCPU_BYTES,
    );
  },
};
