import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ElfFile } from '../../src/ctf/elf.js';
import { bytesSource } from './parseImage.js';
import { compileObject, compileProgram, run, skipUnlessCompiled, temporaryFolder } from './foreignTools.js';
import { BUILD_ID, kernelImage } from './kernelImage.js';

const parse = (bytes: Uint8Array): ElfFile => ElfFile.parse(bytesSource(bytes));

/** A copy of the image with some bytes changed. */
function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(kernelImage());
  change(bytes);
  return bytes;
}

/** Where the header of a section is in the file. */
function headerOf(bytes: Buffer, name: string): number {
  const index = parse(bytes).sections.findIndex((section) => section.name === name);
  return Number(bytes.readBigUInt64LE(0x28)) + index * 64;
}

describe('ElfFile', () => {
  it('finds sections and the build id', () => {
    const elf = parse(kernelImage());
    assert.deepEqual(
      elf.sections.map((section) => section.name),
      ['', '.bss', 'set_vnet', 'set_pcpu', '.symtab', '.strtab', '.SUNW_ctf', '.note.gnu.build-id', '.shstrtab'],
    );
    assert.equal(elf.buildId(), BUILD_ID);
    assert.equal(elf.sections[elf.section('.SUNW_ctf')!.link]?.name, '.symtab');
    assert.equal(elf.section('.text'), undefined);
  });

  it(
    'reads files that a compiler and a linker wrote, as readelf does',
    { skip: skipUnlessCompiled('readelf') },
    (context) => {
      const folder = temporaryFolder(context);
      const object = compileObject(folder);
      const program = compileProgram(folder);
      for (const path of [object, program]) {
        const expected = [...run('readelf', ['-SW', path]).matchAll(/^ +\[ *\d+\] (.*?) +[A-Z_]+ .*/gm)];
        const names = parse(readFileSync(path)).sections.map((section) => section.name);
        assert.ok(names.includes('.symtab') && names.length > 10);
        assert.deepEqual(
          names,
          expected.map(([, name = '']) => name),
        );
      }
      const [, buildId] = /Build ID: ([0-9a-f]{40})$/m.exec(run('readelf', ['-n', program])) ?? [];
      assert.ok(buildId !== undefined);
      assert.equal(parse(readFileSync(program)).buildId(), buildId);
      assert.equal(parse(readFileSync(object)).buildId(), undefined);
    },
  );

  const refusals: [string, (bytes: Buffer) => void, RegExp][] = [
    ['another format', (b) => b.write('\x1f\x8b', 0, 'latin1'), /^not an ELF file$/],
    ['ELF32', (b) => (b[4] = 1), /not a 64-bit ELF file/],
    ['big-endian', (b) => (b[5] = 2), /not a little-endian ELF file/],
    ['no section headers', (b) => b.writeUInt16LE(0, 0x3c), /no section headers/],
    ['odd section headers', (b) => b.writeUInt16LE(40, 0x3a), /section headers have 40 bytes/],
    [
      'section headers outside',
      (b) => b.writeBigUInt64LE(1n << 63n, 0x28),
      /ends before the end of the section headers/,
    ],
    ['no names of sections', (b) => b.writeUInt16LE(0xffff, 0x3e), /names the sections is missing/],
  ];
  for (const [what, change, message] of refusals) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parse(changed(change)), { name: 'ElfError', message });
    });
  }

  it('refuses a symbol table of another form', () => {
    const symbols = (change: (bytes: Buffer, header: number) => void): void => {
      const elf = parse(
        changed((bytes) => {
          change(bytes, headerOf(bytes, '.symtab'));
        }),
      );
      elf.symbols(elf.section('.symtab')!);
    };
    assert.throws(() => {
      symbols((b, at) => b.writeBigUInt64LE(0n, at + 56));
    }, /symbols have 0 bytes, not 24/);
    assert.throws(() => {
      symbols((b, at) => b.writeBigUInt64LE(1n << 60n, at + 56));
    }, /, not 24/);
    assert.throws(() => {
      symbols((b, at) => b.writeBigUInt64LE(25n, at + 32));
    }, /ends within a symbol/);
    assert.throws(() => {
      symbols((b, at) => b.writeUInt32LE(77, at + 40));
    }, /has no names/);
    assert.throws(() => {
      symbols((b, at) => b.writeUInt32LE(1, at + 4));
    }, /is not a symbol table/);
    assert.throws(() => {
      symbols((b, at) => b.writeBigUInt64LE(1n << 40n, at + 32));
    }, /more than any kernel's/);
  });

  it('refuses a section without contents and a compressed one', () => {
    const contents = (change: (bytes: Buffer, header: number) => void): void => {
      const elf = parse(
        changed((bytes) => {
          change(bytes, headerOf(bytes, '.SUNW_ctf'));
        }),
      );
      elf.contents(elf.section('.SUNW_ctf')!);
    };
    assert.throws(() => {
      contents((b, at) => b.writeUInt32LE(8, at + 4));
    }, /has no contents/);
    assert.throws(() => {
      contents((b, at) => b.writeUInt32LE(0x800, at + 8));
    }, /is ELF-compressed/);
  });

  it('finds the build id behind other notes', () => {
    const note = (owner: string, type: number, description: Buffer): Buffer => {
      const padded = (part: Buffer): Buffer => Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)]);
      const name = Buffer.from(`${owner}\0`);
      const sizes = Buffer.from(Uint32Array.of(name.length, description.length, type).buffer);
      return Buffer.concat([sizes, padded(name), padded(description)]);
    };
    const id = Buffer.from(BUILD_ID, 'hex').reverse();
    const notes = [note('FreeBSD', 3, Buffer.alloc(5)), note('GNU', 1, Buffer.alloc(6)), note('GNU', 3, id)];
    const image = kernelImage();
    const header = headerOf(image, '.note.gnu.build-id');
    image.writeBigUInt64LE(BigInt(image.length), header + 24);
    image.writeBigUInt64LE(BigInt(Buffer.concat(notes).length), header + 32);
    assert.equal(parse(Buffer.concat([image, ...notes])).buildId(), id.toString('hex'));
  });

  it('refuses a note that is cut short', () => {
    const bytes = changed((b) => {
      b.writeUInt32LE(4000, Number(b.readBigUInt64LE(headerOf(b, '.note.gnu.build-id') + 24)) + 4);
    });
    assert.throws(() => parse(bytes).buildId(), { name: 'ElfError', message: /cut short/ });
  });

  it('refuses a file that is truncated anywhere', () => {
    const whole = kernelImage();
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => parse(whole.subarray(0, length)), { name: 'ElfError' }, `${length} bytes`);
    }
  });
});
