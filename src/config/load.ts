/** Loads config files: from paths to a checked Config, or to one error that shows all that is wrong. */
import { ConfigError, type Diagnostic } from './diagnostics.js';
import { EntryMaker } from './entries.js';
import { globalsOf } from './globals.js';
import type { Config } from './model.js';
import { PACK_FOLDER, readSources } from './packs.js';

/**
 * Throws ConfigError. The entries of several files and of the packs that they name are joined; a global may be set in any of the files,
 * but to one value.
 *
 * @param packFolder where packs are looked for by name
 */
export function loadConfig(files: readonly string[], packFolder = PACK_FOLDER): Config {
  const sources = readSources(files, packFolder);
  const configs = sources.filter(({ isPack }) => !isPack);
  const globals = globalsOf(configs.map(({ file }) => file));
  const maker = new EntryMaker(globals.prefix);
  // Packs first, so that a name that is taken twice is reported where the user can change it.
  const packs = sources.filter(({ isPack }) => isPack);
  const entries = [...packs, ...configs].flatMap(({ file, cpuOverride }) => maker.entriesOf(file, cpuOverride));

  const diagnostics = sources.flatMap(({ file }) => file.diagnostics);
  if (diagnostics.length === 0 && entries.length === 0) diagnostics.push(noEntries(files));
  if (diagnostics.length > 0) {
    const omitted = sources.reduce((sum, { file }) => sum + file.omitted, 0);
    throw new ConfigError(diagnostics, omitted);
  }
  return { ...globals, entries, files: sources.map(({ file }) => file.file) };
}

function noEntries(files: readonly string[]): Diagnostic {
  const message = 'found no entries, expected at least one in `counters`, `zpcpu` or `dpcpu`, or a pack';
  return { file: files[0] ?? 'config', line: undefined, column: undefined, path: '', message };
}
