/** The files of a config: those that were asked for, and the packs that they name. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { keptNames } from '../packageFiles.js';
import { packageRoot } from '../packageRoot.js';
import { ConfigFile } from './configFile.js';
import { alternatives, describe, didYouMean, joined, quote, type Path } from '../yaml/diagnostics.js';
import { kindNames } from './entries/registry.js';
import { expandGlob, filesIn, identity } from './filePaths.js';
import { isGlob } from './glob.js';
import { MAX_FILES, MAX_TOTAL_BYTES } from './limits.js';
import type { CpuMode } from './model.js';
import type { UserPack } from './schema.js';

/** Where the package keeps its packs. */
export const PACK_FOLDER = join(packageRoot, 'config', 'packs');

const EXTENSION = '.yaml';

/** What only the config itself says. */
const NOT_IN_PACKS = ['prefix', 'reader', 'scrape', 'openmetrics', 'truth', 'activity'] as const;

/** What a config says of a pack that it names. It goes before what the pack says. */
export interface Overrides {
  readonly cpu: CpuMode | undefined;
  /** True where VNET symbols are those of all vnets. */
  readonly inAllVnets: boolean;
}

const NO_OVERRIDES: Overrides = { cpu: undefined, inAllVnets: false };

export interface Source {
  readonly file: ConfigFile;
  readonly isPack: boolean;
  /** They go before what the file says. */
  readonly overrides: Overrides;
}

/** Where a pack is named. */
interface Site {
  readonly config: ConfigFile;
  readonly path: Path;
  /** The pack of this package that is named there, where that one names the pack. */
  readonly by: string | undefined;
}

/** A file that is read, and how; `place` is where it was named. */
interface Known {
  overrides: Overrides;
  readonly place: string;
  /** True where it was named by a pack that leaves `cpu` to who names that one. */
  mayChange: boolean;
}

/** The names of the packs in a folder, in their order. */
export function shippedPacks(packFolder: string): string[] {
  return (keptNames(packFolder) ?? filesIn(packFolder))
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length));
}

/** Each file, and after it the packs that it names and that were not named before. */
export function readSources(files: readonly string[], packFolder: string): Source[] {
  return new SourceReader(packFolder).read(files);
}

/** A source before it is certain how it is taken. */
interface Draft {
  readonly file: ConfigFile;
  readonly isPack: boolean;
  readonly known: Known;
}

class SourceReader {
  private readonly known = new Map<string, Known>();
  private count = 0;
  private bytes = 0;
  private isFull = false;

  constructor(private readonly packFolder: string) {}

  read(files: readonly string[]): Source[] {
    const configs = files.map((file) => {
      const known = { overrides: NO_OVERRIDES, place: file, mayChange: false };
      this.known.set(identity(file), known);
      return { file: this.open(file), isPack: false, known };
    });
    const all = configs.flatMap((config) => [config, ...this.packsOf(config.file)]);
    // How a file is taken is certain once all are read.
    return all.map(({ file, isPack, known }) => ({ file, isPack, overrides: known.overrides }));
  }

  private open(file: string): ConfigFile {
    const config = new ConfigFile(file);
    this.count += 1;
    this.bytes += config.bytes;
    return config;
  }

  /**
   * @param inherited of a pack that names packs, what was said of it
   * @param site of a pack of this package, in which nobody can change a thing, where it is named
   */
  private packsOf(config: ConfigFile, inherited?: Overrides, site?: Site): Draft[] {
    return (config.contents?.packs ?? []).flatMap((user, index) => {
      if (user === undefined) return [];
      const path = ['packs', index];
      const named = site ?? { config, path, by: undefined };
      if (typeof user === 'string') return this.pack(config, named, path, { pack: user }, inherited);
      if (!('pack' in user)) return [];
      return this.pack(config, named, [...path, 'pack'], user, inherited);
    });
  }

