/**
 * Sends a document piece by piece, each when the one before has gone: what waits for a slow client is the document that all share, and not
 * a copy of it in the system or in TLS.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Document } from '../exposition/publisher.js';
import { leavePlace } from './limits/requests.js';
import { SendMemory, type Sending } from './limits/sendMemory.js';

/** Bytes that are given to a connection at once: TLS keeps a copy of them for each. Most documents are smaller, and leave in one call. */
const PIECE = 1 << 18;

/** All documents of the process that are being sent. */
const memory = new SendMemory();

/** Sends it, unless the client is gone. Gives up the place of the request; releases the document once it is sent, or cannot be any more. */
export function sendDocument(response: ServerResponse, document: Document, contentType: string): void {
  const { chunks, isGzip, length, release } = document;
  leavePlace(response);
  if (response.destroyed) {
    release();
    return;
  }
  const sending = memory.add(chunks, () => response.destroy());
  response.once('close', () => {
    sending.done();
    release();
  });
  response.setHeader('Content-Type', contentType);
  response.setHeader('Vary', 'Accept, Accept-Encoding');
  if (isGzip) response.setHeader('Content-Encoding', 'gzip');
  response.setHeader('Content-Length', length);
  if (length <= PIECE) endWith(response, chunks);
  else void sendPieces(response, inPieces(chunks), sending);
}

async function sendPieces(
  response: ServerResponse,
  pieces: readonly (readonly Uint8Array[])[],
  sending: Sending,
): Promise<void> {
  const closed = once(response, 'close');
  for (const piece of pieces.slice(0, -1)) {
    await Promise.race([write(response, piece), closed]);
    if (response.destroyed) return;
    sending.progress();
  }
  endWith(response, pieces.at(-1) ?? []);
}

/** The head, the chunks and the end leave in one system call. */
function endWith(response: ServerResponse, chunks: readonly Uint8Array[]): void {
  response.cork();
  for (const chunk of chunks) response.write(chunk);
  response.end();
  response.uncork();
}

/** Resolves when the system has taken the chunks. */
function write(response: ServerResponse, chunks: readonly Uint8Array[]): Promise<void> {
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
  let piece: Uint8Array[] = [];
  let room = 0;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += PIECE) {
      const part = chunk.subarray(from, from + PIECE);
      if (part.length > room) {
        piece = [];
        pieces.push(piece);
        room = PIECE;
      }
      piece.push(part);
      room -= part.length;
    }
  }
  return pieces;
}
