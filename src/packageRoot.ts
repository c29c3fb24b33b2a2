/** Finds the package's own folder, which holds the files that are shipped beside the compiled code. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this module that holds the default config: the same one from src/, dist/ and build/. */
function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'config', 'kcounter.yaml'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('config/kcounter.yaml was not found above the program; the installation is incomplete');
    folder = parent;
  }
  return folder;
}

export const packageRoot = findPackageRoot();

/** The package's version, from package.json. */
export const version = (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string })
  .version;
