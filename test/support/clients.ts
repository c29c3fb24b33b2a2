/** What a client gets of a server, over TLS or not: the status, or that there was no answer. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { Certificate } from './certificates.js';
import { PATIENCE_MS, soon } from './until.js';

export interface ClientOptions {
  /** NAME:PASSWORD. */
  readonly auth?: string;
  readonly certificate?: Certificate;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: HttpAgent | HttpsAgent;
  readonly socketPath?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks over a connection of its own unless an agent is given. Undefined where that ends without an answer. */
export async function ask(url: string, options: ClientOptions = {}): Promise<Answer | undefined> {
  const { certificate, agent = false, ...rest } = options;
  const late = new Error(`${url} does not answer, and does not end the connection`);
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  try {
    return await new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          ...rest,
          agent,
          timeout: PATIENCE_MS,
          rejectUnauthorized: false,
          minVersion: 'TLSv1',
          ...(certificate && { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) }),
        },
        (response) => {
          const { statusCode: status = 0, headers } = response;
          text(response).then((body) => {
            resolve({ status, headers, body });
          }, reject);
        },
      );
      sent.once('timeout', () => sent.destroy(late));
      sent.once('error', reject);
      sent.end();
    });
  } catch (error) {
    if (error === late) throw error;
    return undefined;
  }
}

/**
 * Resolves once the connection is over, whether it was ended or reset: a server that closes while something
 * of the client's is on its way resets it, which is chance.
 */
export async function untilClosed(socket: Socket): Promise<void> {
  const ignore = (): void => undefined;
  socket.on('error', ignore).resume();
  if (socket.closed) return;
  await soon(new Promise((resolve) => socket.once('close', resolve)), 'the end of a connection');
}

/** The first that comes. An error where the stream ends without anything. */
export async function firstOf(stream: Readable): Promise<string> {
  const first = new Promise<string>((resolve, reject) => {
    stream.once('data', (chunk: Buffer | string) => {
      resolve(String(chunk));
    });
    stream.once('error', reject);
    stream.once('close', () => {
      reject(new Error('it ended without a word'));
    });
  });
  return soon(first, 'the first word');
}