  private pack(
    config: ConfigFile,
    site: Site,
    namePath: Path,
    user: Exclude<UserPack, string>,
    inherited: Overrides | undefined,
  ): Draft[] {
    const { pack, cpu = inherited?.cpu, vnet } = user;
    // What broke the schema was reported.
    if (pack === undefined || ('cpu' in user && cpu === undefined)) return [];
    const found = this.find(config, pack);
    if (typeof found === 'string') {
      config.report(namePath, found);
      return [];
    }
    const overrides = { cpu, inAllVnets: vnet === 'all' || inherited?.inAllVnets === true };
    return found.flatMap((file) => this.readPack(site, file, overrides, inherited !== undefined));
  }

  /** The files that a text stands for, or what is wrong with it. */
  private find(config: ConfigFile, written: string): string[] | string {
    if (!written.includes('/') && !written.endsWith(EXTENSION)) return this.findShipped(written);
    const file = isAbsolute(written) ? written : join(dirname(config.file), written);
    if (isGlob(dirname(written)))
      return `found ${describe(written)}, expected \`*\` and \`?\` only after the last \`/\``;
    if (!isGlob(written)) return exists(file) ? [file] : `found ${describe(written)}, expected a file that exists`;
    return expandGlob(file) ?? `found ${describe(written)}, expected at least one file that it matches`;
  }

  private findShipped(name: string): string[] | string {
    const names = shippedPacks(this.packFolder);
    if (names.includes(name)) return [join(this.packFolder, name + EXTENSION)];
    const path = 'a path with a `/` or with `.yaml` at its end';
    return `found ${describe(name)}, expected ${names.length === 0 ? '' : `${alternatives(names)}, or `}${path}${didYouMean(name, names)}`;
  }

  private readPack(site: Site, file: string, overrides: Overrides, isOfPack: boolean): Draft[] {
    if (this.isFull) return [];
    const key = identity(file);
    const { config, path, by } = site;
    const { file: name, line, column } = config.locate(path);
    const mayChange = isOfPack && overrides.cpu === undefined;
    const earlier = this.known.get(key);
    if (earlier !== undefined) {
      const problem = joinOverrides(earlier, overrides, mayChange);
      const within = by === undefined ? '' : ` within ${quote(by)}`;
      if (problem !== undefined)
        config.report(path, `found ${describe(basename(file))} a second time${within}, ${problem}`);
      return [];
    }
    if (this.count >= MAX_FILES) return this.full(config, path, `found more than ${MAX_FILES} files`);
    const known = { overrides, place: `${name}:${line}:${column}`, mayChange };
    this.known.set(key, known);
    const pack = this.open(file);
    if (this.bytes > MAX_TOTAL_BYTES) return this.full(config, path, `found more than ${MAX_TOTAL_BYTES} bytes`);
    for (const one of NOT_IN_PACKS) {
      if (one in (pack.contents ?? {})) {
        pack.reportKey([one], `found in a pack, expected only ${joined(['version', 'packs', ...kindNames], 'and')}`);
      }
    }
    const isOurs = dirname(file) === this.packFolder;
    const inner = isOurs ? { config, path, by: by ?? basename(file) } : undefined;
    return [{ file: pack, isPack: true, known }, ...this.packsOf(pack, overrides, inner)];
  }

  private full(config: ConfigFile, path: Path, found: string): Draft[] {
    this.isFull = true;
    config.report(path, `${found} in all, expected fewer`);
    return [];
  }
}

/**
 * A file that is named twice is taken in one way: all vnets have the exporter's own among them, and a pack that names others leaves the rest to
 * the config. Gives what is wrong.
 */
function joinOverrides(earlier: Known, { cpu, inAllVnets }: Overrides, mayChange: boolean): string | undefined {
  const { overrides, place } = earlier;
  if (!mayChange && !earlier.mayChange && overrides.cpu !== cpu) {
    return `expected ${overrides.cpu === undefined ? 'no `cpu`' : `\`cpu: ${overrides.cpu}\``}, as at ${place}`;
  }
  earlier.overrides = {
    cpu: earlier.mayChange && cpu !== undefined ? cpu : overrides.cpu,
    inAllVnets: overrides.inAllVnets || inAllVnets,
  };
  earlier.mayChange &&= mayChange;
  return undefined;
}

/** True also where it cannot be told; reading the file says why. */
function exists(file: string): boolean {
  try {
    realpathSync(file);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'));
  }
}
