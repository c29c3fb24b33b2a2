import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import type { RequestListener } from 'node:http';
import type { ConnectionLimits } from '../../../src/http/limits/connections.js';
import type { HttpServer } from '../../../src/http/server/server.js';
import { ask, untilClosed } from '../../support/clients.js';
import { startServer } from '../../support/server.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('the limits of a connection', { timeout: 20_000 }, () => {
  let server: HttpServer;
  afterEach(() => server.close());

  async function start(limits: Partial<ConnectionLimits>, handler?: RequestListener): Promise<void> {
    server = await startServer(
      handler ?? ((_request, response) => response.end('hello')),
      { host: '127.0.0.1', port: 0 },
      { limits },
    );
  }
  async function open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  it('cut who says nothing and who sends a header by and by', async () => {
    await start({ header: 300 });
    const [silent, slow] = [await open(), await open()];
    slow.write('GET / HTTP/1.1\r\nX: ');
    const drip = setInterval(() => slow.write('x'), 20);
    try {
      await Promise.all([untilClosed(silent), untilClosed(slow)]);
    } finally {
      clearInterval(drip);
    }
    assert.equal((await ask(server.url))?.status, 200);
  });

  it('cut nobody for the time in which the event loop was held up', async () => {
    await start({ header: 200 });
    const socket = await open();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    socket.write(REQUEST);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('cut no answer that a held up event loop kept from being given before the grace was over', async () => {
    let close: Promise<void> | undefined;
    await start({ grace: 300 }, (_request, response) => {
      // As on SIGTERM while the kernel is read.
      close = server.close();
      setTimeout(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
        setTimeout(() => response.end('read'), 100);
      }, 1);
    });
    assert.equal((await ask(server.url))?.body, 'read');
    await close;
  });

  it('cut a second request that is sent by and by, but nobody between two requests', async () => {
    await start({ header: 300 });
    const socket = await open();
    socket.resume();
    socket.write(REQUEST);
    await new Promise((resolve) => setTimeout(resolve, 800));
    assert.ok(!socket.closed);
    socket.write('GET / HTTP/1.1\r\nX: ');
    await untilClosed(socket);
  });

  it('end a connection that is kept for nothing', async () => {
    await start({ keepAlive: 300 });
    const socket = await open();
    socket.resume();
    socket.write(REQUEST);
    await untilClosed(socket);
  });

  for (const limit of ['stall', 'answer'] as const) {
    it(`cut who does not take the answer (${limit})`, async () => {
      let end: Promise<unknown> | undefined;
      await start({ [limit]: 500 }, (_request, response) => {
        end = once(response, 'close');
        response.end(Buffer.alloc(50_000_000));
      });
      const socket = await open();
      socket.write(REQUEST);
      while (end === undefined) await new Promise((resolve) => setImmediate(resolve));
      await end;
      socket.destroy();
    });
  }

  it('let a quick client come and go while the connections are all taken', async () => {
    await start({ connections: 5 });
    const silent = [];
    for (let i = 0; i < 10; i++) {
      const socket = await open();
      socket.resume();
      silent.push(socket);
      assert.equal((await ask(server.url))?.status, 200);
    }
    await untilClosed(silent[0]!);
    assert.ok(!silent.at(-1)!.closed);
    for (const socket of silent) socket.destroy();
  });

  it('turn away who comes while all are at work', async () => {
    const finish: (() => void)[] = [];
    await start({ connections: 2 }, (_request, response) => finish.push(() => response.end()));
    const answers = [ask(server.url), ask(server.url)];
    while (finish.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await ask(server.url), undefined);
    for (const end of finish) end();
    for (const answer of answers) assert.equal((await answer)?.status, 200);
  });
});
