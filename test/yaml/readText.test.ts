/** Files whose bytes cannot be read as text: each ends in one clear error, soon. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { errorsOf, folder, GOOD, messageOf, open, write } from './files.js';

describe('files that cannot be read', () => {
  it('are named with the reason', () => {
    const missing = join(folder, 'missing.yaml');
    assert.equal(messageOf(missing), `${missing}: no such file`);
    const directory = join(folder, 'directory');
    mkdirSync(directory);
    assert.equal(messageOf(directory), `${directory}: found a directory, expected a YAML file`);
  });

  it('for want of permission', () => {
    const file = write(GOOD);
    chmodSync(file, 0);
    // Root may read everything, so it looks with another user's eyes.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      assert.equal(messageOf(file), `${file}: permission denied`);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('a device without an end is read up to the limit', () => {
    assert.equal(messageOf('/dev/zero'), '/dev/zero: found more than 1048576 bytes, expected at most 1048576');
    assert.match(messageOf('/dev/null'), /^\/dev\/null:1:1: found an empty file/);
  });

  it('a FIFO is read while its writer writes, and does not block without one', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    assert.match(messageOf(fifo), /found an empty file/);
    // Keeps both ends open, says so, and writes in two parts.
    const script = `exec 3<>"$0"; echo ready; printf 'version: 1\\n' >&3; sleep 0.3; printf '%s\\n' 'list: [a]' >&3; sleep 0.2`;
    const writer = spawn('sh', ['-c', script, fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    assert.deepEqual(open(fifo).contents?.list, ['a']);
  });

  it('a pipe that stays silent is given up', async () => {
    const fifo = join(folder, 'silent');
    execFileSync('mkfifo', [fifo]);
    const writer = spawn('sh', ['-c', 'exec 3<>"$0"; echo ready; exec sleep 60', fifo], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    assert.match(messageOf(fifo), /found a pipe that stays silent, expected its end within 2000 ms$/);
    writer.kill();
  });

  it('one of 50 MB is not read', () => {
    const written = write('');
    writeFileSync(written, Buffer.alloc(50_000_000, '# x\n'));
    assert.equal(messageOf(written), `${written}: found 50000000 bytes, expected at most 1048576`);
    const sparse = write('');
    const descriptor = openSync(sparse, 'w');
    ftruncateSync(descriptor, 1e12);
    closeSync(descriptor);
    assert.equal(messageOf(sparse), `${sparse}: found 1000000000000 bytes, expected at most 1048576`);
  });

  it('because their bytes are no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('version: 1\nname: aé'), Buffer.from([0xff]), Buffer.from('b\n')]);
    assert.deepEqual(errorsOf(bytes), ['a.yaml:2:9: found bytes that are no UTF-8, expected text in UTF-8']);
    assert.deepEqual(errorsOf(Buffer.from(`\ufeff${GOOD}`, 'utf16le')), [
      'a.yaml:1:1: found bytes that are no UTF-8, expected text in UTF-8',
    ]);
  });
});
