import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageWriter } from '../../../src/exposition/protobuf/messageWriter.js';

describe('MessageWriter', () => {
  it('writes numbers in as few bytes as there can be, seven bits in each, the lowest first', () => {
    for (const [value, hex] of [
      [0, '00'],
      [1, '01'],
      [127, '7f'],
      [128, '8001'],
      [300, 'ac02'],
      [16_383, 'ff7f'],
      [16_384, '808001'],
      [1_700_000_000, '80e2cfaa06'],
      [2 ** 32, '8080808010'],
      [2 ** 53, '8080808080808010'],
    ] as const) {
      const writer = new MessageWriter();
      writer.number(1, value);
      assert.equal(writer.bytes.toString('hex'), `08${hex}`, String(value));
    }
  });

  it('writes strings with their length in bytes, doubles with the lowest byte first, and messages in messages', () => {
    const writer = new MessageWriter();
    writer.string(2, 'é');
    writer.string(2, '');
    writer.double(1, 1);
    writer.message(16, Uint8Array.of(8, 1));
    writer.delimiter(128);
    assert.equal(writer.bytes.toString('hex'), '1202c3a9' + '1200' + '09000000000000f03f' + '8201020801' + '8001');
    assert.equal(writer.length, writer.bytes.length);
  });

  it('says where a double is, grows, and begins anew', () => {
    const writer = new MessageWriter();
    writer.string(1, 'x'.repeat(5000));
    const at = writer.double(1, 0.1);
    assert.equal(writer.bytes.readDoubleLE(at), 0.1);
    assert.equal(writer.bytes.toString('latin1', 3, 5003), 'x'.repeat(5000));
    writer.clear();
    assert.equal(writer.length, 0);
    writer.string(1, 'y');
    assert.equal(writer.bytes.toString('hex'), '0a0179');
  });
});
