/** What the tests of this folder get from programs that the project did not write: a C compiler, pahole(1) and the tools for ELF files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import type { TypeId } from '../../src/simulator/ctfWriter.js';
import { skipUnless } from '../support/programs.js';
import type { CtfForm } from './kernelImage.js';
import { describeShapes } from './shapes.js';

const fixtures = join(packageRoot, 'test/ctf/fixtures');

/** A member as the compiler tells it: bytes, or for a bit field bits. */
export interface KnownMember {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly isBitField: boolean;
}

export interface KnownStruct {
  readonly kind: string;
  readonly tag: string;
  readonly size: number;
  readonly members: readonly KnownMember[];
}

/** A symbol in the words of readelf(1): the type is such as `OBJECT`, the section a number, `UND` or `ABS`. */
export interface KnownSymbol {
  readonly name: string;
  readonly value: bigint;
  readonly size: number;
  readonly type: string;
  readonly section: string;
}

/** For the `skip` option of a test that needs compiled() and these programs. shapes.ts has the layouts of one ABI only. */
export function skipUnlessCompiled(...programs: readonly string[]): string | false {
  const host = `${process.platform}-${process.arch}`;
  if (host !== 'linux-x64' && host !== 'freebsd-x64')
    return `the compiler of ${host} does not make ELF files for amd64`;
  return skipUnless('cc', ...programs);
}

/** Runs a program to its successful end and gives what it printed. */
export function run(program: string, args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (error !== undefined) throw error;
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kcounter-ctf-'));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Compiles shapes.c to an object file with DWARF. */
export function compileObject(folder: string): string {
  const object = join(folder, 'shapes.o');
  run('cc', ['-g', '-gdwarf-4', '-c', '-o', object, join(fixtures, 'shapes.c')]);
  return object;
}

/** Compiles and links offsets.c with shapes.c to a program with a build id. */
export function compileProgram(folder: string): string {
  const program = join(folder, 'offsets');
  // What shapes.c only declares has to be somewhere.
  const options = ['-Wl,--build-id=sha1', '-Wl,--defsym=defined_elsewhere=plain_words'];
  run('cc', [...options, '-o', program, join(fixtures, 'offsets.c'), join(fixtures, 'shapes.c')]);
  return program;
}

/** What the compiler says of shapes.h, as the program of offsets.c prints it. */
export function compilerLayouts(program: string): KnownStruct[] {
  const structs: (KnownStruct & { members: KnownMember[] })[] = [];
  for (const line of run(program, []).trim().split('\n')) {
    const [first = '', second = '', third = ''] = line.split(' ');
    if (first === 'struct' || first === 'union') {
      structs.push({ kind: first, tag: second, size: Number(third), members: [] });
    } else {
      const isBitField = second.startsWith('@');
      const offset = Number(isBitField ? second.slice(1) : second);
      structs.at(-1)?.members.push({ path: first, offset, size: Number(third), isBitField });
    }
  }
  return structs;
}

/** The symbol table of an ELF file, as readelf(1) prints it. */
export function readelfSymbols(path: string): KnownSymbol[] {
  const [, table = ''] = run('readelf', ['-sW', path]).split(/Symbol table .\.symtab./);
  // Num: Value Size Type Bind Vis Ndx Name; a size of many digits is hexadecimal.
  const line = /^ *\d+: ([\da-f]+) +(\w+) (\w+) +\w+ +\w+ +(\w+) ?(.*)$/gm;
  return [...table.matchAll(line)].map(([, value = '', size = '', type = '', section = '', name = '']) => ({
    // A section's symbol has no name of its own; readelf shows the section's.
    name: type === 'SECTION' ? '' : name,
    value: BigInt(`0x${value}`),
    size: Number(size),
    type,
    section,
  }));
}

/**
 * Adds the types of shapes.ts to a copy of an ELF file that has the symbols of shapes.c, with objcopy(1). Which symbols get a place in the
 * table of data objects is read off readelf's list by the rule of ctf(5).
 */
export function withShapes(path: string, form: CtfForm): string {
  const { writer, symbolTypes } = describeShapes();
  const objects = readelfSymbols(path)
    .filter(({ name, type, section, value }) => {
      if (type !== 'OBJECT' || section === 'UND' || (section === 'ABS' && value === 0n)) return false;
      return name !== '' && name !== '_START_' && name !== '_END_';
    })
    .map(({ name }): TypeId => symbolTypes.get(name) ?? 0);
  const copy = `${path}-v${form.version}${form.compressed ? 'z' : ''}`;
  writeFileSync(`${copy}.ctf`, writer.bytes({ ...form, objects }));
  run('objcopy', ['--strip-debug', '--add-section', `.SUNW_ctf=${copy}.ctf`, path, copy]);
  return copy;
}
