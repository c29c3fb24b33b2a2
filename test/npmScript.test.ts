/** Covers: npmScript.ts, and the scripts `npm start` and `npm run demo`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { asTyped } from '../src/npmScript.js';
import { packageRoot } from '../src/packageRoot.js';

describe('asTyped', () => {
  it('puts the words before a flag that npm passes flags on behind', () => {
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'demo' }), 'npm run demo -- --a=1');
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'start' }), 'npm run start -- --a=1');
  });

  it('leaves a flag as it is for who started the program without npm, or within another script', () => {
    assert.equal(asTyped('--a=1', {}), '--a=1');
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'test' }), '--a=1');
    assert.equal(asTyped('--a=1', { npm_lifecycle_event: 'npx' }), '--a=1');
  });
});

describe('npm run demo', () => {
  it('leaves no exporter behind when its shell is told to end, as npm tells it', async () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      scripts: { demo: string };
    };
    const command = `${scripts.demo} --web.listen-address=127.0.0.1:0`;
    const child = spawn('sh', ['-c', command], { cwd: packageRoot, stdio: ['ignore', 'ignore', 'pipe'] });
    for await (const line of createInterface({ input: child.stderr })) if (line.includes('msg=listening')) break;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    // The exporter's own end; a shell's would be by the signal.
    assert.deepEqual(await exit, [0, null]);
  });
});
