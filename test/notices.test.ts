/** Covers: notices.js and bundle.js: what is bundled is told with its licence, and what is not is a dependency. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../src/packageRoot.js';

interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, object> }>;
}

const { notices, namedIn, packagesOf } = (await import(pathToFileURL(join(packageRoot, 'notices.js')).href)) as {
  notices: (folders: readonly string[]) => string;
  namedIn: (text: string) => string[];
  packagesOf: (metafile: Metafile) => string[];
};
const read = (name: string): string => readFileSync(join(packageRoot, name), 'utf8');
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };

describe('the notices', () => {
  const text = read('dist/THIRD_PARTY_NOTICES.txt');

  it('name what the program is made of, at the version that is installed', () => {
    const named = namedIn(text);
    for (const name of ['express', 'bcryptjs', 'zod', 'yaml', 'pino', 'prom-client', 'commander']) {
      const { version } = JSON.parse(read(`node_modules/${name}/package.json`)) as { version: string };
      assert.ok(named.includes(`${name}@${version}`), name);
    }
    assert.ok(!named.some((name) => /^(body-parser|mime-db|koffi|typescript|esbuild)@/.test(name)), named.join(' '));
  });

  it('have the text of a licence for each', () => {
    const parts = text.split(/^={80}$/m).slice(1);
    assert.equal(parts.length, namedIn(text).length);
    for (const part of parts) assert.match(part, /copyright|Apache License/i, part.slice(0, 80));
  });

  it('are refused for a package that tells no licence', () => {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-notices-'));
    try {
      const folder = join(dir, 'node_modules', '@a', 'b');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "name": "@a/b", "version": "1.0.0", "license": "MIT" }');
      assert.throws(() => notices([folder]), /has no file that tells its licence/);
      writeFileSync(join(folder, 'LICENCE.md'), 'Copyright A\r\n');
      assert.match(notices([folder]), /^@a\/b@1\.0\.0 \(MIT\)\n\nCopyright A\n$/m);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('are of packages within packages, too', () => {
    const inputs = [
      'src/a.ts',
      'node_modules/b/c.js',
      'node_modules/b/d/e.js',
      'node_modules/@f/g/node_modules/h/i.js',
    ];
    const outputs = { 'a.js': { inputs: Object.fromEntries(inputs.map((input) => [input, {}])) } };
    assert.deepEqual(packagesOf({ outputs }), ['node_modules/@f/g/node_modules/h', 'node_modules/b']);
  });
});

describe('the bundle', () => {
  it('needs no package but the dependencies of package.json', () => {
    const required = ['program.js', 'authWorker.js'].flatMap((file) =>
      [...read(`dist/${file}`).matchAll(/(?<![.\w])require\("([^"]+)"\)/g)].map(([, name]) => name!),
    );
    const packages = required.filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
    // express' "debug" colours its output where it finds that one, and goes without.
    const expected = [...Object.keys(dependencies), 'supports-color'];
    assert.deepEqual([...new Set(packages)].sort(), expected.sort());
  });
});
