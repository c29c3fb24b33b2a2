/** Covers: accept.ts, limits/connections.ts, server/server.ts: connections whose handshake is not done. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { ConnectionLimits } from '../../../src/http/limits/connections.js';
import type { HttpServer } from '../../../src/http/server/server.js';
import { WebConfigFile } from '../../../src/http/webConfig/file.js';
import { Certificates } from '../../support/certificates.js';
import { skipUnless } from '../../support/programs.js';
import { Clock } from '../../support/clock.js';
import { startServer } from '../../support/server.js';
import { soon } from '../../support/until.js';

/** The beginning of a record of a handshake, of which more is said to come. */
const HALF_A_HELLO = Uint8Array.of(0x16, 3, 1, 2, 0, 1);

describe('TLS connections that do not speak', { skip: skipUnless('openssl') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-hands-'));
  const path = join(dir, 'web.sock');
  let server: HttpServer;
  let sockets: Socket[] = [];

  before(() => {
    new Certificates(dir).signed('server', 'serverAuth', 'DNS:localhost');
    writeFileSync(join(dir, 'web.yml'), 'tls_server_config: {cert_file: server.crt, key_file: server.key}\n');
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  async function start(isUnix: boolean, limits: Partial<ConnectionLimits>): Promise<void> {
    sockets = [];
    server = await startServer(
      (_request, response) => response.end('hello'),
      isUnix ? { path } : { host: '127.0.0.1', port: 0 },
      { web: new WebConfigFile(join(dir, 'web.yml'), () => undefined), limits },
    );
  }
  function target(isUnix: boolean): { path: string } | { host: string; port: number } {
    return isUnix ? { path } : { host: '127.0.0.1', port: Number(new URL(server.url).port) };
  }
  async function open(isUnix: boolean, firstWords?: Uint8Array): Promise<Socket> {
    const socket = connect({ ...target(isUnix), allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    await soon(once(socket, 'connect'), 'a connection');
    sockets.push(socket);
    if (firstWords !== undefined) socket.write(firstWords);
    return socket;
  }
  /** Resolves once the server has ended the connection, in order or by a reset. */
  async function closed(socket: Socket): Promise<void> {
    if (socket.closed || socket.readableEnded) return;
    const over = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
    await soon(over, 'the end of a connection');
  }

  for (const isUnix of [false, true]) {
    const kind = isUnix ? 'unix:' : 'TCP';
    async function answer(agent: Agent): Promise<string> {
      const to = isUnix ? { socketPath: path } : target(false);
      const sent = request({ ...to, agent, rejectUnauthorized: false }).end();
      const [response] = (await soon(once(sent, 'response'), 'an answer')) as [NodeJS.ReadableStream];
      return text(response);
    }

    it(`make room for who speaks (${kind})`, async () => {
      await start(isUnix, { connections: 4 });
      const agent = new Agent({ keepAlive: false });
      for (let i = 0; i < 6; i++) {
        await open(isUnix);
        await open(isUnix, HALF_A_HELLO);
        assert.equal(await answer(agent), 'hello');
      }
    });

    it(`are cut in time, and connections between two requests are not (${kind})`, async (context) => {
      const clock = new Clock();
      context.after(() => {
        clock.restore();
      });
      // Longer than any handshake takes, for which OpenSSL has a clock of its own.
      await start(isUnix, { header: 3_600_000 });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      assert.equal(await answer(agent), 'hello');
      const silent = [await open(isUnix), await open(isUnix, HALF_A_HELLO)];
      // Once a later one is answered, the server knows of those before it.
      assert.equal(await answer(new Agent({ keepAlive: false })), 'hello');
      clock.pass(3_602_000, 1000);
      await Promise.all(silent.map(closed));
      const [kept] = Object.values(agent.freeSockets)[0]!;
      assert.equal(await answer(agent), 'hello');
      assert.ok(!kept!.closed && Object.values(agent.freeSockets)[0]![0] === kept, 'the same connection');
      agent.destroy();
    });

    it(`are let go at once when the client goes during the handshake (${kind})`, async () => {
      await start(isUnix, { header: 3_600_000 });
      const socket = await open(isUnix, HALF_A_HELLO);
      socket.end();
      await closed(socket);
    });
  }

  it('get their answer where they have sent all and wait for it', async () => {
    await start(false, {});
    const secure = connectTls({ ...target(false), rejectUnauthorized: false, allowHalfOpen: true } as object);
    await soon(once(secure, 'secureConnect'), 'a handshake');
    secure.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(await text(secure), /hello$/);
  });
});
