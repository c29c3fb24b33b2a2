/** What the files say in the lists of entries, once it is held against the schema → the entries of model.ts. */
import { defaultSettings, Families } from '../families.js';
import type { ConfigEntry } from '../model.js';
import type { Source } from '../packs.js';
import { FieldCount } from './checks.js';
import { checkInstanceLabels } from './instanceLabels.js';
import type { EntryContext } from './kind.js';
import { entryKinds, kindNames } from './registry.js';
import { isTypedForm, typedEntry } from './typedForm.js';

/** Makes the entries of all files. What is wrong goes to the file; entries made of a file with errors may lack fields. */
export class EntryMaker {
  private readonly families: Families;
  private readonly count = new FieldCount();

  constructor(prefix: string) {
    this.families = new Families(prefix);
  }

  entriesOf({ file: source, isPack, overrides }: Source): ConfigEntry[] {
    const { cpu, inAllVnets } = overrides;
    const { families, count } = this;
    const context: EntryContext = { source, families, count, defaults: defaultSettings(cpu, isPack), inAllVnets };
    return kindNames.flatMap((kind) =>
      (source.contents?.[kind] ?? []).flatMap((user, index): ConfigEntry[] => {
        if (user === undefined) return [];
        const path = [kind, index];
        const own = isTypedForm(kind, user) ? undefined : entryKinds[kind].explicit?.(context, path, user);
        const entry = own ?? typedEntry(context, kind, path, user);
        if (entry === undefined) return [];
        checkInstanceLabels(source, path, entry);
        return [entry];
      }),
    );
  }
}
