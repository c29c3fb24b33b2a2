/**
 * Readers and writer against programs that the project did not write: every offset and size of shapes.ts must be the C compiler's, pahole(1)
 * must read our CTF as it reads the compiler's DWARF, and symbols must be those that readelf(1) prints.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ElfFile } from '../../src/ctf/elf.js';
import { bytesSource } from './parseImage.js';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { leaves, type CtfField } from '../../src/ctf/members.js';
import { writeElf } from '../../src/simulator/elfWriter.js';
import { skipUnless } from '../support/programs.js';
import {
  compileObject,
  compileProgram,
  compilerLayouts,
  readelfSymbols,
  run,
  skipUnlessCompiled,
  withShapes,
  type KnownMember,
} from './foreignTools.js';
import { formName, forms, type CtfForm } from './kernelImage.js';
import { describeShapes } from './shapes.js';

describe('types of every shape', { skip: skipUnlessCompiled('objcopy', 'readelf') }, () => {
  let folder = '';
  let object = '';
  let program = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kcounter-ctf-'));
    object = compileObject(folder);
    program = compileProgram(folder);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** An ELF file of the types, all by our writers. */
  function written(form: CtfForm): string {
    const path = join(folder, 'written');
    const ctf = describeShapes().writer.bytes({ ...form, objects: [] });
    writeFileSync(path, writeElf({ symbols: [], ctf, machine: 62 }));
    return path;
  }

  for (const form of forms) {
    it(`have the compiler's offsets and sizes: ${formName(form)}`, (context) => {
      const file = openKernelTypes(written(form), undefined).types;
      assert.equal(file.version, form.version);
      const layouts = compilerLayouts(program);
      let compared = 0;
      for (const { kind, tag, size, members: expected } of layouts) {
        const struct = file.findStruct(tag);
        assert.ok(struct, tag);
        assert.deepEqual([struct.kind, struct.size], [kind, size], tag);
        assert.deepEqual([...leaves(file, struct)].map(known), expected, tag);
        compared += expected.length;
      }
      context.diagnostic(`${layouts.length} structs and ${compared} members agree with offsetof and sizeof`);
      assert.deepEqual([layouts.length, compared], [14, 120]);
    });

    it(`belong to the symbols of compiled files: ${formName(form)}`, () => {
      for (const path of [object, program]) {
        const { types } = openKernelTypes(withShapes(path, form), undefined);
        const objects = [...types.objects()];
        const { symbolTypes } = describeShapes();
        const expected = readelfSymbols(path)
          .filter((symbol) => symbolTypes.has(symbol.name))
          .map(({ name, value, size }) => ({ name, type: symbolTypes.get(name), value, size }));
        assert.deepEqual(objects, expected);
        assert.equal(objects.length, symbolTypes.size);
        for (const { name, type, size } of objects) assert.equal(types.sizeOf(type), size, name);
      }
    });
  }

  it("are read by pahole as the compiler's DWARF", { skip: skipUnless('pahole') }, (context) => {
    // Of CTF, pahole 1.24 reads version 2 only and takes an enum member's bytes for bits; it does not look at the table of data objects.
    const dwarf = paholeStructs(run('pahole', ['-F', 'dwarf', object]));
    const expected = new Map([...dwarf].map(([head, lines]) => [head, lines.flatMap(asOfCtf)]));
    for (const form of forms.filter(({ version }) => version === 2)) {
      const ctf = paholeStructs(run('pahole', ['-F', 'ctf', written(form)]));
      const withoutEnum = new Map([...ctf].map(([head, lines]) => [head, lines.filter((line) => !isEnum(line))]));
      assert.deepEqual(withoutEnum, expected);
    }
    const compared = [...expected.values()].flat().filter((line) => memberLine.test(line)).length;
    context.diagnostic(
      `${expected.size} structs and ${compared} members read by pahole agree with its reading of DWARF`,
    );
    assert.deepEqual([expected.size, compared], [14, 78]);
  });

  it('stand beside the symbols that readelf reads', () => {
    for (const path of [object, program]) {
      const elf = ElfFile.parse(bytesSource(readFileSync(path)));
      const symbols = elf.symbols(elf.section('.symtab')!);
      const found = Array.from({ length: symbols.count }, (_, i) => ({
        name: symbols.name(i),
        value: symbols.value(i),
        size: symbols.size(i),
        isObject: symbols.type(i) === 1,
        isUndefined: symbols.section(i) === 0,
      }));
      const expected = readelfSymbols(path).map(({ name, value, size, type, section }) => {
        return { name, value, size, isObject: type === 'OBJECT', isUndefined: section === 'UND' };
      });
      assert.ok(expected.length > 20);
      assert.deepEqual(found, expected);
    }
  });
});

function known({ path, offset, size, bitField }: CtfField): KnownMember {
  if (bitField !== undefined) return { path, offset: bitField.bitOffset, size: bitField.bits, isBitField: true };
  return { path, offset, size: size ?? -1, isBitField: false };
}

/** The end of a member's line in pahole's output: its offset, a bit field's bit, and its size. */
const memberLine = /; \/\* \d+(: ?\d+)? \d+ \*\/$/;
const isEnum = (line: string): boolean => line.startsWith('enum ');

/** From pahole's output: each struct or union with the lines that say what is in it, but not what pahole thinks of its holes. */
function paholeStructs(text: string): Map<string, string[]> {
  const structs = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const plain = line.trim().replaceAll(/\s+/g, ' ');
    if (/^(struct|union) \w+ \{$/.test(line)) structs.set(plain, (lines = []));
    else if (plain !== '' && (!plain.startsWith('/*') || plain.startsWith('/* size:'))) lines.push(plain);
  }
  return structs;
}

/**
 * A line that pahole prints of DWARF as it prints the same of CTF: no enum, the dimensions of an array in the wrong order, and a bit field
 * without the typedef, which CTF does not keep.
 */
function asOfCtf(line: string): string[] {
  if (isEnum(line)) return [];
  return [line.replace('grid[3][5]', 'grid[5][3]').replace('uint64_t wide:37', 'long unsigned int wide:37')];
}
