/** The folder that a simulated kernel's memory goes to, and who may have put something there. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { buildNative } from '../../src/simulator/build.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';

const parent = mkdtempSync(join(tmpdir(), 'kcounter-test-'));
after(() => {
  rmSync(parent, { recursive: true });
});
const spec = parseSimulatorSpec('amd64-14,cpus=2');
const isRoot = process.geteuid?.() === 0;

function folder(name: string): string {
  const dir = join(parent, name);
  mkdirSync(dir);
  return dir;
}

describe('the folder of a simulated kernel', () => {
  it('has no links followed that somebody has put there', async () => {
    const dir = folder('links');
    const victim = join(parent, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(dir, 'kernel.image'));
    await assert.rejects(Simulator.start(spec, { dir, workload: 'none' }), /kernel\.image is a link; remove it$/);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
  });

  it('is one to which nobody else may write', async () => {
    const dir = folder('open');
    chmodSync(dir, 0o777);
    await assert.rejects(Simulator.start(spec, { dir, workload: 'none' }), /others may write to .*chmod go-w/);
  });

  it("is the user's own", { skip: isRoot ? false : 'only root can make a folder that is not its own' }, async () => {
    const dir = folder('strange');
    chownSync(dir, 65534, 65534);
    await assert.rejects(
      Simulator.start(spec, { dir, workload: 'none' }),
      /belongs to user 65534; name a folder of your own/,
    );
  });

  it('may be used again', async () => {
    const dir = folder('again');
    for (let round = 0; round < 2; round++) await (await Simulator.start(spec, { dir, workload: 'none' })).close();
  });
});

describe('what is compiled', () => {
  it('can be used by everybody, and is not taken from a user who is not root', async () => {
    const { library, workload } = await buildNative(parent);
    for (const path of [library, workload]) assert.equal(statSync(path).mode & 0o555, 0o555, path);
    if (!isRoot || !library.startsWith(packageRoot)) return;
    chownSync(library, 65534, 65534);
    try {
      const own = await buildNative(parent);
      assert.ok(own.library.startsWith(parent), own.library);
    } finally {
      chownSync(library, 0, 0);
    }
  });
});
