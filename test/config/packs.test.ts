/** Packs: where they are found, what they may hold, and what is said when something is wrong. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FileError } from '../../src/yaml/diagnostics.js';
import { MAX_FILES } from '../../src/config/limits.js';
import { loadConfig } from '../../src/config/load.js';
import { isTyped, type ConfigEntry } from '../../src/config/model.js';
import { folder } from './files.js';

let count = 0;

/** Files in a folder of their own, by path, and the configs that are asked for. */
class Tree {
  readonly root: string;

  constructor(files: Readonly<Record<string, string>>) {
    count += 1;
    this.root = join(folder, `tree${count}`);
    for (const [path, text] of Object.entries({ 'shipped/.keep': '', ...files })) {
      mkdirSync(join(this.root, path, '..'), { recursive: true });
      writeFileSync(join(this.root, path), path.endsWith('.yaml') ? `version: 1\n${text}` : text);
    }
  }

  load(...files: string[]) {
    return loadConfig(
      (files.length === 0 ? ['main.yaml'] : files).map((file) => join(this.root, file)),
      join(this.root, 'shipped'),
    );
  }

  files(...files: string[]): string[] {
    return this.load(...files).files.map((file) => file.replace(`${this.root}/`, ''));
  }

  /** What loading prints, without the folder's name. */
  errors(...files: string[]): string[] {
    try {
      this.load(...files);
    } catch (error) {
      if (error instanceof FileError) return error.message.replaceAll(`${this.root}/`, '').split('\n');
      throw error;
    }
    throw new Error('the config was loaded without an error');
  }
}

const counter = (name: string, more = '') => `counters: [{symbol: ${name}, metric: ${name}, help: h${more}}]\n`;

/** Entries and members of each kind that say their own cpu mode. */
const OWN_MODES = `counters:
  - {symbol: u, members: [{index: 0, metric: u, help: h, cpu: per_cpu}]}
  - {symbol: v, cpu: per_cpu, members: [a_b, {name: c, cpu: both}]}
dpcpu:
  - {symbol: w, fields: [x]}
`;

describe('packs', () => {
  it('are found by name, path and glob, each once and in the order that they are named', () => {
    const tree = new Tree({
      'shipped/tcp.yaml': counter('tcp'),
      'shipped/udp.yaml': counter('udp'),
      'mine/b.yaml': counter('b'),
      'mine/a.yaml': counter('a'),
      'mine/.hidden.yaml': counter('hidden'),
      'mine/notes.txt': '',
      'other.yaml': counter('other'),
      'main.yaml': 'packs: [udp, ./mine/*.yaml, other.yaml, mine/b.yaml, tcp]\n' + counter('own'),
    });
    assert.deepEqual(tree.files(), [
      'main.yaml',
      'shipped/udp.yaml',
      'mine/a.yaml',
      'mine/b.yaml',
      'other.yaml',
      'shipped/tcp.yaml',
    ]);
    assert.deepEqual(
      tree.load().entries.map(({ symbol }) => symbol),
      ['udp', 'a', 'b', 'other', 'tcp', 'own'],
    );
  });

  it('are enough for a config, and may be shared by several', () => {
    const tree = new Tree({
      'shipped/tcp.yaml': counter('tcp'),
      'a.yaml': 'packs: [tcp]',
      'b.yaml': 'prefix: my_\npacks: [{pack: tcp}]',
    });
    assert.deepEqual(tree.files('a.yaml', 'b.yaml'), ['a.yaml', 'shipped/tcp.yaml', 'b.yaml']);
    assert.equal(tree.load('a.yaml', 'b.yaml').prefix, 'my_');
  });

  it('are the same file whatever the path to it, even that of the config', () => {
    const tree = new Tree({ 'main.yaml': "packs: ['./*.yaml', link/a.yaml]", 'a.yaml': counter('a') });
    symlinkSync('.', join(tree.root, 'link'));
    assert.deepEqual(tree.files(), ['main.yaml', 'a.yaml']);
    writeFileSync(join(tree.root, 'main.yaml'), `version: 1\npacks: [${tree.root}/a.yaml, ./a.yaml]`);
    assert.deepEqual(tree.files(), ['main.yaml', 'a.yaml']);
  });

  it('have the cpu modes of their entries, members and fields overridden where they are used, and are spread where nobody says', () => {
    const tree = new Tree({
      'main.yaml': 'packs: [{pack: ./p.yaml, cpu: sum}]\n' + counter('own', ', cpu: both'),
      'p.yaml': OWN_MODES,
      'plain.yaml': 'packs: [./p.yaml]',
    });
    const modes = (file: string) =>
      tree
        .load(file)
        .entries.flatMap((entry) =>
          isTyped(entry) ? entry.members!.map(({ cpu }) => cpu) : entry.fields.map(({ family }) => family.cpu),
        );
    assert.deepEqual(modes('main.yaml'), ['sum', 'sum', 'sum', 'sum', 'both']);
    assert.deepEqual(modes('plain.yaml'), ['per_cpu', 'per_cpu', 'both', 'spread']);
  });
});

