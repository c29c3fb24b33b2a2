/** Deflates a text by zlib, on its threads: for documents that DocumentCoder cannot make. */
import { once } from 'node:events';
import { constants, crc32, createDeflateRaw } from 'node:zlib';
import { Body } from '../bodyPool.js';
import { GZIP_HEADER, type Deflated } from './documentCoder.js';

/**
 * The fastest level: the text repeats itself so much that more effort gains little. What a line repeats stands a line or two before it, so
 * that a window of 4 KiB finds it in less time than the usual 32 KiB, and tells the distance in fewer bits. The flush ends at a whole byte.
 */
const OPTIONS = { level: 1, windowBits: 12, memLevel: 9, finishFlush: constants.Z_SYNC_FLUSH } as const;
/** The text becomes about six times smaller: zlib then gives it in one piece, with one turn of its thread. */
const SHRINKS_BY = 4;
const LEAST_PIECE = 4096;

/** The beginning of a gzip file of the text, which must not change meanwhile. Its body is of its own, and in no pool. */
export async function deflateText(text: Uint8Array): Promise<Deflated> {
  const chunkSize = Math.max(LEAST_PIECE, Math.ceil(text.length / SHRINKS_BY));
  const deflate = createDeflateRaw({ ...OPTIONS, chunkSize });
  const pieces: Uint8Array[] = [GZIP_HEADER];
  deflate.on('data', (piece: Buffer) => pieces.push(piece));
  deflate.end(text);
  await once(deflate, 'end');
  const bytes = Buffer.concat(pieces);
  return { body: new Body(bytes, () => undefined), length: bytes.length, crc: crc32(text), size: text.length };
}
