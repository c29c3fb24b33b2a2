/** Covers: checkedFile.ts and strictMapping.ts. What breaks a schema is told with its place, and the rest of the file can still be used. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, GOOD, open, write } from './files.js';

describe('a file held against a schema', () => {
  it('gives what it says, and where', () => {
    const file = write(`# A comment.\n${GOOD}`);
    const checked = open(file);
    assert.deepEqual(JSON.parse(JSON.stringify(checked.contents)), { version: 1, list: [{ key: 'a', count: 3 }, 'b'] });
    assert.deepEqual([checked.diagnostics, checked.omitted, checked.isEmpty], [[], 0, false]);
    assert.equal(checked.bytes, 13 + GOOD.length);
    assert.deepEqual(checked.locate(['list', 0, 'count']), { file, line: 3, column: 24 });
    // Of what is not there, the place is that of what should hold it.
    assert.deepEqual(checked.locate(['list', 0, 'none']), { file, line: 3, column: 8 });
  });

  it('is told what breaks it, once for each value, in the order of the file', () => {
    const text = 'list:\n  - {count: 1.5}\n  - {key: 3, cuont: 1}\n  - [x]\nother: drect\nVersion: 1\n';
    assert.deepEqual(errorsOf(text), [
      'a.yaml:1:1: version: is missing, expected the number 1',
      'a.yaml:2:5: list[0].key: is missing, expected text',
      'a.yaml:2:13: list[0].count: found the number 1.5, expected a whole number',
      'a.yaml:3:11: list[1].key: found the number 3, expected text',
      'a.yaml:3:14: list[1].cuont: unknown key, did you mean `count`?',
      'a.yaml:4:5: list[2]: found a list, expected a text or a mapping',
      'a.yaml:5:8: other: found the text `drect`, expected `auto` or `direct`, did you mean `direct`?',
      'a.yaml:6:1: Version: unknown key, did you mean `version`?',
    ]);
  });

  it('leaves undefined what broke the schema, and takes further errors in the order of the file', () => {
    const file = write('version: 1\nname: 7\nlist: [{key: a, count: x}]\n');
    const checked = open(file);
    assert.deepEqual(Object.keys(checked.contents ?? {}), ['version', 'name', 'list']);
    assert.equal(checked.contents?.name, undefined);
    checked.report(['version'], 'found an old version, expected a new one');
    checked.reportKey(['list', 0, 'key'], 'found a key, expected none');
    assert.deepEqual(
      checked.diagnostics.map(({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`),
      [
        '1:10: version: found an old version, expected a new one',
        '2:7: name: found the number 7, expected text',
        '3:9: list[0].key: found a key, expected none',
        '3:24: list[0].count: found the text `x`, expected a whole number',
      ],
    );
  });

  it('is known to be empty where it says nothing, and only there', () => {
    for (const [text, isEmpty] of [
      ['', true],
      ['# Only a comment.\n---\n', true],
      ['~', true],
      ['{}', false],
      ['a: [', false],
    ] as const) {
      const checked = open(write(text));
      assert.equal(checked.isEmpty, isEmpty, text);
      assert.notDeepEqual(checked.diagnostics, [], text);
    }
  });
});
