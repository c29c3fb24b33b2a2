/** The checked user form of all files → the entries of model.ts. */
import type { ConfigFile } from './configFile.js';
import { FieldCount } from './entryChecks.js';
import { isTypedForm } from './entryForm.js';
import { ExplicitEntries } from './explicitEntries.js';
import { defaultSettings, Families } from './families.js';
import type { ConfigEntry, CpuMode, EntryKind } from './model.js';
import type { UserCounters, UserItem } from './schema.js';
import { TypedEntries } from './typedEntries.js';

/** Makes the entries of all files. What is wrong goes to the file; entries made of a file with errors may lack fields. */
export class EntryMaker {
  private readonly explicit: ExplicitEntries;
  private readonly typed: TypedEntries;

  constructor(prefix: string) {
    const families = new Families(prefix);
    const count = new FieldCount();
    this.explicit = new ExplicitEntries(families, count);
    this.typed = new TypedEntries(families, count);
  }

  /** @param cpuOverride goes before what the file says; undefined: the file says it */
  entriesOf(source: ConfigFile, cpuOverride: CpuMode | undefined): ConfigEntry[] {
    const defaults = defaultSettings(cpuOverride);
    const { counters, zpcpu, dpcpu } = source.config ?? {};
    const make = <T extends UserCounters | UserItem>(
      kind: EntryKind,
      list: readonly (T | undefined)[] | undefined,
      explicit: (path: [EntryKind, number], user: T) => ConfigEntry,
    ): ConfigEntry[] =>
      (list ?? []).flatMap((user, index) => {
        if (user === undefined) return [];
        const path: [EntryKind, number] = [kind, index];
        if (!isTypedForm(kind, user)) return [explicit(path, user)];
        return this.typed.make(source, kind, path, user, defaults) ?? [];
      });
    return [
      ...make('counters', counters, (path, user) => this.explicit.counters(source, path, user, defaults)),
      ...make('zpcpu', zpcpu, (path, user) => this.explicit.items(source, 'zpcpu', path, user, defaults)),
      ...make('dpcpu', dpcpu, (path, user) => this.explicit.items(source, 'dpcpu', path, user, defaults)),
    ];
  }
}
