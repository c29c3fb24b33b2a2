/**
 * Sends a document piece by piece, each when the one before has gone: what waits for a slow client is the document that all share, and not
 * a copy of it in the system or in TLS.
 */
import type { Request, Response } from 'express';
import { once } from 'node:events';
import type { Document } from '../exposition/publisher.js';
import { leavePlace } from './limits/requests.js';
import { SendMemory } from './limits/sendMemory.js';

/** Bytes that are given to a connection at once: TLS keeps a copy of them for each. Most documents are smaller, and leave in one call. */
const PIECE = 1 << 18;

/** All documents of the process that are being sent. */
const memory = new SendMemory();

export function takesGzip(request: Request): boolean {
  return request.acceptsEncodings(['gzip', 'identity']) === 'gzip';
}

/** Resolves when the document is sent, or the client is gone. Gives up the place of the request, and releases the document. */
export async function sendDocument(response: Response, document: Document, contentType: string): Promise<void> {
  const { chunks, isGzip, length, release } = document;
  leavePlace(response);
  const sending = memory.add(chunks, () => response.destroy());
  const isGone = (): boolean => response.destroyed;
  try {
    if (isGone()) return;
    const closed = once(response, 'close');
    response.set('Content-Type', contentType).set('Vary', 'Accept, Accept-Encoding');
    if (isGzip) response.set('Content-Encoding', 'gzip');
    response.set('Content-Length', String(length));
    const pieces = inPieces(chunks);
    const last = pieces.pop() ?? [];
    for (const piece of pieces) {
      await Promise.race([write(response, piece), closed]);
      if (isGone()) break;
      sending.progress();
    }
    if (!isGone()) {
      // The head, the chunks and the end leave in one system call.
      response.cork();
      for (const chunk of last) response.write(chunk);
      response.end();
      response.uncork();
    }
    await closed;
  } finally {
    sending.done();
    release();
  }
}

/** Resolves when the system has taken the chunks. */
function write(response: Response, chunks: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve) => {
    response.cork();
    chunks.forEach((chunk, index) => {
      // Where it fails, the response is closed as well.
      response.write(
        chunk,
        index === chunks.length - 1
          ? () => {
              resolve();
            }
          : undefined,
      );
    });
    response.uncork();
  });
}

/** The chunks in groups of about a piece. */
function inPieces(chunks: readonly Uint8Array[]): Uint8Array[][] {
  const pieces: Uint8Array[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += PIECE) {
      const part = chunk.subarray(from, from + PIECE);
      if (part.length > room) {
        pieces.push([]);
        room = PIECE;
      }
      pieces.at(-1)!.push(part);
      room -= part.length;
    }
  }
  return pieces;
}
