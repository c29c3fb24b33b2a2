/** The packages of others that go into a bundle, and the notices that their licences want to be told with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param metafile what esbuild tells of a bundle
 * @returns their folders, in order
 */
export function packagesOf({ outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** @param folders of packages */
export function notices(folders) {
  const parts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    if (files.length === 0) throw new Error(`${folder} has no file that tells its licence`);
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim().replaceAll('\r', ''));
    return [`${name}@${version} (${license})`, ...texts].join('\n\n');
  });
  const line = `\n\n${'='.repeat(80)}\n`;
  return `Packages of others whose code is in program.js and authWorker.js beside this file, each with its licence.${line}${parts.join(line)}\n`;
}

/** The packages that such notices are of, as "name@version". */
export function namedIn(text) {
  return [...text.matchAll(/^={80}\n(\S+@\S+) \(/gm)].map(([, name]) => name);
}
