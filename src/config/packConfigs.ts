/** The packs that come with the package, as configs of their own: what they ask of the kernel. */
import { join } from 'node:path';
import { loadConfig } from './load.js';
import { isTyped, type Config, type EntryKind, type TypedEntry } from './model.js';
import { PACK_FOLDER, shippedPacks } from './packs.js';

export interface PackConfig {
  /** Of the pack. */
  readonly name: string;
  readonly file: string;
  readonly config: Config;
}

export interface PackEntry {
  readonly pack: string;
  readonly entry: TypedEntry;
}

/** Read when they are first asked for, and then kept: a question that needs them several times holds on to this. */
export class PackConfigs {
  private read: readonly PackConfig[] | undefined;

  /** In the order of their names. Throws FileError where a pack is damaged. */
  get all(): readonly PackConfig[] {
    this.read ??= shippedPacks(PACK_FOLDER).map((name) => {
      const file = join(PACK_FOLDER, `${name}.yaml`);
      return { name, file, config: loadConfig([file]) };
    });
    return this.read;
  }

  /** Entries of one kind, by pack. Throws FileError where a pack is damaged. */
  entriesOf(kind: EntryKind): PackEntry[] {
    return this.all.flatMap(({ name, config }) =>
      config.entries.filter(isTyped).flatMap((entry) => (entry.kind === kind ? [{ pack: name, entry }] : [])),
    );
  }
}
