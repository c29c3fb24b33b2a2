import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CtfFile } from '../../src/ctf/ctfFile.js';
import { leaves } from '../../src/ctf/members.js';
import { typeText } from '../../src/ctf/typeText.js';
import { CtfWriter } from '../../src/simulator/ctfWriter.js';
import { formName, forms, kernelCtf, kernelImage, words } from './kernelImage.js';
import { parseImage } from './parseImage.js';

for (const form of forms) {
  describe(`CtfFile, ${formName(form)}`, () => {
    const file = parseImage(kernelImage(form));

    it('gives each data symbol its own type, and none to the others', () => {
      const found = [...file.objects()].map(({ name, type, size }) => [name, typeText(file, file.type(type)), size]);
      assert.deepEqual(found, [
        ['early_static', 'unsigned int', 4],
        ['vnet_entry_icmpstat', 'counter_u64_t [43]', 344],
        ['vm_cnt', 'struct vmmeter', 24],
        ['meter_pointer', 'struct vmmeter *', 8],
        ['plain_stat', 'struct icmpstat', 344],
      ]);
      assert.equal(file.objectCount, 5);
      assert.equal([...file.objects()].find((object) => object.name === 'vm_cnt')?.value, 0xffffffff81c00000n);
      assert.equal(file.typeOfObject('untyped'), undefined);
      assert.equal(file.typeOfObject('main'), undefined);
      assert.equal(file.typeOfObject('vm_cnt')?.kind, 'struct');
    });

    it('finds structs by name', () => {
      const struct = file.findStruct('icmpstat')!;
      assert.equal(struct.size, 344);
      assert.deepEqual(
        [...leaves(file, struct)].map(({ path, offset, size }) => [path, offset, size]),
        [
          ['icps_error', 0, 8],
          ['icps_outhist', 8, 328],
          ['icps_badcode', 336, 8],
        ],
      );
      for (const name of ['counter_u64_t', '', 'icmp', 'icmpstat2', 'unsigned long']) {
        assert.equal(file.findStruct(name), undefined, name);
      }
    });

    it('resolves a forward to the struct of its name', () => {
      const pointer = file.typeOfObject('meter_pointer')!;
      const target = pointer.kind === 'pointer' ? file.resolve(pointer.target) : pointer;
      assert.equal(target.id, file.findStruct('vmmeter')?.id);
    });
  });
}

