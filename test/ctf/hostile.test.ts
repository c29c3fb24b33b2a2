/** Files made to hurt: whatever is in them, a reader ends with an error of this folder, in bounded time and memory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { CtfFile } from '../../src/ctf/ctfFile.js';
import { leaves } from '../../src/ctf/members.js';
import { typeText } from '../../src/ctf/typeText.js';
import { CtfWriter, type TypeId } from '../../src/simulator/ctfWriter.js';
import { kernelCtf } from './kernelImage.js';

const HEADER_SIZE = 36;

function parse(add: (writer: CtfWriter) => void, version: 2 | 3 = 3): CtfFile {
  const writer = new CtfWriter();
  add(writer);
  return CtfFile.parse(writer.bytes({ version, compressed: false, objects: [] }));
}

/** A header with the given fields, before `body`. */
function container(body: Uint8Array, fields: { version?: number; flags?: number; words: readonly number[] }): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt16LE(0xcff1, 0);
  header.set([fields.version ?? 3, fields.flags ?? 0], 2);
  for (const [index, word] of fields.words.entries()) header.writeUInt32LE(word, 4 + 4 * index);
  return Buffer.concat([header, body]);
}

const ctfError = (message: RegExp) => ({ name: 'CtfError', message });
const drain = (fields: Iterable<unknown>): number => [...fields].length;

describe('a hostile CTF header', () => {
  const good = kernelCtf({ compressed: false }).ctf;
  const changed = (change: (bytes: Buffer) => unknown): Buffer => {
    const bytes = Buffer.from(good);
    change(bytes);
    return bytes;
  };
  const cases: [string, Buffer, RegExp][] = [
    ['too short', good.subarray(0, 35), /ends within its header/],
    ['another magic', changed((b) => b.writeUInt16LE(1, 0)), /^not CTF data$/],
    ['big-endian', changed((b) => b.writeUInt16BE(0xcff1, 0)), /big-endian/],
    ['version 4', changed((b) => b.writeUInt8(4, 2)), /version 4 is not read/],
    ['parts out of order', changed((b) => b.writeUInt32LE(5000, 20)), /not in order/],
    ['parts out of step', changed((b) => b.writeUInt32LE(b.readUInt32LE(24) + 1, 24)), /not aligned/],
    ['strings beyond the end', changed((b) => b.writeUInt32LE(0xffffffff, 32)), /header says/],
    ['a parent', changed((b) => b.writeUInt32LE(1, 8)), /only a part of that of "unsigned long"/],
    ['a parent outside the strings', changed((b) => b.writeUInt32LE(0x7fffffff, 8)), /outside the CTF strings/],
  ];
  for (const [what, bytes, message] of cases) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => CtfFile.parse(bytes), ctfError(message));
    });
  }

  it('is refused where its body is not zlib, inflates to less or to more, or would need too much memory', () => {
    const body = deflateSync(Buffer.alloc(1000));
    const words = (size: number): number[] => [0, 0, 0, 0, 0, 0, 0, size];
    const good = CtfFile.parse(container(body, { flags: 1, words: words(1000) }));
    assert.throws(() => good.type(1), ctfError(/there is no type 1/));
    assert.throws(
      () => CtfFile.parse(container(Buffer.from('nonsense'), { flags: 1, words: words(8) })),
      ctfError(/Z_DATA_ERROR/),
    );
    assert.throws(
      () => CtfFile.parse(container(body.subarray(0, 9), { flags: 1, words: words(1000) })),
      ctfError(/Z_BUF_ERROR/),
    );
    assert.throws(
      () => CtfFile.parse(container(body, { flags: 1, words: words(1001) })),
      ctfError(/has 1000 bytes, but .* says 1001/),
    );
    assert.throws(
      () => CtfFile.parse(container(body, { flags: 1, words: words(999) })),
      ctfError(/more than the 999 bytes/),
    );
    assert.throws(
      () => CtfFile.parse(container(body, { flags: 1, words: words(0) })),
      ctfError(/more than the 0 bytes/),
    );
    assert.throws(
      () => CtfFile.parse(container(body, { flags: 1, words: words(60 << 20) })),
      ctfError(/cannot hold the/),
    );
    assert.throws(
      () => CtfFile.parse(container(body, { flags: 1, words: words(0xfffffff0) })),
      ctfError(/more than any kernel's/),
    );
  });

  it('does not let a zlib bomb grow', () => {
    const bomb = deflateSync(Buffer.alloc(512 << 20), { level: 9 });
    const before = process.memoryUsage().rss;
    const bytes = container(bomb, { flags: 1, words: [0, 0, 0, 0, 0, 0, 0, 1 << 20] });
    assert.throws(() => CtfFile.parse(bytes), ctfError(/more than the 1048576 bytes/));
    assert.ok(process.memoryUsage().rss - before < 64 << 20);
  });
});

