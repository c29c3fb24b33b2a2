/** The C parts: they compile without a warning, and without a compiler the user is told how to get one. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { buildNative } from '../../src/simulator/build.js';

const sources = join(packageRoot, 'src', 'simulator', 'native');
const dir = mkdtempSync(join(tmpdir(), 'kcounter-test-'));
after(() => {
  rmSync(dir, { recursive: true });
});

describe('the native sources', () => {
  it('compile without a warning', () => {
    for (const file of readdirSync(sources).filter((name) => name.endsWith('.c'))) {
      const output = join(dir, `${file}.o`);
      execFileSync('cc', ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-c', '-o', output, join(sources, file)]);
    }
  });

  it('are built once, however many ask', async () => {
    const all = await Promise.all([1, 2, 3].map(() => buildNative(dir)));
    assert.equal(new Set(all.map(({ library }) => library)).size, 1);
    assert.ok(existsSync(all[0]!.library) && existsSync(all[0]!.workload));
  });

  const isRoot = process.geteuid?.() === 0;
  it(
    'that root has built, whatever its umask, are those of the next user',
    { skip: !isRoot && 'only root can become another user' },
    () => {
      const checkout = join(dir, 'checkout');
      for (const file of ['package.json', 'config/kcounter.yaml', 'src/simulator/native']) {
        cpSync(join(packageRoot, file), join(checkout, file), { recursive: true });
      }
      for (const file of ['packageRoot.js', 'simulator/build.js', 'simulator/errors.js']) {
        cpSync(new URL(`../../src/${file}`, import.meta.url), join(checkout, 'js', file));
      }
      execFileSync('chmod', ['-R', 'a+rX', dir]);
      // What it makes is looked for, not run.
      const compiler = join(dir, 'cc');
      writeFileSync(compiler, '#!/bin/sh\nuntil [ "$1" = -o ]; do shift; done\n: >"$2"\nchmod 700 "$2"\n');
      chmodSync(compiler, 0o755);
      const build = (umask: number, user: object, CC: string): string => {
        const script = `
        process.umask(${umask});
        const { buildNative } = await import(${JSON.stringify(join(checkout, 'js/simulator/build.js'))});
        console.log((await buildNative(${JSON.stringify(tmpdir())})).library);`;
        return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
          encoding: 'utf8',
          cwd: '/',
          env: { ...process.env, CC },
          ...user,
        });
      };
      const built = build(0o077, {}, compiler);
      assert.ok(built.startsWith(join(checkout, 'build/simulator')), built);
      assert.equal(build(0o022, { uid: 65534, gid: 65534 }, '/nonexistent/cc'), built);
    },
  );

  it('without a compiler, say how to get one', () => {
    // In a process of its own: whether the files are there already must not matter, so the sources' hash is changed by the platform.
    const module = new URL('../../src/simulator/build.js', import.meta.url).href;
    const script = `
      Object.defineProperty(process, 'arch', { value: 'none' });
      const { buildNative } = await import(${JSON.stringify(module)});
      await buildNative(${JSON.stringify(dir)}).catch((error) => console.log(error.name + ': ' + error.message));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, CC: '/nonexistent/cc' },
    });
    assert.match(output, /^SimulatorError: .*no compiler "\/nonexistent\/cc".*apt-get install gcc libc6-dev/);
    assert.equal(output.trim().split('\n').length, 1);
  });
});
