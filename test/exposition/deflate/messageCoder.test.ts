import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, inflateRawSync } from 'node:zlib';
import { BodyPool } from '../../../src/exposition/bodyPool.js';
import { GZIP_HEADER } from '../../../src/exposition/deflate/documentCoder.js';
import { MessageCoder } from '../../../src/exposition/deflate/messageCoder.js';
import type { FixedMessage } from '../../../src/exposition/formats/format.js';

const LAST_BLOCK = Buffer.of(3, 0);

/** Segments of these lengths, alike but for a byte in the middle, each with a double behind it. */
function messageOf(lengths: readonly number[]): FixedMessage {
  const doubles: number[] = [];
  let bytes = Buffer.alloc(0);
  lengths.forEach((length, index) => {
    const segment = Buffer.alloc(length, 'label');
    segment[length >> 1] = 0x30 + index;
    const double = Buffer.alloc(8);
    double.writeDoubleLE(1000 + index);
    doubles.push(bytes.length + length);
    bytes = Buffer.concat([bytes, segment, double]);
  });
  return { bytes, doubles: Uint32Array.from(doubles) };
}

async function inflated(messages: readonly FixedMessage[]): Promise<Buffer> {
  const { body, length, crc, size } = await new MessageCoder().encode(new BodyPool(), messages);
  const bytes = inflateRawSync(Buffer.concat([body.buffer.subarray(GZIP_HEADER.length, length), LAST_BLOCK]));
  assert.equal(size, bytes.length);
  assert.equal(crc, crc32(bytes));
  return bytes;
}

describe('MessageCoder', () => {
  it('repeats nothing from farther away than DEFLATE can tell', async () => {
    // The last distance that can be told is 32768: a segment of 32760 bytes and a double.
    for (const length of [100, 32_760, 32_761, 70_000]) {
      const message = messageOf(Array<number>(5).fill(length));
      assert.ok((await inflated([message])).equals(message.bytes), `segments of ${length} bytes`);
    }
  });

  it('takes segments in reach and out of it one after the other', async () => {
    const messages = [messageOf([40, 40, 40_000, 40, 40_000, 40_000, 40, 40]), messageOf([40, 40, 40])];
    assert.ok((await inflated(messages)).equals(Buffer.concat(messages.map(({ bytes }) => bytes))));
  });
});
