/** Reads config/layouts/: one file for each struct, and counters.yaml for the symbols that are one counter each. */
import { join } from 'node:path';
import * as z from 'zod/mini';
import { WORD_BYTES } from '../kernel/address.js';
import { keptNames } from '../packageFiles.js';
import { packageRoot } from '../packageRoot.js';
import { CheckedFile } from '../yaml/checkedFile.js';
import { FileError } from '../yaml/diagnostics.js';
import { filesIn } from '../config/filePaths.js';
import { readText, UnreadableFile } from '../yaml/readText.js';
import { strictMapping } from '../yaml/strictMapping.js';
import { MemberListError, parseMembers, parseWords } from './memberList.js';
import type { SingleCounters, StructBody, StructLayout } from './structLayout.js';

/** Where the package keeps them. */
export const LAYOUT_FOLDER = join(packageRoot, 'config', 'layouts');

const COUNTERS_FILE = 'counters.yaml';

const text = z.string({ error: 'text' });
const whole = z.int({ error: 'a whole number' });
const releases = z.tuple([whole, whole], {
  error: 'a list of two values of __FreeBSD_version, the first and the last',
});
const body = { size: z.optional(whole), members: z.optional(text) };
const structSchema = strictMapping({
  struct: text,
  symbols: z.array(text, { error: 'a list of symbols' }),
  header: text,
  layouts: z.array(
    strictMapping({
      osreldate: releases,
      arch: z.optional(text),
      checked: text,
      words: z.optional(text),
      ...body,
      structs: z.optional(z.record(text, strictMapping(body), { error: 'a mapping from tags to structs' })),
    }),
    { error: 'a list of layouts' },
  ),
});
const countersSchema = strictMapping({
  counters: z.array(strictMapping({ osreldate: releases, checked: text, symbols: text }), { error: 'a list' }),
});

/** Layouts by the symbols that they lay out, or by their names. All throw FileError where a file is bad. */
export interface LayoutData {
  structs(symbol: string): readonly StructLayout[];
  counters(symbol: string): readonly SingleCounters[];
  /** The layouts of the struct with this tag. */
  named(tag: string): readonly StructLayout[];
  /** Every symbol that there is a layout of, for some release. */
  symbols(): readonly string[];
  /** What is wrong with files of which it is not known what they are about. Throws nothing. */
  faults?(): readonly string[];
}

/**
 * The line that says which symbols a file is about. YAML takes a hundred times as long to read as to look for it, and most files are about
 * what nobody asks for.
 */
const SYMBOLS = /^symbols: \[(.*)\]$/m;

/** In the index in place of a file's name. */
const SEVERAL = '';

/** Reads what is asked for, when it is asked for. */
export class LayoutFolder implements LayoutData {
  private index: Map<string, string> | undefined;
  private readonly wrong: string[] = [];
  private readonly structFiles = new Map<string, readonly StructLayout[]>();
  private singles: readonly SingleCounters[] | undefined;

  constructor(private readonly folder = LAYOUT_FOLDER) {}

  /** The names of the files of structs. */
  get files(): string[] {
    return this.names().filter((name) => name !== COUNTERS_FILE);
  }

  structs(symbol: string): readonly StructLayout[] {
    this.index ??= this.makeIndex();
    const name = this.index.get(symbol);
    return name === undefined || name === SEVERAL ? [] : this.structsIn(name);
  }

  counters(symbol: string): readonly SingleCounters[] {
    return this.allCounters().filter(({ symbols }) => symbols.has(symbol));
  }

  faults(): readonly string[] {
    return this.wrong;
  }

  symbols(): readonly string[] {
    this.index ??= this.makeIndex();
    return [...new Set([...this.index.keys(), ...this.allCounters().flatMap(({ symbols }) => [...symbols])])].sort();
  }

  named(tag: string): readonly StructLayout[] {
    const name = `${tag}.yaml`;
    return this.files.includes(name) ? this.structsIn(name) : [];
  }

