/** What the lists `dpcpu` and `pcpu` share: their entries are about an object of which each CPU has a copy, which no pointer leads to. */
import type { Path } from '../../yaml/diagnostics.js';
import type { Entry } from '../model.js';
import { wholeText } from '../schemaParts.js';
import { extentOf } from '../valueFormats.js';
import { checkItemKeys, itemFields } from './items.js';
import type { KindOfEntry } from './kind.js';

export const copies = {
  listKey: 'fields',
  layoutKeys: ['size'],
  nouns: { symbol: 'Value', member: 'Field' },
  isExplicitAlone: () => false,
  typedDefaults: (_user, defaults) => defaults,
} satisfies Partial<KindOfEntry>;

/** @param most bytes that the object may have */
export function entryOfCopies(
  context: Parameters<typeof itemFields>[0],
  path: Path,
  user: Parameters<typeof itemFields>[2] & { readonly size?: number | undefined },
  what: Pick<Entry, 'kind' | 'symbol' | 'optional'>,
  most: number,
): Entry {
  const { source } = context;
  checkItemKeys(source, path, user, wholeText(1, most));
  const fields = itemFields(context, path, user, 0);
  return { ...what, symbolSize: user.size, itemSize: extentOf(fields), fields, at: source.locate(path) };
}