describe('CtfFile', () => {
  const parse = (describeTypes: (writer: CtfWriter) => void, version: 2 | 3 = 3): CtfFile => {
    const writer = new CtfWriter();
    describeTypes(writer);
    return CtfFile.parse(writer.bytes({ version, compressed: false, objects: [] }));
  };

  it('reads sizes and offsets of the large forms on both sides of the thresholds', () => {
    for (const [version, thresholds] of [
      [2, [8192, 0xffff, 2 ** 32, 2 ** 40]],
      [3, [8192, 2 ** 29, 2 ** 32 - 1, 2 ** 40]],
    ] as const) {
      for (const size of thresholds.flatMap((each) => [each - 8, each - 1, each, each + 8])) {
        const file = parse((writer) => {
          const u8 = writer.add({ kind: 'integer', name: 'char', bits: 8, signed: true });
          // A member's offset of the small form has as many bits as a type id.
          const last = Math.min(size - 1, version === 2 && size < 8192 ? 8191 : Infinity);
          writer.add({
            kind: 'struct',
            name: 'edge',
            size,
            members: [{ name: 'last', type: u8, bitOffset: 8 * last }],
          });
          writer.add({ kind: 'struct', name: 'next', size: 4, members: [] });
        }, version);
        const struct = file.findStruct('edge')!;
        assert.equal(struct.size, size);
        assert.deepEqual(
          [...leaves(file, struct)].map((field) => field.offset),
          [size - 1],
          `${version}: ${size}`,
        );
        assert.equal(file.findStruct('next')?.size, 4);
      }
    }
  });

  it('takes equal definitions of a name for one, and refuses different ones', () => {
    let forward = 0;
    const file = parse((writer) => {
      const u64 = writer.add({ kind: 'integer', name: 'unsigned long', bits: 64 });
      const u32 = writer.add({ kind: 'integer', name: 'unsigned int', bits: 32 });
      for (const names of [
        ['a', 'b'],
        ['a', 'b'],
      ])
        writer.add({ kind: 'struct', name: 'same', size: 16, members: words(u64, names) });
      for (const type of [u64, u32]) writer.add({ kind: 'struct', name: 'type', size: 8, members: words(type, ['a']) });
      for (const name of ['a', 'b']) writer.add({ kind: 'struct', name: 'name', size: 8, members: words(u64, [name]) });
      for (const size of [8, 16]) writer.add({ kind: 'struct', name: 'size', size, members: words(u64, ['a']) });
      for (const kind of ['struct', 'union'] as const)
        writer.add({ kind, name: 'kind', size: 8, members: words(u64, ['a']) });
      for (const type of [u64, u32]) {
        const element = writer.add({ kind: 'struct', name: 'element', size: 8, members: words(type, ['a']) });
        const array = writer.add({ kind: 'array', element, count: 4, index: u64 });
        writer.add({ kind: 'struct', name: 'holder', size: 32, members: words(array, ['list']) });
        const pointer = writer.add({ kind: 'pointer', target: element });
        writer.add({ kind: 'struct', name: 'user', size: 8, members: words(pointer, ['first']) });
      }
      forward = writer.add({ kind: 'forward', name: 'type' });
    });
    assert.equal(file.findStruct('same')?.size, 16);
    for (const name of ['type', 'name', 'size', 'kind', 'holder']) {
      assert.throws(() => file.findStruct(name), {
        name: 'CtfError',
        message: new RegExp(`^struct ${name} is ambiguous`),
      });
    }
    // A pointer is one, whatever it points to.
    assert.equal(file.findStruct('user')?.size, 8);
    assert.equal(file.resolve(forward).kind, 'forward');
  });

  it('marks bit fields, and gives the place of members in nested and anonymous structs', () => {
    const file = parse((writer) => {
      const u32 = writer.add({ kind: 'integer', name: 'unsigned int', bits: 32 });
      const three = writer.add({ kind: 'integer', name: 'unsigned int', bits: 3, size: 4 });
      const inner = writer.add({
        kind: 'struct',
        name: '',
        size: 8,
        members: [
          { name: 'x', type: u32, bitOffset: 0 },
          { name: 'bits', type: three, bitOffset: 37 },
        ],
      });
      const member = (name: string, bitOffset: number) => ({ name, type: inner, bitOffset });
      writer.add({ kind: 'struct', name: 'outer', size: 32, members: [member('', 64), member('named', 128)] });
    });
    const outer = file.findStruct('outer')!;
    assert.deepEqual(
      [...leaves(file, outer)].map(({ path, offset, size, bitField }) => ({ path, offset, size, bitField })),
      [
        { path: 'x', offset: 8, size: 4, bitField: undefined },
        { path: 'bits', offset: 12, size: 4, bitField: { bitOffset: 101, bits: 3 } },
        { path: 'named.x', offset: 16, size: 4, bitField: undefined },
        { path: 'named.bits', offset: 20, size: 4, bitField: { bitOffset: 165, bits: 3 } },
      ],
    );
  });

  it('spells what has no name of its own', () => {
    const file = parse((writer) => {
      const int = writer.add({ kind: 'integer', name: 'int', bits: 32, signed: true });
      const anonymous = writer.add({ kind: 'union', name: '', size: 0, members: [] });
      const handler = writer.add({ kind: 'function', returns: 0, parameters: [int, anonymous, int] });
      const pointer = writer.add({ kind: 'pointer', target: handler });
      const constant = writer.add({ kind: 'const', target: pointer });
      writer.add({ kind: 'array', element: constant, count: 2, index: int });
      writer.add({ kind: 'volatile', target: int });
    });
    const spelled = Array.from({ length: 7 }, (_, i) => typeText(file, file.type(i + 1)));
    assert.deepEqual(spelled, [
      'int',
      'union {…}',
      'void ()',
      'void (*)()',
      'void (*const)()',
      'void (*const [2])()',
      'volatile int',
    ]);
    assert.equal(file.sizeOf(6), 16);
    assert.equal(file.sizeOf(3), undefined);
    assert.equal(file.sizeOf(0), undefined);
  });

  it('has no types of data symbols without a symbol table', () => {
    const file = CtfFile.parse(kernelCtf().ctf);
    assert.deepEqual([file.objectCount, [...file.objects()], file.typeOfObject('vm_cnt')], [0, [], undefined]);
    assert.equal(file.findStruct('vmmeter')?.size, 24);
  });
});
