/** Covers: port/: the port's version and its list of files. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot, version } from '../../../src/packageRoot.js';

const port = join(packageRoot, 'deploy/freebsd/port/sysutils/kcounter_exporter');
const read = (name: string): string => readFileSync(join(port, name), 'utf8');

describe('the port', () => {
  it('is of this version', () => {
    assert.equal(/^DISTVERSION=\t(.*)$/m.exec(read('Makefile'))?.[1], version);
  });

  it('installs files that the package has', () => {
    const files = [...read('Makefile').matchAll(/\$\{WRKSRC\}\/(\S+\.\w+)/g)].map(([, file]) => file!);
    assert.ok(files.length >= 5, files.join(' '));
    for (const file of files) assert.ok(existsSync(join(packageRoot, file)), file);
  });

  it('installs of the package what install.sh does', () => {
    const installer = readFileSync(join(packageRoot, 'deploy/freebsd/install.sh'), 'utf8');
    const [, copied] = /COPYTREE_SHARE\} "(.*?)"/.exec(read('Makefile'))!;
    const [, items] = /^package="(.*)"$/m.exec(installer)!;
    const names = items!.split(' ').map((item) => item.split('/')[0]!);
    assert.deepEqual(copied!.split(' '), [...new Set(names)].filter((name) => name !== 'node_modules').sort());
  });
});
