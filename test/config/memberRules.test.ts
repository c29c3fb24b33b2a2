/** Which rule holds for which member, and globs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isGlob, matchesGlob } from '../../src/config/glob.js';
import { selectMembers } from '../../src/config/memberRules.js';
import { loadTyped } from './files.js';

const entryOf = (members: string) => loadTyped(`version: 1\ncounters: [{symbol: s, members: ${members}}]`)[0]!;

describe('globs', () => {
  it('match as those of a shell do', () => {
    const matches = [
      ['abc', 'abc'],
      ['a*', 'a'],
      ['a*', 'abc'],
      ['*c', 'abc'],
      ['a*b*c', 'axxbyyc'],
      ['a*b*c', 'abcbc'],
      ['a?c', 'abc'],
      ['**', ''],
      ['a.c', 'a.c'],
    ] as const;
    for (const [pattern, name] of matches) assert.ok(matchesGlob(pattern, name), `${pattern} ${name}`);
    const others = [
      ['abc', 'ab'],
      ['ab', 'abc'],
      ['a*', 'ba'],
      ['a?c', 'ac'],
      ['?', ''],
      ['a.c', 'abc'],
      ['a*b', 'ac'],
      ['', 'a'],
    ] as const;
    for (const [pattern, name] of others) assert.ok(!matchesGlob(pattern, name), `${pattern} ${name}`);
    assert.deepEqual(['a*', 'a?', 'a[b]'].map(isGlob), [true, true, false]);
  });

  it('come to an end, whatever they are', () => {
    assert.ok(!matchesGlob('*a'.repeat(100) + 'b', 'a'.repeat(10_000)));
  });
});

describe('the rule for a member', () => {
  const chosen = (members: string, names: string[]) =>
    selectMembers(entryOf(members), names).chosen.map(({ member, rule }) => `${member}: ${rule.pattern}`);

  it('is the one that names it, else the first glob, in the order of the struct', () => {
    assert.deepEqual(chosen('["a_*", "*", a_b, c]', ['d', 'c', 'a_b', 'a_c']), [
      'd: *',
      'c: c',
      'a_b: a_b',
      'a_c: a_*',
    ]);
    assert.deepEqual(chosen('["a_*"]', ['d', 'a_b']), ['a_b: a_*']);
  });

  it('is that of the entry where there are none', () => {
    const entry = loadTyped('version: 1\ncounters: [{symbol: s, struct: s, cpu: sum, labels: {a: b}}]')[0]!;
    const { chosen, unmatched } = selectMembers(entry, ['x', 'y']);
    assert.deepEqual(
      chosen.map(({ member, rule }) => [member, rule.type, rule.cpu, rule.labels, rule.label]),
      ['x', 'y'].map((member) => [member, 'counter', 'sum', [{ name: 'a', value: 'b' }], 'index']),
    );
    assert.deepEqual(unmatched, []);
  });

  it('matches, or is told, unless it is optional or its members have rules of their own', () => {
    const { unmatched } = selectMembers(
      entryOf('[x, "y*", {name: z, optional: true}, {name: "u*", optional: true}, a, "a*", "*a"]'),
      ['a'],
    );
    assert.deepEqual(
      unmatched.map(({ pattern }) => pattern),
      ['x', 'y*'],
    );
  });
});
