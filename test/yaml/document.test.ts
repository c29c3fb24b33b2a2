/** Covers: document.ts and syntax.ts. YAML that is none, or hostile: each ends in one clear error, soon. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, GOOD, messageOf, open, write } from './files.js';

describe('YAML that is none, or more than files need', () => {
  const cases: [what: string, text: string, ...errors: string[]][] = [
    [
      'a broken mapping',
      'version: 1\nlist:\n  - key: a\n   other: b\n',
      'a.yaml:4:1: YAML: Sequence item without - indicator',
    ],
    ['an open quote', 'version: 1\nname: "a\n', 'a.yaml:3:1: YAML: Missing closing "quote'],
    ['a tab', 'version: 1\nlist:\n\t- a\n', 'a.yaml:3:1: YAML: Tabs are not allowed as indentation'],
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
      `${GOOD}name: *p\n`,
      'a.yaml:3:7: name: found the alias `p`, expected the anchor `&p` before it',
    ],
    [
      'an alias to itself',
      'version: 1\nlist: &c [*c]\n',
      'a.yaml:2:11: list[0]: found the alias `c` within its own anchor, expected a value that ends',
    ],
    [
      'an anchor twice',
      `version: 1\nname: &p a_\nother: &p auto\n`,
      'a.yaml:3:11: other: found a second anchor `p`, expected one of each name',
    ],
    ['nothing', '', 'a.yaml:1:1: found an empty file, expected a list of things that begins with `version: 1`'],
    [
      'only comments',
      '# a\n---\n',
      'a.yaml:2:4: found an empty file, expected a list of things that begins with `version: 1`',
    ],
    ['a list', '- a\n', 'a.yaml:1:1: found a list, expected a mapping that begins with `version: 1`'],
    ['a text', 'hello\n', 'a.yaml:1:1: found the text `hello`, expected a mapping that begins with `version: 1`'],
    ['no version', 'list: [{key: a}]\n', 'a.yaml:1:1: version: is missing, expected the number 1'],
    ['a version in quotes', "version: '1'\n", 'a.yaml:1:10: version: found the text `1`, expected the number 1'],
  ];
  for (const [what, text, ...errors] of cases) {
    it(what, () => {
      assert.deepEqual(errorsOf(text), errors);
    });
  }
});

describe('hostile files end in an error', () => {
  const MIB = 1024 * 1024;
  const limited = (file: string): string => messageOf(file).replaceAll(file, 'a.yaml');
  const fill = (text: string, size = MIB) => text.repeat(Math.floor(size / text.length));

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
    ['entries with nothing in them', `version: 1\nlist: [${'{},'.repeat(60_000)}]`, /\n… and 59950 more$/],
    [
      'unknown keys',
      `version: 1\n${Array.from({ length: 25_000 }, (_, i) => `k${i}: x\n`).join('')}`,
      /\n… and 24950 more$/,
    ],
    ['repeated keys', 'version: 1\n'.repeat(25_000), /\n… and 24949 more$/],
    ['undefined aliases', `version: 1\nlist: [${'*x ,'.repeat(60_000)}]`, /\n… and 59950 more$/],
  ];
  for (const [what, text, more] of faulty) {
    it(`many ${what}`, () => {
      const message = limited(write(text));
      assert.match(message, more);
      assert.equal(message.split('\n').length, 51);
    });
  }

  it('while thousands of good values are no attack', () => {
    const list = Array.from({ length: 10_000 }, (_, n) => `  - key: thing ${n}\n    count: ${n}\n`).join('');
    const file = open(write(`version: 1\nlist:\n${list}`));
    assert.deepEqual(file.diagnostics, []);
    assert.deepEqual(
      file.contents?.list?.at(-1),
      Object.assign(Object.create(null), { key: 'thing 9999', count: 9999 }),
    );
  });
});
