/** The files of a config: those that were asked for, and the packs that they name. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { keptNames } from '../packageFiles.js';
import { packageRoot } from '../packageRoot.js';
import { ConfigFile } from './configFile.js';
import { alternatives, describe, didYouMean, joined, type Path } from '../yaml/diagnostics.js';
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
const NOT_IN_PACKS = ['prefix', 'reader', 'scrape', 'openmetrics', 'truth', 'packs'] as const;

export interface Source {
  readonly file: ConfigFile;
  readonly isPack: boolean;
  /** Goes before what a pack says. */
  readonly cpuOverride: CpuMode | undefined;
}

/** A file that is read, and how; `place` is where it was named. */
interface Known {
  readonly cpuOverride: CpuMode | undefined;
  readonly place: string;
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

class SourceReader {
  private readonly known = new Map<string, Known>();
  private count = 0;
  private bytes = 0;
  private isFull = false;

  constructor(private readonly packFolder: string) {}

  read(files: readonly string[]): Source[] {
    const configs = files.map((file): Source => {
      this.known.set(identity(file), { cpuOverride: undefined, place: file });
      return { file: this.open(file), isPack: false, cpuOverride: undefined };
    });
    return configs.flatMap((config) => [config, ...this.packsOf(config.file)]);
  }

  private open(file: string): ConfigFile {
    const config = new ConfigFile(file);
    this.count += 1;
    this.bytes += config.bytes;
    return config;
  }

  private packsOf(config: ConfigFile): Source[] {
    return (config.contents?.packs ?? []).flatMap((user, index) => {
      if (user === undefined) return [];
      const path = ['packs', index];
      if (typeof user === 'string') return this.pack(config, path, path, { pack: user });
      if (!('pack' in user)) return [];
      return this.pack(config, path, [...path, 'pack'], user);
    });
  }

  private pack(config: ConfigFile, path: Path, namePath: Path, user: Exclude<UserPack, string>): Source[] {
    const { pack, cpu } = user;
    // What broke the schema was reported.
    if (pack === undefined || ('cpu' in user && cpu === undefined)) return [];
    const found = this.find(config, pack);
    if (typeof found === 'string') {
      config.report(namePath, found);
      return [];
    }
    return found.flatMap((file) => this.readPack(config, path, file, cpu));
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

  private readPack(config: ConfigFile, path: Path, file: string, cpuOverride: CpuMode | undefined): Source[] {
    if (this.isFull) return [];
    const key = identity(file);
    const { file: name, line, column } = config.locate(path);
    const earlier = this.known.get(key);
    if (earlier !== undefined) {
      if (earlier.cpuOverride !== cpuOverride) {
        const expected = earlier.cpuOverride === undefined ? 'no `cpu`' : `\`cpu: ${earlier.cpuOverride}\``;
        config.report(
          path,
          `found ${describe(basename(file))} a second time, expected ${expected} as at ${earlier.place}`,
        );
      }
      return [];
    }
    if (this.count >= MAX_FILES) return this.full(config, path, `found more than ${MAX_FILES} files`);
    this.known.set(key, { cpuOverride, place: `${name}:${line}:${column}` });
    const pack = this.open(file);
    if (this.bytes > MAX_TOTAL_BYTES) return this.full(config, path, `found more than ${MAX_TOTAL_BYTES} bytes`);
    for (const one of NOT_IN_PACKS) {
      if (one in (pack.contents ?? {})) {
        pack.reportKey([one], `found in a pack, expected only ${joined(['version', ...kindNames], 'and')}`);
      }
    }
    return [{ file: pack, isPack: true, cpuOverride }];
  }

  private full(config: ConfigFile, path: Path, found: string): Source[] {
    this.isFull = true;
    config.report(path, `${found} in all, expected fewer`);
    return [];
  }
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
