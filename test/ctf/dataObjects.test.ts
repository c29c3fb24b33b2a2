/** The table of data objects, whose ids the tests give one by one, so that the reader's rule is not checked with the writer's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CtfFile } from '../../src/ctf/ctfFile.js';
import { typeText } from '../../src/ctf/typeText.js';
import { CtfWriter } from '../../src/simulator/ctfWriter.js';
import { writeElf, type SymbolDescription } from '../../src/simulator/elfWriter.js';
import { parseImage } from './parseImage.js';

const LONG = 1;
const INT = 2;
const CHAR = 3;
const POINTER = 4;

function parse(version: 2 | 3, symbols: readonly SymbolDescription[], objects: readonly number[]): CtfFile {
  const writer = new CtfWriter();
  writer.add({ kind: 'integer', name: 'long', bits: 64, signed: true });
  writer.add({ kind: 'integer', name: 'int', bits: 32, signed: true });
  writer.add({ kind: 'integer', name: 'char', bits: 8, signed: true });
  writer.add({ kind: 'pointer', target: LONG });
  return parseImage(writeElf({ symbols, ctf: writer.bytes({ version, compressed: false, objects }), machine: 62 }));
}

const spelled = (file: CtfFile): [string, string][] =>
  [...file.objects()].map(({ name, type }) => [name, typeText(file, file.type(type))]);

for (const version of [2, 3] as const) {
  describe(`the types of data symbols, version ${version}`, () => {
    const symbol = (name: string, more: Partial<SymbolDescription> = {}): SymbolDescription => {
      return { name, value: 0xffffffff81000000n, size: 8, ...more };
    };

    it('follow the symbol table, without the symbols that are no data objects', () => {
      const symbols = [
        symbol('a', { local: true }),
        symbol('function', { type: 'function' }),
        symbol('b'),
        symbol(''),
        symbol('label', { type: 'none' }),
        symbol('elsewhere', { section: 'undefined' }),
        symbol('_START_'),
        symbol('c', { section: 'absolute' }),
        symbol('zero', { section: 'absolute', value: 0n }),
        symbol('d', { value: 0n }),
        symbol('_END_'),
        symbol('_END_2'),
      ];
      assert.deepEqual(spelled(parse(version, symbols, [LONG, INT, CHAR, POINTER, INT])), [
        ['a', 'long'],
        ['b', 'int'],
        ['c', 'char'],
        ['d', 'long *'],
        ['_END_2', 'int'],
      ]);
    });

    it('are in the order of the table, where local symbols come first, and not of the names or addresses', () => {
      const symbols = [symbol('z', { value: 3n }), symbol('a', { value: 9n }), symbol('local', { local: true })];
      const file = parse(version, symbols, [CHAR, INT, LONG]);
      assert.deepEqual(spelled(file), [
        ['local', 'char'],
        ['z', 'int'],
        ['a', 'long'],
      ]);
      assert.deepEqual(
        [...file.objects()].map(({ value }) => value),
        [0xffffffff81000000n, 3n, 9n],
      );
    });

    it('are missing where the id is 0, and the next symbol has the next id', () => {
      const file = parse(
        version,
        ['a', 'b', 'c'].map((name) => symbol(name)),
        [INT, 0, CHAR],
      );
      assert.deepEqual(spelled(file), [
        ['a', 'int'],
        ['c', 'char'],
      ]);
      assert.equal(file.objectCount, 2);
      assert.equal(file.typeOfObject('b'), undefined);
    });

    it('end with the ids or with the symbols, whichever are fewer', () => {
      const symbols = ['a', 'b', 'c'].map((name) => symbol(name));
      // Version 2 rounds its ids of two bytes up to four, which makes one more that says "no type".
      assert.deepEqual(spelled(parse(version, symbols, [INT])), [['a', 'int']]);
      assert.deepEqual(spelled(parse(version, symbols, [INT, LONG, CHAR, POINTER, INT])), [
        ['a', 'int'],
        ['b', 'long'],
        ['c', 'char'],
      ]);
      assert.deepEqual(spelled(parse(version, [], [INT, LONG])), []);
    });

    it('are refused for a name that static objects of two files share, unless they are equal', () => {
      const symbols = ['softc', 'softc', 'lock', 'lock'].map((name) => symbol(name, { local: true }));
      const file = parse(version, symbols, [INT, LONG, CHAR, CHAR]);
      assert.throws(() => file.typeOfObject('softc'), {
        name: 'CtfError',
        message: /^data symbol softc is ambiguous: .* 2 /,
      });
      assert.equal(file.typeOfObject('lock')?.name, 'char');
      assert.equal(file.objectCount, 4);
    });
  });
}
