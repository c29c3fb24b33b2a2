/** Covers: server.ts, halfClosed.ts, request/body.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { Agent, type RequestListener } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { ListenError } from '../../../src/http/server/listen.js';
import { ask, untilClosed } from '../../support/clients.js';
import { startServer } from '../../support/server.js';

const local = { host: '127.0.0.1', port: 0 };
const hello: RequestListener = (_request, response) => response.end('hello');

describe('startServer', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-server-'));
  after(() => {
    rmSync(dir, { recursive: true });
  });

  it('says that a port is in use, and how to choose another', async () => {
    const first = await startServer(hello, local);
    const port = Number(new URL(first.url).port);
    await assert.rejects(startServer(hello, { host: '127.0.0.1', port }), (error: unknown) => {
      assert.ok(error instanceof ListenError);
      const expected = `cannot listen on 127.0.0.1:${port}: the port is in use; choose another with --web.listen-address=127.0.0.1:${port === 65_535 ? port - 1 : port + 1}`;
      assert.equal(error.message, expected);
      return true;
    });
    await first.close();
  });

  it('lets an answer that is under way finish when it is closed', async () => {
    let finish: (() => void) | undefined;
    const server = await startServer((_request, response) => {
      finish = () => response.end('whole');
    }, local);
    const answer = fetch(server.url).then((response) => response.text());
    while (finish === undefined) await new Promise((resolve) => setImmediate(resolve));
    const closed = server.close();
    finish();
    assert.equal(await answer, 'whole');
    await closed;
  });

  it('ends connections without a request at once when it is closed', async () => {
    // The grace is for answers only: who waited for it would never see the end of this test.
    const server = await startServer(hello, local, { limits: { grace: 3_600_000 } });
    const agent = new Agent({ keepAlive: true });
    assert.equal((await ask(server.url, { agent }))?.status, 200);
    const silent = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    await once(silent, 'connect');
    silent.resume();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    await untilClosed(silent);
    agent.destroy();
  });

  it('serves several addresses, IPv6 and sockets among them', async () => {
    const path = join(dir, 'several.sock');
    const server = await startServer(hello, [local, { host: '::1', port: 0 }, { path }]);
    const [v4, v6, unix] = server.urls;
    assert.match(v4!, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(v6!, /^http:\/\/\[::1\]:\d+$/);
    assert.equal(unix, `http://unix:${path}:`);
    assert.equal((await ask(v4!))?.body, 'hello');
    assert.equal((await ask(v6!))?.body, 'hello');
    assert.equal((await ask('http://localhost/', { socketPath: path }))?.body, 'hello');
    assert.equal((statSync(path).mode & 0o777).toString(8), '660');
    await server.close();
    assert.ok(!existsSync(path));
  });

  it('opens all addresses or none', async () => {
    const path = join(dir, 'none.sock');
    await assert.rejects(startServer(hello, [{ path }, { host: '192.0.2.1', port: 1 }]), ListenError);
    assert.ok(!existsSync(path));
  });

  it('takes the place of a socket that nobody listens on, and of no other file', async () => {
    const path = join(dir, 'stale.sock');
    const first = await startServer(hello, { path });
    await assert.rejects(startServer(hello, { path }), /another program listens on it/);
    assert.equal((await ask('http://localhost/', { socketPath: path }))?.body, 'hello');
    await first.close();

    // A file of a socket that is closed without being removed, as a process leaves it that is killed.
    const other = createServer().listen(path);
    await once(other, 'listening');
    renameSync(path, `${path}.kept`);
    other.close();
    await once(other, 'close');
    renameSync(`${path}.kept`, path);
    const second = await startServer(hello, { path });
    assert.equal((await ask('http://localhost/', { socketPath: path }))?.body, 'hello');
    await second.close();

    writeFileSync(path, 'precious');
    await assert.rejects(startServer(hello, { path }), /there is a file that is no socket/);
    assert.ok(existsSync(path));
  });

  it('keeps connections, and answers requests that come at once in their order', async () => {
    let count = 0;
    const server = await startServer((_request, response) => response.end(String(++count)), local);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await ask(server.url, { agent });
    assert.equal(first?.headers['keep-alive'], 'timeout=125');
    assert.equal((await ask(server.url, { agent }))?.body, '2');
    agent.destroy();
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    socket.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    assert.deepEqual((await text(socket)).match(/\r\n\r\n\d/g), ['\r\n\r\n3', '\r\n\r\n4']);
    await server.close();
  });

  it('takes no body, no endless header and no nonsense', async () => {
    const server = await startServer(hello, local);
    const port = Number(new URL(server.url).port);
    const answered = async (request: string): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.write(request);
      return text(socket);
    };
    const body = await answered('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc');
    assert.match(body, /^HTTP\/1\.1 413 /);
    assert.match(body, /\r\nConnection: close\r\n/);
    assert.match(body, /\r\nContent-Type: text\/plain; charset=utf-8\r\n/);
    const chunked = 'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
    assert.match(await answered(`${chunked}0\r\n\r\n`), /^HTTP\/1\.1 200 [^]*hello$/);
    assert.match(await answered(`${chunked}3\r\nabc\r\n0\r\n\r\n`), /^HTTP\/1\.1 413 /);
    const expecting = 'PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n';
    assert.match(await answered(expecting), /^HTTP\/1\.1 413 /);
    assert.match(
      await answered(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 [^]*too large\n$/,
    );
    const cookies = `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: a=${'x'.repeat(30_000)}\r\n\r\n`;
    assert.match(await answered(cookies), /^HTTP\/1\.1 200 /);
    assert.match(await answered('GET\r\n\r\n'), /^HTTP\/1\.1 400 [^]*text\/plain[^]*no request of HTTP\n$/);
    const empty = await answered(
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );
    assert.match(empty, /^HTTP\/1\.1 200 /);
    await server.close();
  });

  it('answers a client that has ended its side, however late the answer is', async () => {
    const server = await startServer((_request, response) => void setTimeout(() => response.end('late'), 50), local);
    for (const request of ['GET / HTTP/1.0\r\n\r\n', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2)]) {
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port), allowHalfOpen: true });
      socket.end(request);
      const count = request.split('GET').length - 1;
      assert.equal((await text(socket)).match(/late/g)?.length, count);
      socket.destroy();
    }
    await server.close();
  });

  it('listens on every address of a name, on one port', async () => {
    const server = await startServer(hello, { host: 'localhost', port: 0 });
    const { port } = new URL(server.url);
    for (const { address } of await lookup('localhost', { all: true })) {
      const host = address.includes(':') ? `[${address}]` : address;
      assert.equal((await ask(`http://${host}:${port}/`))?.body, 'hello', address);
    }
    await server.close();
  });
});