  /** The layouts of one file. Throws FileError where it is bad. */
  structsIn(name: string): readonly StructLayout[] {
    let found = this.structFiles.get(name);
    if (found === undefined) {
      found = structsOf(join(this.folder, name));
      this.structFiles.set(name, found);
    }
    return found;
  }

  private allCounters(): readonly SingleCounters[] {
    return (this.singles ??= this.names().includes(COUNTERS_FILE) ? countersOf(join(this.folder, COUNTERS_FILE)) : []);
  }

  private names(): string[] {
    return (keptNames(this.folder) ?? filesIn(this.folder)).filter((name) => name.endsWith('.yaml'));
  }

  private makeIndex(): Map<string, string> {
    const index = new Map<string, string>();
    if (this.files.length === 0) this.wrong.push(`${this.folder} has no layouts`);
    for (const name of this.files) {
      for (const symbol of this.symbolsIn(name)) {
        const other = index.get(symbol);
        if (other !== undefined) this.wrong.push(`${other} and ${name} both have a layout of ${symbol}`);
        index.set(symbol, other === undefined ? name : SEVERAL);
      }
    }
    return index;
  }

  /** The symbols that a file says it is about; none where it cannot be read, which is told of. */
  private symbolsIn(name: string): string[] {
    const path = join(this.folder, name);
    try {
      const [, symbols] = SYMBOLS.exec(readText(path)) ?? [];
      if (symbols === undefined) throw new UnreadableFile('found no line `symbols: [SYMBOL, …]`');
      return symbols.split(/,\s*/).filter((symbol) => symbol !== '');
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.wrong.push(`${path}: ${error.message}`);
      return [];
    }
  }
}

function structsOf(path: string): StructLayout[] {
  const file = new CheckedFile<z.infer<typeof structSchema>>(path, structSchema, KIND);
  const { struct, symbols, layouts } = contentsOf(file);
  const found = layouts.map((layout, index): StructLayout => {
    const { osreldate, arch, words, structs = {} } = layout;
    const at = ['layouts', index];
    const whole =
      words === undefined
        ? bodyOf(file, at, layout)
        : listAt(file, [...at, 'words'], () => {
            const members = parseWords(words);
            return { size: members.reduce((size, { count = 1 }) => size + count * WORD_BYTES, 0), members };
          });
    return {
      struct,
      symbols,
      form: words === undefined ? 'object' : 'words',
      releases: osreldate,
      arch,
      ...whole,
      structs: new Map(Object.entries(structs).map(([tag, one]) => [tag, bodyOf(file, [...at, 'structs', tag], one)])),
    };
  });
  throwIfBad(file);
  return found;
}

function countersOf(path: string): SingleCounters[] {
  const file = new CheckedFile<z.infer<typeof countersSchema>>(path, countersSchema, KIND);
  return contentsOf(file).counters.map(({ osreldate, symbols }) => ({
    releases: osreldate,
    symbols: new Set(symbols.trim().split(/\s+/)),
  }));
}

const KIND = { name: 'a file of layouts', form: 'that begins with `struct` or `counters`' };

function bodyOf(
  file: CheckedFile<unknown>,
  path: readonly (string | number)[],
  { size, members }: { readonly size?: number | undefined; readonly members?: string | undefined },
): StructBody {
  if (size === undefined || members === undefined) {
    file.report([...path], 'found neither `words` nor both `size` and `members`');
    return NOTHING;
  }
  return listAt(file, [...path, 'members'], () => ({ size, members: parseMembers(members) }));
}

const NOTHING: StructBody = { size: 0, members: [] };

function listAt(file: CheckedFile<unknown>, path: (string | number)[], parse: () => StructBody): StructBody {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof MemberListError)) throw error;
    file.report(path, error.message);
    return NOTHING;
  }
}

function contentsOf<T>(file: CheckedFile<T>): T {
  throwIfBad(file);
  if (file.contents === undefined) throw new RangeError('a file without errors has contents');
  return file.contents;
}

function throwIfBad({ diagnostics, omitted }: CheckedFile<unknown>): void {
  if (diagnostics.length > 0) throw new FileError(diagnostics, omitted);
}
