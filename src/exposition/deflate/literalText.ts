/** Deflates a short text that is another each time: as it is, byte by byte, since to set up zlib for it would take longer. */
import { BitWriter } from './bitWriter.js';
import { codesOf } from './deflateCode.js';
import { lineCode } from './lineCode.js';

const NOTHING = new Uint8Array(0);
/** More than the bytes of a block's codes, its beginning and its end. */
const FRAME = 512;
/** The most bytes that a literal takes. */
const LITERAL = 2;

const writer = new BitWriter(lineCode);

/** Blocks of RFC 1951 that end at a whole byte, none of them marked as the last. */
export function deflateLiterals(text: Uint8Array): Buffer {
  const buffer = Buffer.allocUnsafe(FRAME + LITERAL * text.length);
  writer.begin(buffer, NOTHING);
  writer.codes(codesOf(text, lineCode));
  writer.end();
  return buffer.subarray(0, writer.length);
}
