/** Covers: all that is written here, as the linter sees it. It takes as long as the longest tests, and runs beside them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { packageRoot } from '../src/packageRoot.js';

it('has no fault that eslint finds', () => {
  const eslint = join(packageRoot, 'node_modules', '.bin', 'eslint');
  const { status, stdout, stderr } = spawnSync(process.execPath, [eslint, '--max-warnings=0', '.'], {
    encoding: 'utf8',
    cwd: packageRoot,
  });
  assert.equal(stdout + stderr, '');
  assert.equal(status, 0);
});