describe('a pack that names packs', () => {
  const vnets = (entries: readonly ConfigEntry[]): unknown[] =>
    entries.map((entry) => [entry.symbol, isTyped(entry) && entry.cpu, entry.inAllVnets ?? false]);

  it('leaves what it does not say to who names it', () => {
    const tree = new Tree({
      'jails.yaml': 'packs: [{pack: ./tcp.yaml, vnet: all}, {pack: ./udp.yaml, vnet: all, cpu: per_cpu}]',
      'tcp.yaml': 'counters: [{symbol: tcp}]',
      'udp.yaml': 'counters: [{symbol: udp}]',
      'main.yaml': 'packs: [{pack: ./jails.yaml, cpu: sum}]',
    });
    assert.deepEqual(vnets(tree.load('main.yaml').entries), [
      ['tcp', 'sum', true],
      ['udp', 'per_cpu', true],
    ]);
  });

  it('takes those that are named elsewhere, too, as they are named there, and in all vnets', () => {
    for (const packs of ['{pack: ./tcp.yaml, cpu: sum}, ./jails.yaml', './jails.yaml, {pack: ./tcp.yaml, cpu: sum}']) {
      const tree = new Tree({
        'jails.yaml': 'packs: [{pack: ./tcp.yaml, vnet: all}, ./jails.yaml]',
        'tcp.yaml': 'counters: [{symbol: tcp}]',
        'main.yaml': `packs: [${packs}]`,
      });
      assert.deepEqual(vnets(tree.load('main.yaml').entries), [['tcp', 'sum', true]]);
    }
  });

  it('does not touch what is in no vnet by its kind', () => {
    const tree = new Tree({
      'p.yaml': 'dpcpu: [{symbol: nws}]\npcpu: [{fields: [pc_cp_time]}]\nvalues: [{symbol: v}]',
      'main.yaml': 'packs: [{pack: ./p.yaml, vnet: all}]',
    });
    assert.deepEqual(
      tree.load('main.yaml').entries.map(({ kind, inAllVnets = false }) => [kind, inAllVnets]),
      [
        ['dpcpu', false],
        ['pcpu', false],
        ['values', true],
      ],
    );
  });
});

