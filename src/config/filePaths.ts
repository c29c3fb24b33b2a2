/** Paths of config files: which of them a glob stands for, and which are one file. */
import { readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { matchesGlob } from './glob.js';

/** What is the same for two paths to one file. */
export function identity(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}

/** The files that a glob in the last part of a path matches, in the order of their names; undefined where there are none. */
export function expandGlob(file: string): string[] | undefined {
  const pattern = basename(file);
  const folder = dirname(file);
  // As in a shell, hidden files have to be named as such.
  const matching = filesIn(folder).filter(
    (name) => matchesGlob(pattern, name) && name.startsWith('.') === pattern.startsWith('.'),
  );
  return matching.length === 0 ? undefined : matching.map((name) => join(folder, name));
}

/** In the order of their names, which is the same everywhere. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
