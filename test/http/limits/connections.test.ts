import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import type { RequestListener } from 'node:http';
import type { ConnectionLimits } from '../../../src/http/limits/connections.js';
import type { HttpServer } from '../../../src/http/server/server.js';
import { ask, firstOf, untilClosed } from '../../support/clients.js';
import { Clock } from '../../support/clock.js';
import { startServer } from '../../support/server.js';
import { soon, until } from '../../support/until.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('the limits of a connection', () => {
  let server: HttpServer;
  let clock: Clock | undefined;
  afterEach(async () => {
    clock?.restore();
    clock = undefined;
    await server.close();
  });

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
    await soon(once(socket, 'connect'), 'a connection');
    return socket;
  }

  it('cut who says nothing and who sends a header by and by', async () => {
    clock = new Clock();
    await start({ header: 300 });
    const [silent, slow] = [await open(), await open()];
    const both = Promise.all([untilClosed(silent), untilClosed(slow)]);
    slow.write('GET / HTTP/1.1\r\nX: ');
    for (let passed = 0; passed < 300; passed += 20) {
      slow.write('x');
      clock.pass(20, 20);
      assert.equal((await ask(server.url))?.status, 200);
    }
    assert.deepEqual([silent.closed, slow.closed], [false, false], 'cut too early');
    slow.write('x');
    clock.pass(100, 20);
    await both;
    assert.equal((await ask(server.url))?.status, 200);
  });

  it('cut nobody for the time in which the event loop was held up', async () => {
    clock = new Clock();
    await start({ header: 200 });
    const socket = await open();
    clock.pass(1000, 1000);
    socket.write(REQUEST);
    assert.match(await firstOf(socket), /^HTTP\/1\.1 200 /);
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
    const time = (clock = new Clock());
    await start({ header: 300 });
    const socket = await open();
    socket.write(REQUEST);
    assert.match(await firstOf(socket), /^HTTP\/1\.1 200 /);
    time.pass(10_000, 50);
    assert.equal((await ask(server.url))?.status, 200);
    assert.ok(!socket.closed);
    socket.resume().write('GET / HTTP/1.1\r\nX: ');
    await until(() => {
      time.pass(50, 50);
      return socket.closed;
    }, 'it is cut');
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
      let isCut = false;
      await start({ [limit]: 500 }, (_request, response) => {
        response.once('close', () => (isCut = true));
        response.end(Buffer.alloc(50_000_000));
      });
      const socket = await open();
      socket.write(REQUEST);
      await until(() => isCut, 'it is cut');
      socket.destroy();
    });
  }

  it('let a quick client come and go while the connections are all taken', async () => {
    // Whoever says nothing goes by the time that it may take otherwise.
    await start({ connections: 5, header: 3_600_000 });
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
    await until(() => finish.length === 2, 'both are at work');
    assert.equal(await ask(server.url), undefined);
    for (const end of finish) end();
    for (const answer of answers) assert.equal((await answer)?.status, 200);
  });
});