describe('a pack that cannot be used', () => {
  it('is reported where it is named', () => {
    const tree = new Tree({
      'shipped/tcp.yaml': counter('tcp'),
      'shipped/udp.yaml': counter('udp'),
      'main.yaml': `packs:
  - tcpp
  - xyz
  - ''
  - 5
  - {cpu: sum}
  - {pack: tcp, cpu: all}
  - {pack: udp, cpus: sum}
  - ./none.yaml
  - none/a.yaml
  - ./none*.yaml
  - none/*.yaml
  - '*/a.yaml'
  - tcp*
  - upd
`,
    });
    assert.deepEqual(tree.errors(), [
      'main.yaml:3:5: packs[0]: found the text `tcpp`, expected `tcp` or `udp`, or a path with a `/` or with `.yaml` at its end, did you mean `tcp`?',
      'main.yaml:4:5: packs[1]: found the text `xyz`, expected `tcp` or `udp`, or a path with a `/` or with `.yaml` at its end',
      'main.yaml:5:5: packs[2]: found an empty text, expected `tcp` or `udp`, or a path with a `/` or with `.yaml` at its end',
      'main.yaml:6:5: packs[3]: found the number 5, expected a name, a path or a mapping',
      'main.yaml:7:5: packs[4].pack: is missing, expected text',
      'main.yaml:8:22: packs[5].cpu: found the text `all`, expected `sum`, `per_cpu`, `both` or `spread`',
      'main.yaml:9:17: packs[6].cpus: unknown key, did you mean `cpu`?',
      'main.yaml:10:5: packs[7]: found the text `./none.yaml`, expected a file that exists',
      'main.yaml:11:5: packs[8]: found the text `none/a.yaml`, expected a file that exists',
      'main.yaml:12:5: packs[9]: found the text `./none*.yaml`, expected at least one file that it matches',
      'main.yaml:13:5: packs[10]: found the text `none/*.yaml`, expected at least one file that it matches',
      'main.yaml:14:5: packs[11]: found the text `*/a.yaml`, expected `*` and `?` only after the last `/`',
      'main.yaml:15:5: packs[12]: found the text `tcp*`, expected `tcp` or `udp`, or a path with a `/` or with `.yaml` at its end, did you mean `tcp`?',
      'main.yaml:16:5: packs[13]: found the text `upd`, expected `tcp` or `udp`, or a path with a `/` or with `.yaml` at its end, did you mean `udp`?',
    ]);
    assert.deepEqual(new Tree({ 'main.yaml': 'packs: [tcp]' }).errors(), [
      'main.yaml:2:9: packs[0]: found the text `tcp`, expected a path with a `/` or with `.yaml` at its end',
    ]);
  });

  it('reports its own errors at their places', () => {
    const tree = new Tree({
      'main.yaml': 'packs: [./bad.yaml, ./globals.yaml]\n' + counter('own'),
      'bad.yaml': 'counters:\n  - {symbol: a, metrc: x}\n  - {symbol: b, metric: x_total, help: h}\n',
      'globals.yaml': 'prefix: x_\nreader: auto\nscrape: {}\nopenmetrics: {}\n' + counter('own'),
    });
    assert.deepEqual(tree.errors(), [
      'main.yaml:3:34: counters[0].metric: found the metric `freebsd_own` a second time, expected another name than at globals.yaml:6:34',
      'main.yaml:3:34: counters[0].metric: found the metric `freebsd_own_per_cpu` a second time, expected another name than at globals.yaml:6:34',
      'bad.yaml:3:17: counters[0].metrc: unknown key, did you mean `metric`?',
      "bad.yaml:4:25: counters[1].metric: found the text `x_total`, expected no `_total` at the end of a gauge's name (or `type: counter`)",
      ...['2:1: prefix', '3:1: reader', '4:1: scrape', '5:1: openmetrics'].map(
        (key) =>
          `globals.yaml:${key}: found in a pack, expected only \`version\`, \`packs\`, \`counters\`, \`zpcpu\`, \`dpcpu\`, \`pcpu\`, \`list\`, \`structures\`, \`values\` and \`interrupts\``,
      ),
    ]);
  });

  it('is asked for in two ways that differ', () => {
    const tree = new Tree({
      'shipped/tcp.yaml': counter('tcp'),
      'main.yaml': 'packs:\n  - tcp\n  - {pack: tcp, cpu: sum}\n  - {pack: tcp, cpu: both}\n',
      'self.yaml': 'packs: [{pack: ./self.yaml, cpu: sum}]',
      'other.yaml': 'packs: [{pack: tcp, cpu: per_cpu}]',
    });
    assert.deepEqual(tree.errors(), [
      'main.yaml:4:5: packs[1]: found the text `tcp.yaml` a second time, expected no `cpu`, as at main.yaml:3:5',
      'main.yaml:5:5: packs[2]: found the text `tcp.yaml` a second time, expected no `cpu`, as at main.yaml:3:5',
    ]);
    assert.deepEqual(tree.errors('self.yaml'), [
      'self.yaml:2:9: packs[0]: found the text `self.yaml` a second time, expected no `cpu`, as at self.yaml',
    ]);
    assert.equal(
      tree.errors('other.yaml', 'main.yaml')[0],
      'main.yaml:3:5: packs[0]: found the text `tcp.yaml` a second time, expected `cpu: per_cpu`, as at other.yaml:2:9',
    );
  });

  it('is asked for in two ways by a pack of this package: reported where that one is named', () => {
    const tree = new Tree({
      'shipped/tcp.yaml': counter('tcp'),
      'shipped/jails.yaml': 'packs: [tcp]',
      'shipped/all.yaml': 'packs: [jails]',
      'main.yaml': 'packs:\n  - {pack: tcp, cpu: sum}\n  - {pack: all, cpu: both}\n',
      'before.yaml': 'packs:\n  - {pack: jails, cpu: both}\n  - {pack: tcp, cpu: sum}\n',
      'mine.yaml': 'packs:\n  - {pack: tcp, cpu: sum}\n  - {pack: ./own.yaml, cpu: both}\n',
      'own.yaml': 'packs: [jails]',
    });
    assert.deepEqual(tree.errors(), [
      'main.yaml:4:5: packs[1]: found the text `tcp.yaml` a second time within `all.yaml`, expected `cpu: sum`, as at main.yaml:3:5',
    ]);
    assert.deepEqual(tree.errors('before.yaml'), [
      'before.yaml:4:5: packs[1]: found the text `tcp.yaml` a second time, expected `cpu: both`, as at before.yaml:3:5',
    ]);
    assert.deepEqual(tree.errors('mine.yaml'), [
      'own.yaml:2:9: packs[0]: found the text `tcp.yaml` a second time within `jails.yaml`, expected `cpu: sum`, as at mine.yaml:3:5',
    ]);
  });

  it('is one of too many, or too large with the others', () => {
    const many = Object.fromEntries(
      Array.from({ length: MAX_FILES + 5 }, (_, index) => [`p/${index}.yaml`, counter(`a${index}`)]),
    );
    assert.deepEqual(new Tree({ ...many, 'main.yaml': "packs: ['p/*', 'p/*.yaml']" }).errors(), [
      `main.yaml:2:9: packs[0]: found more than ${MAX_FILES} files in all, expected fewer`,
    ]);
    const large = Object.fromEntries(
      Array.from({ length: 5 }, (_, index) => [
        `p/${index}.yaml`,
        `#${' '.repeat(1_000_000)}\n${counter(`a${index}`)}`,
      ]),
    );
    assert.deepEqual(new Tree({ ...large, 'main.yaml': "packs: ['p/*']" }).errors(), [
      'main.yaml:2:9: packs[0]: found more than 4194304 bytes in all, expected fewer',
    ]);
  });
});
