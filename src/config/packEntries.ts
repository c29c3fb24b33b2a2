/** What the packs that come with the package ask of the kernel. */
import { join } from 'node:path';
import { loadConfig } from './load.js';
import { isTyped, type EntryKind, type TypedEntry } from './model.js';
import { PACK_FOLDER, shippedPacks } from './packs.js';

export interface PackEntry {
  readonly pack: string;
  readonly entry: TypedEntry;
}

/** Entries of one kind, by pack. Throws FileError where a pack is damaged. */
export function entriesOfPacks(kind: EntryKind): PackEntry[] {
  return shippedPacks(PACK_FOLDER).flatMap((pack) =>
    loadConfig([join(PACK_FOLDER, `${pack}.yaml`)])
      .entries.filter(isTyped)
      .flatMap((entry) => (entry.kind === kind ? [{ pack, entry }] : [])),
  );
}
