/** What a client gets of a server, over TLS or not: the status, or that there was no answer. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { text } from 'node:stream/consumers';
import type { Certificate } from './certificates.js';

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

/** Milliseconds after which there is no answer. */
const PATIENCE = 10_000;

/** Asks over a connection of its own unless an agent is given. Undefined where there is no answer. */
export async function ask(url: string, options: ClientOptions = {}): Promise<Answer | undefined> {
  const { certificate, agent = false, ...rest } = options;
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  try {
    return await new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          ...rest,
          agent,
          timeout: PATIENCE,
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
      sent.once('timeout', () => sent.destroy(new Error('timeout')));
      sent.once('error', reject);
      sent.end();
    });
  } catch {
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
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}
