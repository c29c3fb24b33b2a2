/** The words in which files are told to be wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  alternatives,
  FileError,
  describe as words,
  didYouMean,
  formatPath,
  joined,
} from '../../src/yaml/diagnostics.js';

describe('the words of messages', () => {
  it('describe every value', () => {
    const described = [null, undefined, '', 'a\nb', 1.5, NaN, -Infinity, true, [], {}].map(words);
    assert.deepEqual(described, [
      'nothing',
      'nothing',
      'an empty text',
      'the text `a\\u000ab`',
      'the number 1.5',
      'the number .nan',
      'the number -.inf',
      '`true`',
      'a list',
      'a mapping',
    ]);
    assert.equal(words('x'.repeat(61)), `the text \`${'x'.repeat(60)}…\``);
  });

  it('join what is possible, and guess what was meant', () => {
    assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(alternatives), [
      '',
      '`a`',
      '`a` or `b`',
      '`a`, `b` or `c`',
    ]);
    assert.equal(joined(['a', 'b', 'c'], 'and'), '`a`, `b` and `c`');
    assert.equal(didYouMean('tpc', ['udp', 'tcp', 'ip']), ', did you mean `tcp`?');
    assert.equal(didYouMean('TPC', ['udp', 'tcp', 'ip']), ', did you mean `tcp`?');
    assert.equal(didYouMean('cpt', ['udp', 'tcp', 'ip']), '');
    assert.equal(didYouMean('Nmae', ['name', 'names', 'other']), ', did you mean `name`?');
    assert.equal(didYouMean('xyz', ['name', 'other']), '');
    assert.equal(formatPath(['list', 2, 'key', 'x\u{1b}[m']), 'list[2].key.x\\u001b[m');
  });
});

describe('the error of several files', () => {
  it('has a line for each fault up to a bound, and counts the others', () => {
    const fault = (file: string, line?: number) => ({ file, line, column: line, path: '', message: 'm' });
    const first = new FileError(
      Array.from({ length: 40 }, () => fault('a', 1)),
      7,
    );
    const error = FileError.of([first, new FileError(Array.from({ length: 20 }, () => fault('b')))]);
    const lines = error.message.split('\n');
    assert.deepEqual([lines.length, lines[0], lines[49], lines[50]], [51, 'a:1:1: m', 'b: m', '… and 17 more']);
  });
});
