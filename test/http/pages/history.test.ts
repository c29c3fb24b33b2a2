import assert from 'node:assert/strict';
import express from 'express';
import { after, before, describe, it } from 'node:test';
import { history } from '../../../src/http/pages/history.js';
import type { HttpServer } from '../../../src/http/server/server.js';
import { startServer } from '../../support/server.js';

describe('history', () => {
  let server: HttpServer;
  const asked: unknown[] = [];
  before(async () => {
    const app = express();
    const past = (...wanted: unknown[]): Buffer | undefined => {
      asked.push(wanted);
      return wanted[0] === 'abc' ? Buffer.from([1, 2, 3]) : undefined;
    };
    app.get('/history', history({ past }));
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
  });
  after(() => server.close());

  it('answers with bytes that nobody is to keep or to compress', async () => {
    const response = await fetch(`${server.url}/history?layout=abc&seconds=7200&points=240`);
    assert.equal(response.headers.get('cache-control'), 'no-store, no-transform');
    assert.equal(response.headers.get('content-type'), 'application/octet-stream');
    assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [1, 2, 3]);
    assert.deepEqual(asked.splice(0), [['abc', 7200, 240]]);
  });

  it('refuses what it cannot give', async () => {
    for (const query of [
      '',
      'layout=abc',
      'seconds=0&points=1',
      'seconds=7201&points=1',
      'seconds=1&points=241',
      'seconds=1e2&points=1',
    ])
      assert.equal((await fetch(`${server.url}/history?${query}`)).status, 400, query);
    assert.deepEqual(asked, []);
  });

  it('has no content where nothing is known of a layout, which is no fault', async () => {
    const response = await fetch(`${server.url}/history?layout=b&seconds=1&points=1`);
    assert.deepEqual([response.status, await response.text()], [204, '']);
    assert.equal(response.headers.get('cache-control'), 'no-store, no-transform');
  });
});
