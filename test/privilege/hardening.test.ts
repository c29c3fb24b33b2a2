import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const hardening = fileURLToPath(new URL('../../src/privilege/hardening.js', import.meta.url));

/** What a process prints that runs this code with the functions at hand. */
function run(code: string, ...flags: string[]): string {
  const program = `import { closeDebugger, forbidCoreDumps } from '${hardening}';\n${code}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

describe('closeDebugger', () => {
  it('closes one that a flag has opened, and says so', () => {
    const code = "const { url } = await import('node:inspector'); console.log(closeDebugger(), url());";
    assert.equal(run(code, '--inspect=127.0.0.1:0'), 'true undefined\n');
    assert.equal(run(code), 'false undefined\n');
  });
});

describe('forbidCoreDumps', () => {
  const skip = process.platform === 'linux' ? false : 'the limits are looked up where Linux shows them';
  it('sets both limits to 0, which FreeBSD and Linux number alike', { skip }, () => {
    const code = `console.log(forbidCoreDumps('libc.so.6'), (await import('node:fs')).readFileSync('/proc/self/limits', 'utf8'))`;
    assert.match(run(code), /^true [^]*^Max core file size +0 +0 /m);
  });
});
