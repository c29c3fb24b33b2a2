/**
 * The package's own files that are read only when they are needed. Root may have installed them so that nobody else can read them, as with
 * a umask of 027: whoever gives up root keeps them in memory before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './packageRoot.js';

const kept = new Map<string, Buffer>();

/** Reads them all: packs, layouts, the live page, and the thread that checks passwords. Some 300 kB. */
export function keepPackageFiles(): void {
  const folders = ['packs', 'layouts'].map((name) => join(packageRoot, 'config', name));
  const files = [
    ...folders.flatMap(filesOf),
    ...['page/page.js', 'page/page.css', 'page/alerts.json', 'authWorker.js'].map((name) =>
      join(packageRoot, 'dist', name),
    ),
  ];
  for (const file of files) {
    try {
      kept.set(file, readFileSync(file));
    } catch {
      // What root cannot read is told by whoever wants it.
    }
  }
}

/** None where there is no such folder: who wants what is in it tells. */
function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** What is kept of a file; undefined where it is to be read. */
export function keptFile(file: string): Buffer | undefined {
  return kept.get(file);
}

/** The names of the files that are kept of a folder, in their order; undefined where none are. */
export function keptNames(folder: string): string[] | undefined {
  const start = join(folder, '/');
  const names = [...kept.keys()].filter((file) => file.startsWith(start)).map((file) => file.slice(start.length));
  return names.length === 0 ? undefined : names.sort();
}
