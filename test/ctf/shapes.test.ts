import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CtfFile } from '../../src/ctf/ctfFile.js';
import { leaves } from '../../src/ctf/members.js';
import { typeText } from '../../src/ctf/typeText.js';
import { formName, forms } from './kernelImage.js';
import { describeShapes } from './shapes.js';

for (const form of forms) {
  describe(`types of every shape, ${formName(form)}`, () => {
    const { writer, symbolTypes } = describeShapes();
    const file = CtfFile.parse(writer.bytes({ ...form, objects: [] }));
    const typeOf = (symbol: string): number => symbolTypes.get(symbol)!;

    it('are spelled as C does', () => {
      const spelled = (symbol: string): string => typeText(file, file.type(typeOf(symbol)));
      assert.equal(spelled('one_counter'), 'counter_u64_t');
      assert.equal(spelled('counter_array'), 'counter_u64_t [11]');
      assert.equal(spelled('static_object'), 'const struct inner');
      assert.equal(spelled('deep_counter'), 'const volatile counter_alias_t');
      assert.equal(spelled('either_object'), 'union either');
      assert.equal(spelled('colour_object'), 'enum colour');
      const text = (tag: string): Map<string, string> =>
        new Map([...leaves(file, file.findStruct(tag)!)].map(({ path, type }) => [path, typeText(file, type)]));
      assert.equal(text('pointers').get('name'), 'const char *const');
      assert.equal(text('pointers').get('plain_handler'), 'void (*)()');
      assert.equal(text('pointers').get('table'), 'int (*[6])()');
      assert.equal(text('pointers').get('alone'), 'char *restrict');
      assert.equal(text('pointers').get('later'), 'struct defined_later *');
      assert.equal(text('counters').get('grid'), 'counter_u64_t [3][5]');
      assert.equal(text('counters').get('third'), 'counter_deep_t');
    });

    it('are seen through typedefs and qualifiers', () => {
      for (const symbol of ['deep_counter', 'one_counter']) {
        const pointer = file.resolve(typeOf(symbol));
        assert.ok(pointer.kind === 'pointer');
        const word = file.resolve(pointer.target);
        assert.ok(word.kind === 'integer' && word.bits === 64 && !word.signed);
      }
    });

    it('include an enum with its values', () => {
      const colour = file.resolve(typeOf('colour_object'));
      assert.deepEqual(colour.kind === 'enum' ? colour.values : [], [
        { name: 'RED', value: 0 },
        { name: 'GREEN', value: -7 },
        { name: 'BLUE', value: 70000 },
      ]);
    });

    it('include a forward without a definition, which stays one', () => {
      const opaque = [...leaves(file, file.findStruct('pointers')!)].find(({ path }) => path === 'opaque')!;
      const pointer = file.resolve(opaque.type);
      assert.equal(file.resolve(pointer.kind === 'pointer' ? pointer.target : 0).kind, 'forward');
      assert.equal(file.findStruct('declared_only'), undefined);
    });
  });
}
