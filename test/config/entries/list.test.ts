/** The list `list`: what its entries become, and what is said of bad ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, loadTyped } from '../files.js';

const HEAD = 'version: 1\n';
const listOf = (rest: string): string => `${HEAD}list: [{symbol: s, ${rest}}]`;

function refused(...cases: readonly (readonly [rest: string, ...errors: string[]])[]): void {
  for (const [rest, ...errors] of cases) {
    const found = errorsOf(listOf(rest)).map((line) => line.replace(/^a\.yaml:2:\d+: list\[0\](\.|: )/, ''));
    assert.deepEqual(found, errors, rest);
  }
}

describe('an entry of list', () => {
  it('gets every default', () => {
    const [entry] = loadTyped(listOf('link: l'));
    assert.deepEqual([entry!.kind, entry!.type, entry!.cpu, entry!.inAllVnets], ['list', 'gauge', 'both', undefined]);
    assert.deepEqual(entry!.list, {
      link: 'l',
      count: undefined,
      inside: undefined,
      keys: [],
      where: [],
      check: [],
      same: [],
      zpcpu: undefined,
      instead: undefined,
      limit: 1000,
      duplicates: undefined,
    });
    assert.equal(loadTyped(listOf('vnet: own'))[0]!.inAllVnets, undefined);
    assert.equal(loadTyped(listOf('vnet: all'))[0]!.inAllVnets, true);
  });

  it('says how its elements are found, told apart and believed', () => {
    const [entry] = loadTyped(
      listOf(
        'link: a.b, inside: {member: c, link: d}, keys: {x: outer.e, y: f}, where: {g: 1, outer.h: NAME}, check: {i: self, j: outer, k: vnet, l: -1}, same: [m, outer.n], zpcpu: o, limit: 7, duplicates: copy',
      ),
    );
    assert.deepEqual(entry!.list, {
      link: 'a.b',
      count: undefined,
      inside: { member: 'c', link: 'd' },
      keys: [
        { label: 'x', member: 'outer.e' },
        { label: 'y', member: 'f' },
      ],
      where: [
        { member: 'g', equals: 1 },
        { member: 'outer.h', equals: 'NAME' },
      ],
      check: [
        { member: 'i', equals: 'self' },
        { member: 'j', equals: 'outer' },
        { member: 'k', equals: 'vnet' },
        { member: 'l', equals: -1 },
      ],
      same: ['m', 'outer.n'],
      zpcpu: 'o',
      instead: undefined,
      limit: 7,
      duplicates: 'copy',
    });
    const [array] = loadTyped(listOf('count: n, duplicates: nth'));
    assert.deepEqual([array!.list!.count, array!.list!.duplicates], ['n', 'nth']);
    const [told] = loadTyped(listOf('link: l, instead: {unless: {a: f}, ifdata: i}'));
    assert.deepEqual(told!.list!.instead, { unless: [{ member: 'a', equals: 'f' }], ifdata: 'i' });
  });

  it('may have names that every object of JavaScript has', () => {
    const [entry] = loadTyped(listOf('keys: {constructor: toString}, where: {valueOf: 1}, labels: {a: b}'));
    assert.deepEqual(entry!.list!.keys, [{ label: 'constructor', member: 'toString' }]);
    assert.deepEqual(entry!.list!.where, [{ member: 'valueOf', equals: 1 }]);
    refused([
      'keys: {__proto__: x}',
      "keys.__proto__: found the text `__proto__`, expected another: `__` is for Prometheus' own labels",
    ]);
  });

  it('names one member each time: no glob, no element, nothing else', () => {
    const expected =
      "expected one member's name: ASCII letters, digits and underscores, with a dot for what is in a struct of its own";
    refused(
      ['link: "a*"', `link: found the text \`a*\`, ${expected}`],
      ['keys: {a: "x?"}', `keys.a: found the text \`x?\`, ${expected}`],
      ['keys: {a: "x[1]"}', `keys.a: found the text \`x[1]\`, ${expected}`],
      ['keys: {a: outer.}', `keys.a: found the text \`outer.\`, ${expected}`],
      ['where: {"a*": 1}', `where.a*: found the text \`a*\`, ${expected}`],
      ['same: [a, "*"]', `same[1]: found the text \`*\`, ${expected}`],
      ['zpcpu: "a b"', `zpcpu: found the text \`a b\`, ${expected}`],
      [
        'inside: {member: "a*", link: b.}',
        `inside.member: found the text \`a*\`, ${expected}`,
        `inside.link: found the text \`b.\`, ${expected}`,
      ],
      ['instead: {unless: {}, ifdata: "*"}', `instead.ifdata: found the text \`*\`, ${expected}`],
      [`keys: {a: ${'x'.repeat(300)}}`, 'keys.a: found a name of 300 characters, expected at most 200'],
      ['members: [{name: a, plus: "b*"}]', `members[0].plus: found the text \`b*\`, ${expected}`],
    );
  });

  it('has no element that holds its list without one', () => {
    refused(
      ['keys: {a: outer.x}', 'keys.a: found `outer.x` without `inside`, expected the two together'],
      ['same: [outer.x]', 'same[0]: found `outer.x` without `inside`, expected the two together'],
      ['check: {outer.x: self}', 'check.outer.x: found `outer.x` without `inside`, expected the two together'],
      ['where: {x: outer}', 'where.x: found `outer` without `inside`, expected the two together'],
    );
  });

  it('holds members against whole numbers and names', () => {
    const value = 'expected a whole number below 2^53, or text';
    refused(
      ['where: {a: 1.5}', `where.a: found the number 1.5, ${value}`],
      ['where: {a: 1e400}', `where.a: found the number .inf, ${value}`],
      ['where: {a: 18446744073709551615}', `where.a: found the number 18446744073709552000, ${value}`],
      ['where: {a: 9007199254740993}', `where.a: found the number 9007199254740992, ${value}`],
      ['where: {a: true}', `where.a: found \`true\`, ${value}`],
      ['where: {a: }', `where.a: found nothing, ${value}`],
      ['where: {a: {b: c}}', `where.a: found a mapping, ${value}`],
      ['check: {a: ""}', 'check.a: found ``, expected a number or a name'],
      ['check: {a: "x y"}', 'check.a: found `x y`, expected a number or a name'],
      ['check: [a]', 'check: found a list, expected a mapping from members to values'],
    );
    assert.equal(loadTyped(listOf('where: {a: 0x10}'))[0]!.list!.where[0]!.equals, 16);
  });

  it('has each label once, wherever it comes from', () => {
    const different = 'expected different names';
    const ofArrays = `which tells the elements of arrays apart, ${different}`;
    refused(
      ['keys: {a: x}, labels: {a: b}', `keys.a: found the label \`a\`, which is among \`labels\`, ${different}`],
      [
        'keys: {a: x}, members: [{name: y, labels: {a: b}}]',
        `keys.a: found the label \`a\`, which is among \`labels\`, ${different}`,
      ],
      ['keys: {a: x}, members: [{name: y, label: a}]', `keys.a: found the label \`a\`, ${ofArrays}`],
      ['keys: {index: x}', `keys.index: found the label \`index\`, ${ofArrays}`],
      ['keys: {index: x}, members: [y]', `keys.index: found the label \`index\`, ${ofArrays}`],
      ['keys: {a: x}, duplicates: a', `duplicates: found the label \`a\`, which is one of \`keys\`, ${different}`],
      ['duplicates: a, labels: {a: b}', `duplicates: found the label \`a\`, which is among \`labels\`, ${different}`],
      [
        'duplicates: sum',
        "duplicates: found the text `sum`, expected a label that numbers them, such as `nth`: Prometheus' sum adds them up",
      ],
      ['duplicates: index', `duplicates: found the label \`index\`, ${ofArrays}`],
      ['vnet: all, keys: {jail: x}', `keys.jail: found the label \`jail\`, which tells the jail, ${different}`],
      ['vnet: all, duplicates: jid', `duplicates: found the label \`jid\`, which tells the jail, ${different}`],
      [
        'vnet: all, labels: {jid: "1"}',
        'found the label `jid`, which tells the jail where the entry is about all vnets, expected another label',
      ],
      [
        'vnet: all, members: [{name: y, label: jail}]',
        'found the label `jail`, which tells the jail where the entry is about all vnets, expected another label',
      ],
      ['keys: {cpu: x}', 'keys.cpu: found the text `cpu`, expected another: this label is reserved'],
      ['duplicates: le', 'duplicates: found the text `le`, expected another: this label is reserved'],
      [
        'keys: {1a: x}',
        'keys.1a: found the text `1a`, expected ASCII letters, digits and underscores, with no digit first',
      ],
      [
        'duplicates: ""',
        'duplicates: found an empty text, expected ASCII letters, digits and underscores, with no digit first',
      ],
      [
        `keys: {${Array.from({ length: 31 }, (_, index) => `k${index}: m`).join(', ')}}`,
        'keys: found 31 labels, expected at most 30',
      ],
    );
    assert.equal(loadTyped(listOf('keys: {jail: x, index: y}, members: [{name: z, label: cpu}]')).length, 1);
  });

  it('has no two things that exclude each other, and none by halves', () => {
    const instead = 'instead: {unless: {a: 1}, ifdata: i}';
    refused(
      ['link: l, count: n', 'count: found together with `link`, expected it for an array'],
      [`zpcpu: x, ${instead}`, 'instead: found together with `zpcpu`, expected one of the two'],
      ['inside: {member: a}', 'inside.link: is missing, expected text'],
      ['inside: {link: a}', 'inside.member: is missing, expected text'],
      ['inside: {member: a, link: b, x: y}', 'inside.x: unknown key'],
      ['inside: a', 'inside: found the text `a`, expected a mapping'],
      ['instead: {ifdata: a}', 'instead.unless: is missing, expected a mapping from members to values'],
      ['instead: {unless: {a: 1}}', 'instead.ifdata: is missing, expected text'],
      [
        'count: "n m"',
        'count: found the text `n m`, expected ASCII letters, digits and underscores, with no digit first',
      ],
      [
        'count: vnet_entry_n',
        'count: found the text `vnet_entry_n`, expected the name without `vnet_entry_`, which is put before it',
      ],
    );
  });

  it('refuses values of other kinds', () => {
    const limit = 'expected a whole number from 1 to 100000';
    refused(
      ['limit: 0', `limit: found the number 0, ${limit}`],
      ['limit: 100001', `limit: found the number 100001, ${limit}`],
      ['limit: .nan', `limit: found the number .nan, ${limit}`],
      ['limit: "5"', `limit: found the text \`5\`, ${limit}`],
      ['keys: [a]', 'keys: found a list, expected a mapping from label names to members'],
      ['keys: {a: 1}', 'keys.a: found the number 1, expected text'],
      ['same: x', 'same: found the text `x`, expected a list'],
      ['same: [1]', 'same[0]: found the number 1, expected text'],
      ['vnet: some', 'vnet: found the text `some`, expected `own` or `all`'],
      ['members: []', 'members: found an empty list, expected at least one item'],
      ['fields: [a]', 'fields: unknown key'],
    );
    assert.deepEqual(errorsOf(`${HEAD}list: [null, x, {link: l}]`), [
      'a.yaml:2:8: list[0]: found nothing, expected a mapping',
      'a.yaml:2:14: list[1]: found the text `x`, expected a mapping',
      'a.yaml:2:17: list[2].symbol: is missing, expected text',
    ]);
  });

  it('tells where in the file each thing is', () => {
    assert.deepEqual(
      errorsOf(`${HEAD}list:\n  - symbol: s\n    keys:\n      a: "x*"\n      le: y\n`).map(
        (line) => /^[^ ]+/.exec(line)![0],
      ),
      ['a.yaml:5:10:', 'a.yaml:6:7:'],
    );
  });
});
