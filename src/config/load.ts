/** Loads config files: from paths to a checked Config, or to one error that shows all that is wrong. */
import { alternatives, FileError, type Diagnostic } from '../yaml/diagnostics.js';
import { EntryMaker } from './entries/make.js';
import { kindNames } from './entries/registry.js';
import { globalsOf } from './globals.js';
import type { Config, ConfigEntry } from './model.js';
import { PACK_FOLDER, readSources, type Source } from './packs.js';

/**
 * Throws FileError. The entries of several files and of the packs that they name are joined; a global may be set in any of the files,
 * but to one value.
 *
 * @param packFolder where packs are looked for by name
 */
export function loadConfig(files: readonly string[], packFolder = PACK_FOLDER): Config {
  const sources = readSources(files, packFolder);
  // Packs first, so that a name that is taken twice is reported where the user can change it.
  const ordered = [...sources.filter(({ isPack }) => isPack), ...sources.filter(({ isPack }) => !isPack)];
  const { globals, entries } = make(sources, ordered);
  const error = errorOf(sources);
  if (error !== undefined) throw error;
  if (entries.length === 0) throw new FileError([noEntries(files)]);
  return { ...globals, entries, files: sources.map(({ file }) => file.file) };
}

/**
 * Which of the files cannot be used together with those before them, and why: what is wrong with one or with the packs that it names, and
 * names that it takes a second time. Of several that are wrong only the first is told for certain: it may be to blame for the next.
 */
export function problemsOf(files: readonly string[], packFolder = PACK_FOLDER): (FileError | undefined)[] {
  const sources = readSources(files, packFolder);
  const groups: Source[][] = [];
  for (const source of sources) {
    // Each file is followed by its packs; they go before it, for the same reason as above.
    const last = groups.at(-1);
    if (source.isPack && last !== undefined) last.splice(-1, 0, source);
    else groups.push([source]);
  }
  make(sources, groups.flat());
  return groups.map(errorOf);
}

function make(
  sources: readonly Source[],
  ordered: readonly Source[],
): { globals: ReturnType<typeof globalsOf>; entries: ConfigEntry[] } {
  const globals = globalsOf(sources.filter(({ isPack }) => !isPack).map(({ file }) => file));
  const maker = new EntryMaker(globals.prefix);
  return { globals, entries: ordered.flatMap((source) => maker.entriesOf(source)) };
}

function errorOf(sources: readonly Source[]): FileError | undefined {
  const diagnostics = sources.flatMap(({ file }) => file.diagnostics);
  const omitted = sources.reduce((sum, { file }) => sum + file.omitted, 0);
  return diagnostics.length === 0 ? undefined : new FileError(diagnostics, omitted);
}

function noEntries(files: readonly string[]): Diagnostic {
  const message = `found no entries, expected at least one in ${alternatives(kindNames)}, or a pack`;
  return { file: files[0] ?? 'config', line: undefined, column: undefined, path: '', message };
}
