/** Which of several config files are used, which are left out, and what is said of them. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { FileError } from '../../src/yaml/diagnostics.js';
import { NamedFiles } from '../../src/config/namedFiles.js';
import { folder } from './files.js';

const BAD = 'version: 1\ncounters: [{symbl: x}]\n';
let count = 0;

/** A folder with these files; its path. */
function folderOf(files: Readonly<Record<string, string>>): string {
  count += 1;
  const path = join(folder, `named${count}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** A config of one gauge for each name. */
function gauges(...names: readonly string[]): string {
  return `version: 1\ncounters:\n${names.map((name) => `  - {symbol: s, metric: ${name}, help: H.}\n`).join('')}`;
}

/** The metrics that are used, or the lines that say why none are; and the files that are bad. */
function outcome(files: NamedFiles): { metrics: string[] | undefined; error: string; bad: string[] } {
  const { config, files: statuses } = files.load();
  const bad = statuses.filter(({ error }) => error !== undefined).map(({ file }) => basename(file));
  if (config instanceof FileError) return { metrics: undefined, error: config.message, bad };
  const metrics = config.entries.flatMap((entry) =>
    'fields' in entry ? entry.fields.map(({ family }) => family.name) : [],
  );
  return { metrics, error: '', bad };
}

function load(path: string, strict = false, ...names: readonly string[]): ReturnType<typeof outcome> {
  return outcome(
    new NamedFiles(
      (names.length === 0 ? ['*.yaml'] : names).map((name) => join(path, name)),
      strict,
    ),
  );
}

describe('NamedFiles', () => {
  it('uses all files where all are good, in the order of their names', () => {
    const path = folderOf({ 'b.yaml': gauges('b'), 'a.yaml': gauges('a'), 'c.yml': BAD, '.hidden.yaml': BAD });
    assert.deepEqual(load(path), { metrics: ['freebsd_a', 'freebsd_b'], error: '', bad: [] });
  });

  it('leaves out what is bad, unless it is to be strict', () => {
    const path = folderOf({ 'a.yaml': gauges('a'), 'b.yaml': BAD, 'c.yaml': 'no: [', 'd.yaml': gauges('d') });
    assert.deepEqual(load(path), { metrics: ['freebsd_a', 'freebsd_d'], error: '', bad: ['b.yaml', 'c.yaml'] });
    const strict = load(path, true);
    assert.equal(strict.metrics, undefined);
    assert.match(strict.error, /b\.yaml:2:[^]*c\.yaml:1:/);
  });

  it('blames the later of two files that take one name, and not one that only the bad one is in the way of', () => {
    const path = folderOf({
      'a.yaml': gauges('x'),
      'b.yaml': gauges('x', 'y'),
      'c.yaml': gauges('y'),
      'd.yaml': `${gauges('z')}other: 1\n`,
      'e.yaml': gauges('z'),
    });
    assert.deepEqual(load(path), {
      metrics: ['freebsd_x', 'freebsd_y', 'freebsd_z'],
      error: '',
      bad: ['b.yaml', 'd.yaml'],
    });
  });

  it('blames the file that names a bad pack, and one that sets another prefix', () => {
    const path = folderOf({
      'a.yaml': `prefix: one_\n${gauges('a')}`,
      'b.yaml': `prefix: two_\n${gauges('b')}`,
      'c.yaml': `packs: [./bad.pack.yml]\n${gauges('c')}`,
      'd.yaml': gauges('d'),
      'bad.pack.yml': BAD,
    });
    assert.deepEqual(load(path), { metrics: ['one_a', 'one_d'], error: '', bad: ['b.yaml', 'c.yaml'] });
  });

  it('gives a pack that a bad file named first to the next that names it', () => {
    const path = folderOf({
      'a.yaml': `packs: [./shared.yml]\n${gauges('a')}other: 1\n`,
      'b.yaml': 'version: 1\npacks: [./shared.yml]\n',
      'shared.yml': gauges('shared'),
    });
    assert.deepEqual(load(path), { metrics: ['freebsd_shared'], error: '', bad: ['a.yaml'] });
  });

  it('takes a file once, however often it is named', () => {
    const path = folderOf({ 'a.yaml': gauges('a') });
    symlinkSync(join(path, 'a.yaml'), join(path, 'b.yaml'));
    assert.deepEqual(load(path, false, 'a.yaml', '*.yaml', 'b.yaml').metrics, ['freebsd_a']);
  });

  it('can use a file that only says what holds for the others', () => {
    const path = folderOf({ 'a.yaml': 'version: 1\nprefix: one_\n', 'b.yaml': gauges('b'), 'c.yaml': BAD });
    assert.deepEqual(load(path), { metrics: ['one_b'], error: '', bad: ['c.yaml'] });
    const alone = load(path, false, 'a.yaml', 'c.yaml');
    assert.equal(alone.metrics, undefined);
    assert.match(alone.error, /c\.yaml:2:[^]*a\.yaml: found no entries/);
  });

  it('uses nothing where the only file is bad, however it is named', () => {
    const path = folderOf({ 'a.yaml': BAD });
    for (const name of ['a.yaml', '*.yaml']) {
      const { metrics, error, bad } = load(path, false, name);
      assert.equal(metrics, undefined);
      assert.match(error, /a\.yaml:2:/);
      assert.deepEqual(bad, ['a.yaml']);
    }
  });

  it('takes an empty folder for nothing, but not a folder that is not there', () => {
    const path = folderOf({ 'a.yaml': gauges('a') });
    mkdirSync(join(path, 'conf.d'));
    assert.deepEqual(load(path, false, 'a.yaml', 'conf.d/*.yaml'), { metrics: ['freebsd_a'], error: '', bad: [] });
    assert.match(load(path, false, 'conf.d/*.yaml').error, /conf\.d\/\*\.yaml: no file matches$/);
    const nowhere = load(path, false, 'a.yaml', 'nowhere/*.yaml');
    assert.deepEqual(nowhere.metrics, ['freebsd_a']);
    assert.deepEqual(nowhere.bad, ['*.yaml']);
    assert.match(load(path, true, 'a.yaml', 'nowhere/*.yaml').error, /the folder of \*\.yaml cannot be read: ENOENT/);
    assert.match(load(path, false, '*/a.yaml').error, /expected `\*` and `\?` only after the last `\/`$/);
  });

  it('adds files of its own, which are no reason to go on where all others are bad', () => {
    const path = folderOf({ 'a.yaml': BAD, 'b.yaml': gauges('b'), 'c.yaml': gauges('own', 'c') });
    const own = join(folderOf({ 'own.yaml': gauges('own') }), 'own.yaml');
    const named = (...names: string[]): NamedFiles =>
      new NamedFiles(
        names.map((name) => join(path, name)),
        false,
      ).with([own]);
    assert.deepEqual(outcome(named('a.yaml', 'b.yaml')).metrics, ['freebsd_b', 'freebsd_own']);
    assert.equal(outcome(named('a.yaml')).metrics, undefined);
    assert.deepEqual(outcome(named('b.yaml', 'c.yaml')).bad, ['c.yaml']);
  });

  it('looks again each time', () => {
    const path = folderOf({ 'a.yaml': gauges('a') });
    const files = new NamedFiles([join(path, '*.yaml')], false);
    assert.deepEqual(outcome(files).metrics, ['freebsd_a']);
    writeFileSync(join(path, 'b.yaml'), gauges('b'));
    assert.deepEqual(outcome(files).metrics, ['freebsd_a', 'freebsd_b']);
  });
});
