import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { afterEach, describe, it } from 'node:test';
import type { Viewer } from '../../../src/live/feed.js';
import { liveStream, type LiveStreamOptions, type PageFeed } from '../../../src/http/pages/liveStream.js';
import type { HttpServer, ServerOptions } from '../../../src/http/server/server.js';
import { ask } from '../../support/clients.js';
import { startServer } from '../../support/server.js';
import { soon, until } from '../../support/until.js';

const MOST = 16;

describe('liveStream', () => {
  let server: HttpServer;
  let viewers: Set<Viewer>;
  /** The answers under way. */
  let responses: ServerResponse[];
  afterEach(() => server.close());

  async function start(options?: LiveStreamOptions, limits?: ServerOptions['limits']): Promise<void> {
    viewers = new Set();
    responses = [];
    const feed: PageFeed = {
      add: (viewer) => void viewers.add(viewer),
      remove: (viewer) => void viewers.delete(viewer),
    };
    const app = express();
    app.use((_request, response, next) => {
      responses.push(response);
      next();
    });
    app.get('/live', liveStream(feed, options));
    server = await startServer(app, { host: '127.0.0.1', port: 0 }, limits && { limits });
  }

  async function open(query = ''): Promise<{ response: IncomingMessage; read: () => string }> {
    const request = get(`${server.url}/live${query}`, { agent: false });
    const [response] = (await soon(once(request, 'response'), 'a response')) as [IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return { response, read: () => text };
  }

  const only = (): Viewer => [...viewers][0]!;

  it('sends events with their names, and hands the query on', async () => {
    await start();
    const { response, read } = await open('?layout=abc&rows=1,4-6');
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(response.headers['cache-control'], 'no-store, no-transform');
    assert.deepEqual([only().layout, only().rows], ['abc', [1, 4, 5, 6]]);
    only().send([
      { name: 'layout', json: '{"id":"abc"}' },
      { name: 'tick', json: '{}' },
    ]);
    await until(() => read().includes('tick'), 'a tick');
    assert.equal(read(), 'retry: 2000\n\nevent: layout\ndata: {"id":"abc"}\n\nevent: tick\ndata: {}\n\n');
    response.destroy();
    await until(() => viewers.size === 0, 'the viewer goes');
  });

  it('refuses lists of rows that are none, or too long', async () => {
    await start();
    for (const rows of ['x', '1,', '3-1', '-1', '0-256', '1-200,300-400', '0-9999999', '99999999']) {
      assert.equal((await ask(`${server.url}/live?rows=${rows}`))?.status, 400, rows);
    }
    assert.equal(viewers.size, 0);
    const { response } = await open('?rows=0-255');
    assert.equal(only().rows.length, 256);
    response.destroy();
  });

  it('answers HEAD without a stream', async () => {
    await start();
    const answer = await ask(`${server.url}/live`, { method: 'HEAD' });
    assert.equal(answer?.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(viewers.size, 0);
  });

  it(`answers 503 to the one after ${MOST}, until one of them ends`, async () => {
    await start();
    const streams = await Promise.all(Array.from({ length: MOST }, () => open()));
    const refused = await ask(`${server.url}/live`);
    assert.equal(refused?.status, 503);
    assert.match(refused.body, /16 streams are open/);
    streams[0]!.response.destroy();
    await until(() => viewers.size < MOST, 'one goes');
    const next = await open();
    assert.equal(next.response.statusCode, 200);
    for (const { response } of [...streams, next]) response.destroy();
  });

  it('ends by itself, with an event that says so, before the server would cut it', async () => {
    await start({ life: 50 });
    const { response, read } = await open();
    await soon(once(response, 'end'), 'the end');
    assert.ok(read().endsWith('event: end\ndata: {}\n\n'));
    await until(() => viewers.size === 0, 'the viewer goes');
  });

  it('ends in order when the exporter stops, and does not begin then', async () => {
    const stopping = new AbortController();
    await start({ stopping: stopping.signal });
    const { response } = await open();
    const ended = once(response, 'end');
    stopping.abort();
    await soon(ended, 'the end');
    assert.equal((await ask(`${server.url}/live`))?.status, 503);
    await until(() => viewers.size === 0, 'the viewer goes');
  });

  it('is not ready while a client does not read, holds no more than was sent until then, and is cut in the end', async () => {
    await start({}, { stall: 500 });
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => viewers.size === 1, 'a viewer');
    const viewer = only();
    const json = JSON.stringify('x'.repeat(100_000));
    // What the system's own buffers take is no longer the exporter's.
    for (let sent = 0; sent < 1000 && viewer.isReady(); sent++) {
      viewer.send([{ name: 'tick', json }]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(viewer.isReady(), false);
    const held = responses[0]!.writableLength;
    assert.ok(held < 2 * json.length, `${held} bytes`);
    await until(() => viewers.size === 0, 'the viewer goes');
    assert.equal(responses[0]!.destroyed, true);
    socket.destroy();
  });
});
