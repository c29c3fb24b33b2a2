/** Loads config files: from paths to a checked Config, or to one error that shows all that is wrong. */
import { ConfigFile } from './configFile.js';
import { ConfigError, type Diagnostic } from './diagnostics.js';
import { EntryMaker } from './entries.js';
import { globalsOf } from './globals.js';
import type { Config } from './model.js';

/** Throws ConfigError. The entries of several files are joined; a global may be set in any of them, but to one value. */
export function loadConfig(files: readonly string[]): Config {
  const sources = files.map((file) => new ConfigFile(file));
  const globals = globalsOf(sources);
  const maker = new EntryMaker(globals.prefix);
  const entries = sources.flatMap((source) => maker.entriesOf(source));

  const diagnostics = sources.flatMap((source) => source.diagnostics);
  if (diagnostics.length === 0 && entries.length === 0) diagnostics.push(noEntries(files));
  if (diagnostics.length > 0) {
    const omitted = sources.reduce((sum, source) => sum + source.omitted, 0);
    throw new ConfigError(diagnostics, omitted);
  }
  return { ...globals, entries, files: [...files] };
}

function noEntries(files: readonly string[]): Diagnostic {
  const message = 'found no entries, expected at least one in `counters`, `zpcpu` or `dpcpu`';
  return { file: files[0] ?? 'config', line: undefined, column: undefined, path: '', message };
}
