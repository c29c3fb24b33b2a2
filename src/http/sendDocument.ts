/**
 * Sends a document, compressed by gzip where the client takes that. What is not compressed yet is compressed on zlib's threads, not on the
 * event loop's.
 */
import type { Request, Response } from 'express';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import type { Document } from '../exposition/publisher.js';

/**
 * The fastest level: the text repeats itself so much that more effort gains little. What a line repeats stands a line or two before it, so
 * that a window of 4 KiB finds it in less time than the usual 32 KiB, and tells the distance in fewer bits.
 */
const GZIP = { level: 1, windowBits: 12, memLevel: 9 } as const;
/** The text becomes about six times smaller: zlib then gives it in one piece, with one turn of its thread. */
const SHRINKS_BY = 4;
const LEAST_PIECE = 4096;

export function takesGzip(request: Request): boolean {
  return request.acceptsEncodings(['gzip', 'identity']) === 'gzip';
}

/**
 * Resolves when the document is sent, or the client is gone. Releases the document.
 * @param asGzip true where the client takes that; a document that is compressed already is only for such a client
 */
export async function sendDocument(
  response: Response,
  { chunks, isGzip, length, release }: Document,
  contentType: string,
  asGzip: boolean,
): Promise<void> {
  try {
    response.set('Content-Type', contentType).set('Vary', 'Accept, Accept-Encoding');
    const finished = once(response, 'close');
    if (asGzip) response.set('Content-Encoding', 'gzip');
    if (asGzip && !isGzip) sendCompressed(response, chunks, length);
    else sendAsIs(response, chunks, length);
    await finished;
  } finally {
    release();
  }
}

function sendAsIs(response: Response, chunks: readonly Uint8Array[], length: number): void {
  response.set('Content-Length', String(length));
  // Head and chunks leave in one system call.
  response.cork();
  for (const chunk of chunks) response.write(chunk);
  response.end();
  response.uncork();
}

function sendCompressed(response: Response, chunks: readonly Uint8Array[], length: number): void {
  const gzip = createGzip({ ...GZIP, chunkSize: Math.max(LEAST_PIECE, Math.ceil(length / SHRINKS_BY)) });
  gzip.pipe(response);
  response.once('close', () => gzip.destroy());
  for (const chunk of chunks) gzip.write(chunk);
  gzip.end();
}
