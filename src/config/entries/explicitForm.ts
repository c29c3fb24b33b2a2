/** Checks of explicit entries, whatever their kind: the config says where each value lies. What is wrong goes to the file. */
import { WORD_BYTES } from '../../kernel/address.js';
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { describe, type Path } from '../../yaml/diagnostics.js';
import type { UserItem } from '../schemaParts.js';

/** Keys that the schema leaves free because typed entries do without them, with what is expected of each. */
export const PUBLISHED_KEYS = { metric: 'text', help: 'text' };

/** @param keys what is expected of each */
export function checkRequired(
  source: CheckedFile<unknown>,
  path: Path,
  user: object,
  keys: Readonly<Record<string, string>>,
): void {
  for (const [key, expected] of Object.entries(keys)) {
    if (!(key in user)) source.report([...path, key], `is missing, expected ${expected}`);
  }
}

/** A member or field that says where its value lies has none of the keys of one that goes by its name. */
export function checkNotByName(source: CheckedFile<unknown>, path: Path, user: UserItem): void {
  for (const key of ['optional', 'label', 'names'] as const) {
    if (key in user) source.reportKey([...path, key], 'found without `name`, expected the two together');
  }
}

/** @param offset bytes from the symbol to a pointer cell */
export function checkCell(source: CheckedFile<unknown>, path: Path, offset: number | undefined): void {
  if (offset !== undefined && offset % WORD_BYTES !== 0) {
    source.report(path, `found ${describe(offset)}, expected a multiple of ${WORD_BYTES}: the place of a pointer`);
  }
}
