import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryOf, processesOf } from './processes.js';

const quiet = "import { it } from 'node:test';\nit('is', () => undefined);\n";

describe('the processes of the tests', () => {
  it('are one for the files of each folder', () => {
    const files = ['ctf/a', 'ctf/b', 'ctf/deep/c', 'diff/d', 'e'].map((name) => ({
      path: `${name}.test.js`,
      text: quiet,
    }));
    assert.deepEqual(processesOf(files), [
      { name: 'test', paths: ['e.test.js'] },
      { name: 'ctf', paths: ['ctf/a.test.js', 'ctf/b.test.js'] },
      { name: 'ctf/deep', paths: ['ctf/deep/c.test.js'] },
      { name: 'diff', paths: ['diff/d.test.js'] },
    ]);
  });

  for (const word of [
    "import { spawn } from 'node:child_process';",
    "import { createServer } from 'node:http';",
    "import { runExporter } from '../support/exporter.js';",
    "mock.method(performance, 'now', () => 0);",
    "process.env['TMPDIR'] = '/tmp';",
    'process.umask(0o077);',
    'afterEach(() => undefined);',
  ]) {
    it(`are others for a file with ${word}`, () => {
      const files = [
        { path: 'ctf/a.test.js', text: quiet },
        { path: 'ctf/b.test.js', text: quiet + word },
        { path: 'ctf/c.test.js', text: quiet },
      ];
      assert.deepEqual(processesOf(files), [
        { name: 'ctf', paths: ['ctf/a.test.js', 'ctf/c.test.js'] },
        { name: 'ctf/b', paths: ['ctf/b.test.js'] },
      ]);
    });
  }

  it('do not part for hooks within a suite, nor for a look at the clock', () => {
    const text = `${quiet}describe('x', () => {\n  before(() => undefined);\n  process.hrtime.bigint();\n});\n`;
    const files = ['ctf/a', 'ctf/b'].map((name) => ({ path: `${name}.test.js`, text }));
    assert.equal(processesOf(files).length, 1);
  });

  it('begin with those that take longest', () => {
    const files = ['a/a', 'e2e/exporter', 'format', 'config/packs/tcp'].map((name) => ({
      path: `${name}.test.js`,
      text: name.startsWith('config') ? quiet : `${quiet}process.umask();`,
    }));
    assert.deepEqual(
      processesOf(files).map(({ name }) => name),
      ['config/packs', 'format', 'e2e/exporter', 'a/a'],
    );
  });

  it('run their files in turn', () => {
    assert.equal(
      entryOf({ name: 'ctf', paths: ['ctf/a.test.js', 'ctf/b.test.js'] }),
      "import '../ctf/a.test.js';\nimport '../ctf/b.test.js';\n",
    );
  });
});
