/** The config files that a command line names, by their paths or by globs: what can be used of them is loaded, again at each reload. */
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { FileError, describe } from '../yaml/diagnostics.js';
import { expandGlob, identity } from './filePaths.js';
import { isGlob } from './glob.js';
import { loadConfig, problemsOf } from './load.js';
import type { Config } from './model.js';

/** A file, or a glob that no file could be taken from, and what is wrong with it. */
export interface FileStatus {
  readonly file: string;
  readonly error: FileError | undefined;
}

export interface LoadResult {
  /** What can be used, or why nothing can. */
  readonly config: Config | FileError;
  /** In the order in which they were named. */
  readonly files: readonly FileStatus[];
}

export class NamedFiles {
  /**
   * @param named paths, which may be globs in their last part
   * @param strict true where one bad file is to spoil all; it does so anyway where it is the only one
   * @param added files that the program itself adds to what the user named
   */
  constructor(
    private readonly named: readonly string[],
    private readonly strict: boolean,
    private readonly added: readonly string[] = [],
  ) {}

  /** The same files and those. */
  with(added: readonly string[]): NamedFiles {
    return new NamedFiles(this.named, this.strict, [...this.added, ...added]);
  }

  load(): LoadResult {
    const { found, unusable } = this.find();
    const all = this.tryAll(found);
    if (unusable.length === 0 && !(all instanceof FileError)) {
      return { config: all, files: found.map((file) => ({ file, error: undefined })) };
    }
    const errors = this.badOf(found);
    const files = [...unusable, ...found.map((file) => ({ file, error: errors.get(file) }))];
    const bad = files.flatMap(({ error }) => error ?? []);
    // Where nothing is wrong with any file, it is all of them together that say nothing.
    if (bad.length === 0) return { config: all, files };
    const good = found.filter((file) => !errors.has(file));
    if (this.strict || good.length === 0 || files.length === 1) return { config: FileError.of(bad), files };
    const config = this.tryAll(good);
    return { config: config instanceof FileError ? FileError.of([...bad, config]) : config, files };
  }

  private tryAll(files: readonly string[]): Config | FileError {
    try {
      return loadConfig([...files, ...this.added]);
    } catch (error) {
      if (error instanceof FileError) return error;
      throw error;
    }
  }

  /** The files that have to be left out so that the others can be used. */
  private badOf(files: readonly string[]): Map<string, FileError> {
    const errors = new Map<string, FileError>();
    for (const file of files) {
      const [error] = problemsOf([file]);
      if (error !== undefined) errors.set(file, error);
    }
    // The later of two files that do not go together is left out; it may have been in the way of a third.
    for (;;) {
      const left = [...this.added, ...files.filter((file) => !errors.has(file))];
      const problems = problemsOf(left);
      const index = problems.findIndex((error) => error !== undefined);
      const [file, error] = [left[index], problems[index]];
      if (index < this.added.length || file === undefined || error === undefined) return errors;
      errors.set(file, error);
    }
  }

  private find(): { found: string[]; unusable: FileStatus[] } {
    const found = new Map<string, string>();
    const unusable: FileStatus[] = [];
    for (const path of this.named) {
      const files = isGlob(path) ? filesOf(path) : [path];
      if (files instanceof FileError) unusable.push({ file: path, error: files });
      else for (const file of files) if (!found.has(identity(file))) found.set(identity(file), file);
    }
    const noFiles = found.size === 0 && unusable.length === 0;
    return {
      found: [...found.values()],
      unusable: noFiles ? this.named.map((file) => ({ file, error: problem(file, 'no file matches') })) : unusable,
    };
  }
}

/** A folder that is empty is one where nothing is to be read from; one that cannot be looked into is a mistake. */
function filesOf(glob: string): string[] | FileError {
  const folder = dirname(glob);
  if (isGlob(folder)) {
    return problem(glob, `found ${describe(glob)}, expected \`*\` and \`?\` only after the last \`/\``);
  }
  try {
    readdirSync(folder);
  } catch (error) {
    return problem(glob, `the folder of ${basename(glob)} cannot be read: ${(error as Error).message}`);
  }
  return expandGlob(glob) ?? [];
}

function problem(file: string, message: string): FileError {
  return new FileError([{ file, line: undefined, column: undefined, path: '', message }]);
}
