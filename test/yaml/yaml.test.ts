/** Files that are no good YAML, no good files, or hostile: each ends in one clear error, soon. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, closeSync, ftruncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../src/config/load.js';
import { errorsOf, folder, messageOf, write } from '../config/files.js';

const GOOD = 'version: 1\ncounters: [{symbol: s, metric: m, help: h}]\n';

describe('YAML that is none, or more than a config needs', () => {
  const cases: [what: string, text: string, ...errors: string[]][] = [
    [
      'a broken mapping',
      'version: 1\ncounters:\n  - symbol: a\n   metric: b\n',
      'a.yaml:4:1: YAML: Sequence item without - indicator',
    ],
    ['an open quote', 'version: 1\nprefix: "a\n', 'a.yaml:3:1: YAML: Missing closing "quote'],
    ['a tab', 'version: 1\ncounters:\n\t- a\n', 'a.yaml:3:1: YAML: Tabs are not allowed as indentation'],
    ['an unknown tag', 'version: !v 1\n', 'a.yaml:1:10: found the unknown tag `!v`, expected none'],
    [
      'a tag of YAML 1.1',
      'version: !!binary MQ==\n',
      'a.yaml:1:10: found the unknown tag `tag:yaml.org,2002:binary`, expected none',
    ],
    ['a second document', `${GOOD}---\n${GOOD}`, 'a.yaml:3:1: found a second document, expected one in each file'],
    [
      'a merge key',
      `x: &x {a: b}\n${GOOD}<<: *x\n`,
      'a.yaml:1:1: x: unknown key',
      'a.yaml:4:1: <<: found a merge key, expected the keys themselves (an alias may stand for a whole value)',
    ],
    [
      'a merge key by directive',
      `%YAML 1.1\n---\n${GOOD}<<: {a: b}\n`,
      'a.yaml:5:1: <<: found a merge key, expected the keys themselves (an alias may stand for a whole value)',
    ],
    ['a key twice', `${GOOD}version: 1\n`, 'a.yaml:3:1: version: found this key a second time, expected each key once'],
    ['a key that is a list', `${GOOD}[a]: 1\n`, 'a.yaml:3:1: found a key that is no text, expected a name'],
    [
      'an alias without an anchor',
      `${GOOD}prefix: *p\n`,
      'a.yaml:3:9: prefix: found the alias `p`, expected the anchor `&p` before it',
    ],
    [
      'an alias to itself',
      'version: 1\ncounters: &c [*c]\n',
      'a.yaml:2:15: counters[0]: found the alias `c` within its own anchor, expected a value that ends',
    ],
    [
      'an anchor twice',
      `version: 1\nprefix: &p a_\nreader: &p auto\ncounters: [{symbol: s, metric: m, help: h}]\n`,
      'a.yaml:3:12: reader: found a second anchor `p`, expected one of each name',
    ],
    ['nothing', '', 'a.yaml:1:1: found an empty file, expected a config that begins with `version: 1`'],
    ['only comments', '# a\n---\n', 'a.yaml:2:4: found an empty file, expected a config that begins with `version: 1`'],
    ['a list', '- a\n', 'a.yaml:1:1: found a list, expected a mapping that begins with `version: 1`'],
    ['a text', 'hello\n', 'a.yaml:1:1: found the text `hello`, expected a mapping that begins with `version: 1`'],
    [
      'no version',
      'counters: [{symbol: s, metric: m, help: h}]\n',
      'a.yaml:1:1: version: is missing, expected the number 1',
    ],
    ['a version in quotes', "version: '1'\n", 'a.yaml:1:10: version: found the text `1`, expected the number 1'],
    [
      'no entries',
      'version: 1\ncounters: []\n',
      'a.yaml: found no entries, expected at least one in `counters`, `zpcpu` or `dpcpu`, or a pack',
    ],
  ];
  for (const [what, text, ...errors] of cases) {
    it(what, () => {
      assert.deepEqual(errorsOf(text), errors);
    });
  }

  it('bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('version: 1\nprefix: aé'), Buffer.from([0xff]), Buffer.from('b\n')]);
    assert.deepEqual(errorsOf(bytes), ['a.yaml:2:11: found bytes that are no UTF-8, expected text in UTF-8']);
    assert.deepEqual(errorsOf(Buffer.from(`\ufeff${GOOD}`, 'utf16le')), [
      'a.yaml:1:1: found bytes that are no UTF-8, expected text in UTF-8',
    ]);
  });

  it('one bad file of several does not hide the errors of the others', () => {
    assert.deepEqual(errorsOf('a: [', 'version: 2\n'), [
      'a.yaml:1:5: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'b.yaml:1:10: version: found the number 2, expected the number 1',
    ]);
  });
});

describe('files that cannot be read', () => {
  it('are named with the reason', () => {
    const missing = join(folder, 'missing.yaml');
    assert.equal(messageOf([missing]), `${missing}: no such file`);
    const directory = join(folder, 'directory');
    mkdirSync(directory);
    assert.equal(messageOf([directory]), `${directory}: found a directory, expected a YAML file`);
    assert.equal(
      messageOf([]),
      'config: found no entries, expected at least one in `counters`, `zpcpu` or `dpcpu`, or a pack',
    );
  });

  it('for want of permission', () => {
    const file = write(GOOD);
    chmodSync(file, 0);
    // Root may read everything, so it looks with another user's eyes.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      assert.equal(messageOf([file]), `${file}: permission denied`);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('a device without an end is read up to the limit', () => {
    assert.equal(messageOf(['/dev/zero']), '/dev/zero: found more than 1048576 bytes, expected at most 1048576');
    assert.match(messageOf(['/dev/null']), /^\/dev\/null:1:1: found an empty file/);
  });

  it('a FIFO is read while its writer writes, and does not block without one', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    assert.match(messageOf([fifo]), /found an empty file/);
    // Keeps both ends open, says so, and writes in two parts.
    const script = `exec 3<>"$0"; echo ready; printf 'version: 1\\n' >&3; sleep 0.3; printf '%s\\n' 'counters: [{symbol: s, metric: m, help: h}]' >&3; sleep 0.2`;
    const writer = spawn('sh', ['-c', script, fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    assert.equal(loadConfig([fifo]).entries.length, 1);
  });

  it('a pipe that stays silent is given up', async () => {
    const fifo = join(folder, 'silent');
    execFileSync('mkfifo', [fifo]);
    const writer = spawn('sh', ['-c', 'exec 3<>"$0"; echo ready; exec sleep 60', fifo], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    assert.match(messageOf([fifo]), /found a pipe that stays silent, expected its end within 2000 ms$/);
    writer.kill();
  });
});

describe('hostile files end in an error within a second', () => {
  const MIB = 1024 * 1024;
  /** Machines under load are slower than the one that the limits were measured on. */
  const PATIENCE_MS = 5000;
  const limited = (file: string): string => {
    const begin = performance.now();
    const message = messageOf([file]);
    assert.ok(performance.now() - begin < PATIENCE_MS, `took ${performance.now() - begin} ms`);
    return message.replaceAll(file, 'a.yaml');
  };
  const fill = (text: string, size = MIB) => text.repeat(Math.floor(size / text.length));

  it('50 MB', () => {
    const written = write('');
    writeFileSync(written, Buffer.alloc(50_000_000, '# x\n'));
    assert.equal(limited(written), 'a.yaml: found 50000000 bytes, expected at most 1048576');
    const sparse = write('');
    const descriptor = openSync(sparse, 'w');
    ftruncateSync(descriptor, 1e12);
    closeSync(descriptor);
    assert.equal(limited(sparse), 'a.yaml: found 1000000000000 bytes, expected at most 1048576');
  });

  it('an alias bomb, and a chain of aliases', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]\n`;
    const bomb = `version: 1\na: &a [x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((n) => level(n, String.fromCharCode(n.charCodeAt(0) - 1))).join('')}`;
    assert.match(
      limited(write(bomb)),
      /^a\.yaml:\d+:\d+: [f-i]\S*: found more than 100000 values once aliases are replaced, expected fewer/,
    );
    const chain = `version: 1\nc0: &c0 [x]\n${Array.from({ length: 9000 }, (_, i) => `c${i + 1}: &c${i + 1} [*c${i}]\n`).join('')}`;
    assert.match(limited(write(chain)), /found more than 20 levels of nesting, expected fewer$/);
  });

  const deep: [what: string, text: string][] = [
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(100_000)],
    ['list items', '- '.repeat(100_000)],
    ['explicit keys', '? '.repeat(100_000)],
    ['keys on one line', 'a: '.repeat(100_000)],
    ['indented keys', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
  ];
  for (const [what, text] of deep) {
    it(`nested ${what}`, () => {
      assert.match(limited(write(text)), /^a\.yaml:\d+:\d+: found more than 20 levels of nesting, expected fewer$/);
    });
  }

  const many: [what: string, text: string][] = [
    ['empty lines', fill('\n')],
    ['comments', fill('#\n')],
    ['list items', fill('-\n')],
    ['distinct keys', Array.from({ length: 90_000 }, (_, i) => `k${i}:\n`).join('')],
    ['commas', `[${fill(',', MIB - 1)}`],
    ['tags', fill('!t ')],
    ['anchors', fill('&a ')],
    ['closing brackets', fill(']')],
    ['empty lists', fill('[]')],
  ];
  for (const [what, text] of many) {
    it(`a megabyte of ${what}`, () => {
      assert.match(
        limited(write(text)),
        /found more than 200000 tokens of YAML, expected fewer \(there may be several files\)$/,
      );
    });
  }

  const faulty: [what: string, text: string, more: RegExp][] = [
    ['bad escapes', `"${fill('\\q', 1_000_000)}"`, /\n… and 499950 more$/],
    ['stray brackets', ']'.repeat(150_000), /\n… and 149950 more$/],
    ['lists side by side', `- ${'[]'.repeat(90_000)}`, /\n… and \d+ more$/],
    ['entries with nothing in them', `version: 1\ncounters: [${'{},'.repeat(60_000)}]`, /\n… and 59950 more$/],
    [
      'unknown keys',
      `version: 1\n${Array.from({ length: 25_000 }, (_, i) => `k${i}: x\n`).join('')}`,
      /\n… and 24950 more$/,
    ],
    ['repeated keys', 'version: 1\n'.repeat(25_000), /\n… and 24949 more$/],
    [
      'bad labels',
      `version: 1\ncounters: [{symbol: s, metric: m, help: h, labels: {${Array.from({ length: 15_000 }, (_, i) => `-${i}: ''`).join(', ')}}}]`,
      /\n… and 29951 more$/,
    ],
    ['undefined aliases', `version: 1\ncounters: [${'*x ,'.repeat(60_000)}]`, /\n… and 59950 more$/],
  ];
  for (const [what, text, more] of faulty) {
    it(`many ${what}`, () => {
      const message = limited(write(text));
      assert.match(message, more);
      assert.equal(message.split('\n').length, 51);
    });
  }

  it('too many values in the kernel', () => {
    const entry = (n: number) => `- {symbol: s${n}, metric: m${n}, help: h, length: 65536}\n`;
    assert.equal(
      limited(write(`version: 1\ncounters:\n${Array.from({ length: 2000 }, (_, n) => entry(n)).join('')}`)),
      'a.yaml:4:45: counters[1].length: found more than 100000 values in all, expected fewer',
    );
  });

  it('while thousands of good entries are no attack', () => {
    const text = `version: 1\ncounters:\n${Array.from({ length: 5000 }, (_, n) => `  - symbol: sim_counter_${n}\n    metric: sim_counter_${n}_total\n    type: counter\n    help: Made-up counter.\n`).join('')}`;
    assert.equal(loadConfig([write(text)]).entries.length, 5000);
  });
});
