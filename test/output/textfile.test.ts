import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { writeTextfile } from '../../src/output/textfile.js';

describe('writeTextfile', () => {
  let dir: string;
  let file: string;
  const text = [Buffer.from('up 1\n'), Buffer.from('down 0\n')];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-textfile-'));
    file = join(dir, 'kcounter.prom');
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('writes a file that everybody can read, whatever the umask', async () => {
    const umask = process.umask(0o077);
    await writeTextfile(file, text);
    process.umask(umask);
    assert.equal(readFileSync(file, 'utf8'), 'up 1\ndown 0\n');
    assert.equal(statSync(file).mode & 0o7777, 0o644);
    assert.deepEqual(readdirSync(dir), ['kcounter.prom']);
  });

  it('puts a new file in the place of the old one, which who has it open goes on reading', async () => {
    writeFileSync(file, 'old\n');
    const { ino } = statSync(file);
    await writeTextfile(file, text);
    assert.notEqual(statSync(file).ino, ino);
    assert.deepEqual(readdirSync(dir), ['kcounter.prom']);
  });

  it('keeps the old file and leaves nothing behind where it fails half-way', async () => {
    writeFileSync(file, 'old\n');
    const half = new Proxy([...text, ...text], {
      get: (chunks, key) => {
        if (key === '1') throw new Error('the second half is gone');
        return Reflect.get(chunks, key) as unknown;
      },
    });
    await assert.rejects(writeTextfile(file, half), {
      name: 'OutputError',
      message: /^cannot write .*kcounter\.prom: the second half is gone$/,
    });
    assert.equal(readFileSync(file, 'utf8'), 'old\n');
    assert.deepEqual(readdirSync(dir), ['kcounter.prom']);
  });

  it('leaves nothing behind where the new file cannot take the place', async () => {
    mkdirSync(file);
    await assert.rejects(writeTextfile(file, text), { name: 'OutputError', message: /: it is a folder$/ });
    assert.deepEqual(readdirSync(dir), ['kcounter.prom']);
  });

  it('does not follow a link in the place of its temporary file', async () => {
    const victim = join(dir, 'victim');
    writeFileSync(victim, 'untouched\n');
    symlinkSync(victim, join(dir, `.kcounter.prom.${process.pid}.tmp`));
    await writeTextfile(file, text);
    assert.equal(readFileSync(victim, 'utf8'), 'untouched\n');
    assert.equal(readFileSync(file, 'utf8'), 'up 1\ndown 0\n');
  });

  it('says what is wrong with the folder', async () => {
    await assert.rejects(writeTextfile(join(dir, 'nowhere', 'x.prom'), text), {
      message: /^cannot write \S+: the folder \S+nowhere does not exist$/,
    });
    writeFileSync(file, '');
    await assert.rejects(writeTextfile(join(file, 'x.prom'), text), { message: /kcounter\.prom is not a folder$/ });
  });
});
