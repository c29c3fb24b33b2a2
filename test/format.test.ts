/** Covers: all that is written here, as the formatter sees it. It takes long, and runs beside others. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { packageRoot } from '../src/packageRoot.js';

it('has the form that prettier gives it', () => {
  const prettier = join(packageRoot, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [prettier, '--check', '--log-level=warn', '.'], {
    encoding: 'utf8',
    cwd: packageRoot,
  });
  assert.equal(stdout + stderr, '');
  assert.equal(status, 0);
});
