/** What a kind of entry has to say of itself, and what its entries are made with. registry.ts lists the kinds. */
import type * as z from 'zod/mini';
import type { CheckedFile } from '../../yaml/checkedFile.js';
import type { Path } from '../../yaml/diagnostics.js';
import type { Families, Settings } from '../families.js';
import type { Entry, TypedEntry } from '../model.js';
import type { UserEntry } from '../schemaParts.js';
import type { FieldCount } from './checks.js';

export interface KindOfEntry {
  /** What editors show of the list that holds entries of this kind. */
  readonly description: string;
  /** One entry as it is written, in either form. */
  readonly schema: z.ZodMiniType<unknown, UserEntry>;
  /** What its entries are about where there is only one such thing, so that a config does not name it. */
  readonly symbol?: string;
  /** The key of what an entry holds: what makes it an explicit entry or a typed one, where it is given. */
  readonly listKey: 'members' | 'fields';
  /** Keys of an entry that say where its values lie, beside `listKey`: with one of them and without the list, it is an explicit one. */
  readonly layoutKeys: readonly string[];
  /** What the help that is made for a metric calls a symbol that is one value, and a member of a struct. */
  readonly nouns: { readonly symbol: string; readonly member: string };
  /** True where the label `cpu` says of an array that it has an element for each CPU id. */
  readonly hasArraysByCpu?: true;
  /** Whether an entry with neither `struct` nor the list nor a layout key is an explicit one; else the kernel's types say what it is. */
  isExplicitAlone(user: UserEntry): boolean;
  /** What a typed entry inherits. */
  typedDefaults(user: UserEntry, defaults: Settings): Settings;
  /** What a typed entry of this kind says besides what all do, or in its place. What is wrong goes to the file. */
  typedRules?(
    context: EntryContext,
    path: Path,
    user: UserEntry,
  ): Partial<Pick<TypedEntry, 'list' | 'structure' | 'interrupts' | 'symbol' | 'optional'>>;
  /**
   * Makes an explicit entry of what `schema` let through. What is wrong goes to the file; then fields may be missing. Undefined where all
   * entries of this kind go by the kernel's types.
   */
  explicit?(context: EntryContext, path: Path, user: UserEntry): Entry;
}

/** What the entries of one file are made with. */
export interface EntryContext {
  readonly source: CheckedFile<unknown>;
  /** The metrics of all files. */
  readonly families: Families;
  readonly count: FieldCount;
  /** What each entry inherits. */
  readonly defaults: Settings;
  /** True where the file is used for the VNET symbols of all vnets. */
  readonly inAllVnets: boolean;
}
