import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, gunzipSync } from 'node:zlib';
import type { Format } from '../../src/exposition/formats/format.js';
import { formats } from '../../src/exposition/formats/registry.js';
import type { OwnFamily } from '../../src/exposition/ownFamilies.js';
import { OwnText, type OwnPart } from '../../src/exposition/ownText.js';

function family(index: number, value: number): OwnFamily {
  return { name: `own_${index}`, help: `Own ${index}.`, type: 'gauge', samples: [{ labels: [], value }] };
}

function expectedOf(format: Format, families: readonly OwnFamily[]): string {
  const texts = families.map((one) => Buffer.from(format.ownFamily(one)).toString('latin1'));
  return texts.join(format.ownSeparator) + format.end;
}

function textOf(parts: readonly OwnPart[]): string {
  return parts.map(({ text }) => text.toString('latin1')).join('');
}

/** What a gzip file says that is made of the deflated parts. */
function unpacked(parts: readonly OwnPart[]): string {
  const texts = Buffer.concat(parts.map(({ text }) => text));
  const trailer = Buffer.alloc(10);
  trailer.writeUInt16LE(3);
  trailer.writeUInt32LE(crc32(texts), 2);
  trailer.writeUInt32LE(texts.length, 6);
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
  return gunzipSync(Buffer.concat([header, ...parts.map(({ deflated }) => deflated), trailer])).toString('latin1');
}

describe('OwnText', () => {
  it('says what all families are now, whichever of them changed, came or went', () => {
    for (const format of formats) {
      const own = new OwnText(format);
      let families = Array.from({ length: 5 }, (_, index) => family(index, 0));
      const changes = [[], [0, 1], [0, 1], [], [4], [0], [0, 1], [0, 1], [3], [0], [], [1], [0, 1, 2, 3, 4]];
      changes.forEach((changed, step) => {
        families = families.map((one, index) => (changed.includes(index) ? family(index, step) : one));
        if (step === 7) families = families.slice(1);
        if (step === 9) families = [...families, family(9, step)];
        const parts = own.render(families);
        const expected = expectedOf(format, families);
        assert.equal(textOf(parts), expected, `${format.name}, step ${step}`);
        assert.equal(unpacked(parts), expected);
      });
      own.render([family(0, 50), family(1, 50), ...families.slice(2)]);
      for (const left of [families.slice(0, 2), families.slice(0, 1), []]) {
        const expected = expectedOf(format, left);
        assert.equal(textOf(own.render(left)), expected, 'the others have gone');
      }
    }
  });

  it('makes once what stays the same', () => {
    const own = new OwnText(formats[0]!);
    const rest = [family(1, 0), family(2, 0)];
    own.render([family(0, 1), ...rest]);
    const [, before] = own.render([family(0, 2), ...rest]);
    const [changed, after] = own.render([family(0, 3), ...rest]);
    assert.equal(after, before);
    assert.equal(changed!.text.toString(), '# HELP own_0 Own 0.\n# TYPE own_0 gauge\nown_0 3\n\n');
  });
});
