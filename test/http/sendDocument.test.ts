/** Covers: sendDocument.ts, limits/sendMemory.ts, limits/requests.ts, limits/connections.ts: clients that do not read. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { RequestPlaces } from '../../src/http/limits/requests.js';
import type { ConnectionLimits } from '../../src/http/limits/connections.js';
import { sendDocument } from '../../src/http/sendDocument.js';
import type { HttpServer } from '../../src/http/server/server.js';
import { ask, untilClosed, type Answer } from '../support/clients.js';
import { Clock } from '../support/clock.js';
import { startServer } from '../support/server.js';
import { soon, until } from '../support/until.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
/** More than a loopback connection takes on by itself. */
const LARGE = 1 << 24;
const PLACES = 4;

describe('clients that do not read', () => {
  let server: HttpServer;
  const clients: Socket[] = [];
  /** Bytes of documents that are not released, at a moment and at most. */
  let held = 0;
  let mostHeld = 0;
  let begun = 0;

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await until(() => held === 0, 'all is released');
    await server.close();
  });

  /** Each request gets a document of its own, as if each had read the kernel anew. */
  async function start(size: number, limits: Partial<ConnectionLimits> = {}): Promise<void> {
    [held, mostHeld, begun] = [0, 0, 0];
    const places = new RequestPlaces(PLACES);
    const app: RequestListener = (_request, response) => {
      if (!places.enter(response)) return;
      begun += 1;
      held += size;
      const release = (): void => {
        held -= size;
      };
      const document = { chunks: [Buffer.alloc(size)], isGzip: false, length: size, release };
      sendDocument(response, document, 'text/plain');
      mostHeld = Math.max(mostHeld, held);
    };
    server = await startServer(app, { host: '127.0.0.1', port: 0 }, { limits });
  }

  async function askAndWait(): Promise<Socket> {
    const client = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    client.on('error', () => undefined);
    clients.push(client);
    await soon(once(client, 'connect'), 'a connection');
    const before = begun;
    client.write(REQUEST);
    await until(() => begun > before, 'a request', 0);
    return client;
  }

  it('have no place among the scrapes under way', async () => {
    await start(LARGE);
    for (let i = 0; i < PLACES + 1; i++) await askAndWait();
    const answer = await ask(server.url);
    assert.equal(answer?.status, 200);
    assert.equal(answer.body.length, LARGE);
  });

  it('keep no more than six documents of that size, however many they are, and nobody else from being served', async () => {
    await start(LARGE);
    for (let i = 0; i < 256; i++) await askAndWait();
    // The one that comes is counted before others are cut, and those release theirs a moment later.
    await until(() => held <= 6 * LARGE, 'others release theirs');
    assert.ok(mostHeld <= 8 * LARGE, `${mostHeld} bytes`);
    assert.equal((await ask(server.url))?.body.length, LARGE);
  });

  it('make room for others where all connections are theirs', async () => {
    await start(LARGE, { connections: 3, patience: 0 });
    for (let i = 0; i < 3; i++) await askAndWait();
    let answer: Answer | undefined;
    // The system goes on taking something for a moment.
    await until(async () => (answer = await ask(server.url)) !== undefined, 'an answer');
    assert.equal(answer?.body.length, LARGE);
  });

  it('are cut by the time in which they take nothing, and one that reads slowly is not', async () => {
    const clock = new Clock();
    await start(LARGE, { stall: 1000, header: 400 });
    const stalled = await askAndWait();
    const slow = await askAndWait();
    let got = 0;
    slow.pause();
    try {
      await until(() => {
        const chunk = slow.read(Math.min(1 << 19, slow.readableLength)) as Buffer | null;
        got += chunk?.length ?? 0;
        clock.pass(10, 10);
        return held === 0;
      }, 'both documents are released');
    } finally {
      clock.restore();
    }
    slow.resume().on('data', (chunk: Buffer) => (got += chunk.length));
    await untilClosed(stalled);
    await until(() => got >= LARGE, 'all of it');
  });

  it('have no more waiting for them than the bound, whatever is sent', async () => {
    const size = 1 << 23;
    let closed = 0;
    server = await startServer(
      (_request, response) => {
        begun += 1;
        response.once('close', () => (closed += 1));
        response.end(Buffer.alloc(size));
      },
      { host: '127.0.0.1', port: 0 },
      { limits: { unsent: 3 * size, header: 400 } },
    );
    for (let i = 0; i < 8; i++) await askAndWait();
    await until(() => closed >= 5, 'they are cut');
  });
});
