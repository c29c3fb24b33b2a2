/** Covers: launch.ts as bundle.js makes dist/main.js of it, run by what says to be another version of Node.js than it is. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isInRange } from '../src/nodeRange.js';
import { packageRoot } from '../src/packageRoot.js';
import { engines, versionsToTry } from './support/engines.js';

const main = join(packageRoot, 'dist', 'main.js');

describe('the program', () => {
  let dir: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-launch-'));
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  for (const version of versionsToTry) {
    const runs = isInRange(version, engines);
    it(`${runs ? 'runs on' : 'refuses in one line'} Node.js ${version}`, () => {
      const liar = join(dir, `${version}.cjs`);
      const versions = `{ ...process.versions, node: '${version}' }`;
      writeFileSync(liar, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
      const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', liar, main, '--version'], {
        encoding: 'utf8',
      });
      if (runs) {
        assert.deepEqual([status, stderr], [0, '']);
        assert.ok(stdout.endsWith(`\n  runtime:  node ${version}\n`), stdout);
        return;
      }
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /^kcounter_exporter: \S+ is Node\.js [\d.]+, and 20\.19 or .+ or later is needed\n$/);
      assert.ok(stderr.includes(` ${version},`), stderr);
    });
  }

  it('is loaded only where it can be: what comes before has no newer syntax, and loads nothing else', () => {
    const source = readFileSync(main, 'utf8');
    assert.doesNotMatch(source, /\?\.|\?\?|\basync\b|\bawait\b|\bimport\b|\bclass\b|node:/);
    assert.deepEqual(source.match(/require\(.*?\)/g), ['require("./program.js")']);
  });
});