describe('hostile types', () => {
  it('are refused: cut short, of an unknown kind, with more members than there are bytes', () => {
    const record = (...words: number[]): Buffer => Buffer.from(Uint32Array.from(words).buffer);
    const file = (bytes: Buffer): CtfFile =>
      CtfFile.parse(container(Buffer.concat([bytes, Buffer.alloc(4)]), { words: [0, 0, 0, 0, 0, 0, bytes.length, 1] }));
    const info = (kind: number, count = 0): number => kind * 2 ** 26 + count;
    assert.throws(() => file(record(0, info(3))), ctfError(/^type 1 is cut short$/));
    assert.throws(() => file(record(0, info(1), 4)), ctfError(/^type 1 is cut short$/));
    assert.throws(() => file(record(0, info(6, 0xffffff), 8)), ctfError(/^type 1 is cut short$/));
    assert.throws(() => file(record(0, info(8, 2), 4, 0, 0)), ctfError(/^type 1 is cut short$/));
    assert.throws(() => file(record(0, info(6), 0xffffffff, 1)), ctfError(/^type 1 is cut short$/));
    assert.throws(() => file(record(0, info(6), 0xffffffff, 0xffffffff, 0)), ctfError(/beyond any size/));
    assert.throws(() => file(record(0, info(14), 0)), ctfError(/unknown kind, 14/));
    assert.throws(() => file(record(0, info(63), 0)), ctfError(/unknown kind, 63/));
    assert.throws(() => file(record(0, info(0), 0)).type(1), ctfError(/of no kind/));
    assert.throws(() => file(record(9, info(3), 1)).type(1), ctfError(/outside the CTF strings/));
    assert.throws(() => file(record(0x80000001, info(3), 1)).type(1), ctfError(/in the ELF strings/));
    assert.throws(() => file(record(0, info(3), 0x80000001)).resolve(0x80000001), ctfError(/child container/));
    assert.throws(() => file(record(0, info(3), 2)).type(2), ctfError(/there is no type 2; the types are 1 to 1/));
    assert.equal(typeText(file(record(0, info(3), 0)), file(record(0, info(3), 0)).type(1)), 'void *');
  });

  it('are refused in version 2: ids of a child container', () => {
    const file = parse((writer) => writer.add({ kind: 'pointer', target: 0x7fff }), 2);
    const pointer = file.type(1);
    assert.throws(() => file.type(pointer.kind === 'pointer' ? pointer.target + 1 : 0), ctfError(/child container/));
  });

  it('come to an end where they are defined by themselves', () => {
    const file = parse((writer) => {
      writer.add({ kind: 'typedef', name: 'ring', target: 2 });
      writer.add({ kind: 'const', target: 1 });
      writer.add({ kind: 'array', element: 3, count: 1, index: 0 });
      writer.add({ kind: 'pointer', target: 4 });
      writer.add({ kind: 'function', returns: 5, parameters: [] });
    });
    assert.throws(() => file.resolve(1), ctfError(/defined by itself/));
    assert.throws(() => file.sizeOf(2), ctfError(/defined by itself/));
    assert.throws(() => file.sizeOf(3), ctfError(/array of itself/));
    for (let id = 1; id <= 5; id++) assert.ok(typeText(file, file.type(id)).length < 1000);
  });

  it('come to an end where structs hold themselves or each other', () => {
    const holding = (size: number, names: readonly string[]): CtfFile =>
      parse((writer) => {
        const self = writer.add({ kind: 'forward', name: 's' });
        const held = names.map((name) => ({ name, type: self, bitOffset: 0 }));
        writer.replace(self, { kind: 'struct', name: 's', size, members: held });
      });
    for (const names of [['a'], ['', ''], ['a', 'b', 'c']]) {
      for (const size of [0, 8]) {
        const file = holding(size, names);
        assert.throws(() => drain(leaves(file, file.findStruct('s')!)), ctfError(/32 deep|more than 20000 members/));
      }
    }
    // Each level holds the one below twice: 2^40 leaves.
    const doubling = parse((writer) => {
      let below: TypeId = writer.add({ kind: 'integer', name: 'char', bits: 8 });
      for (let level = 0; level < 30; level++) {
        const member = { name: '', type: below, bitOffset: 0 };
        below = writer.add({
          kind: 'union',
          name: `u${level}`,
          size: 1,
          members: level === 0 ? [{ ...member, name: 'x' }] : [member, member],
        });
      }
    });
    assert.throws(() => drain(leaves(doubling, doubling.findStruct('u29')!)), ctfError(/more than 20000 members/));
  });

  it('are refused where a member lies outside, a path is endless or an array is larger than memory', () => {
    const file = parse((writer) => {
      const u64 = writer.add({ kind: 'integer', name: 'unsigned long', bits: 64 });
      writer.add({ kind: 'struct', name: 'outside', size: 8, members: [{ name: 'm', type: u64, bitOffset: 8 }] });
      let below = writer.add({
        kind: 'struct',
        name: '',
        size: 8,
        members: [{ name: 'end', type: u64, bitOffset: 0 }],
      });
      for (let level = 0; level < 20; level++) {
        const name = 'n'.repeat(100);
        below = writer.add({
          kind: 'struct',
          name: `level${level}`,
          size: 8,
          members: [{ name, type: below, bitOffset: 0 }],
        });
      }
      let array = u64;
      for (let level = 0; level < 4; level++)
        array = writer.add({ kind: 'array', element: array, count: 0xffffffff, index: u64 });
      writer.add({ kind: 'struct', name: 'giant', size: 8, members: [{ name: 'm', type: array, bitOffset: 0 }] });
    });
    const walk = (name: string) => () => drain(leaves(file, file.findStruct(name)!));
    assert.throws(walk('outside'), ctfError(/member "m" lies outside of its struct outside/));
    assert.throws(walk('level19'), ctfError(/path of a member .* is too long/));
    assert.throws(walk('giant'), ctfError(/larger than any kernel's/));
  });

  it('are refused with an absurd number of members, before they cost memory', () => {
    const file = parse((writer) => {
      const values = Array.from({ length: 65_537 }, () => ({ name: 'v', value: 0 }));
      writer.add({ kind: 'enum', name: 'e', values });
      writer.add({
        kind: 'union',
        name: 'u',
        size: 8,
        members: values.map(({ name }) => ({ name, type: 1, bitOffset: 0 })),
      });
    });
    assert.throws(() => file.type(1), ctfError(/65537 members/));
    assert.throws(() => drain(leaves(file, file.findStruct('u')!)), ctfError(/65537 members/));
  });

  it('are refused with more types than the version has ids', () => {
    const bytes = Buffer.alloc(8 * 0x8000);
    for (let at = 0; at < bytes.length; at += 8) bytes.writeUInt16LE(3 << 11, at + 4);
    const ctf = container(Buffer.concat([bytes, Buffer.alloc(1)]), {
      version: 2,
      words: [0, 0, 0, 0, 0, 0, bytes.length, 1],
    });
    assert.throws(() => CtfFile.parse(ctf), ctfError(/32768 types are more/));
  });

  it('come to an end where many share one name, or one endless string', () => {
    const count = 200_000;
    const types = new Uint32Array(3 * count);
    for (let i = 0; i < count; i++) types.set([1, 6 * 2 ** 26, i], 3 * i);
    const text = Buffer.alloc(1 << 20, 'x');
    const file = (strings: Buffer): CtfFile => {
      const body = Buffer.concat([Buffer.from(types.buffer), strings]);
      return CtfFile.parse(container(body, { words: [0, 0, 0, 0, 0, 0, types.byteLength, strings.length] }));
    };
    assert.throws(() => file(Buffer.from('\0same\0')).findStruct('same'), ctfError(/200000 that differ/));
    assert.equal(file(text).findStruct('x'.repeat(70)), undefined);
    assert.throws(() => file(text).type(1), ctfError(/longer than 1024 bytes/));
    assert.throws(() => file(Buffer.from('\0xyz')).type(1), ctfError(/has no end/));
  });

  it('make errors of one printable line', () => {
    const file = parse((writer) => {
      const u64 = writer.add({ kind: 'integer', name: 'unsigned long', bits: 64 });
      const name = `evil\n\x1b[31m${'y'.repeat(900)}`;
      writer.add({ kind: 'struct', name: 'evil', size: 8, members: [{ name, type: u64, bitOffset: 64 }] });
    });
    assert.throws(
      () => drain(leaves(file, file.findStruct('evil')!)),
      (error: Error) =>
        error.name === 'CtfError' && error.message.length <= 400 && /^[\x20-\x7e…]+$/.test(error.message),
    );
  });
});
