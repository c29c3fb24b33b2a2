import { hashSync } from 'bcryptjs';
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import type { HttpServer } from '../../../src/http/server/server.js';
import { NO_WEB_CONFIG, type WebConfig } from '../../../src/http/webConfig/webConfig.js';
import { ask } from '../../support/clients.js';
import { startServer } from '../../support/server.js';

const HASH = hashSync('right', 4);

describe('what a request passes before the app', () => {
  let server: HttpServer;
  let source: { current: WebConfig };
  let handled = 0;

  afterEach(() => server.close());

  async function start(config: Partial<WebConfig>): Promise<void> {
    source = { current: { ...NO_WEB_CONFIG, ...config } };
    handled = 0;
    server = await startServer(
      (_request, response) => {
        handled += 1;
        response.end('hello');
      },
      { host: '127.0.0.1', port: 0 },
      { web: source },
    );
  }

  it('is a password, where there are users: 401 in plain text without it', async () => {
    await start({ users: new Map([['alice', HASH]]) });
    for (const auth of [undefined, 'alice:wrong', 'bob:right', 'alice:']) {
      const answer = await ask(server.url, auth === undefined ? {} : { auth });
      assert.equal(answer?.status, 401, auth);
      assert.match(answer.headers['www-authenticate']!, /^Basic realm="/);
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
      assert.equal(answer.body, 'a user and a password are needed\n');
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    }
    const head = await ask(server.url, { method: 'HEAD' });
    assert.equal(head?.status, 401);
    assert.equal(head.body, '');
    assert.equal(handled, 0);
    assert.equal((await ask(server.url, { auth: 'alice:right' }))?.body, 'hello');
    assert.equal(handled, 1);
  });

  it('is asked of every request, of those on one connection, too', async () => {
    await start({ users: new Map([['alice', HASH]]) });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await ask(server.url, { agent, auth: 'alice:right' }))?.status, 200);
    assert.equal((await ask(server.url, { agent }))?.status, 401);
    source.current = { ...source.current, users: new Map([['bob', HASH]]) };
    assert.equal((await ask(server.url, { agent, auth: 'alice:right' }))?.status, 401);
    assert.equal((await ask(server.url, { agent, auth: 'bob:right' }))?.status, 200);
    agent.destroy();
  });

  it('is the rate limit, before any password is looked at: 429', async () => {
    await start({ users: new Map([['alice', HASH]]), rateLimit: { interval: 3_600_000, burst: 2 } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(server.url, { auth: 'alice:right' }))?.status);
    assert.deepEqual(statuses, [200, 200, 429]);
    // Another limit begins anew, and a changed config with the same one does not.
    source.current = { ...source.current, users: new Map() };
    assert.equal((await ask(server.url))?.status, 429);
    source.current = { ...source.current, rateLimit: { interval: 1, burst: 1 } };
    for (let i = 0; i < 3; i++) {
      assert.equal((await ask(server.url))?.status, 200);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it('sets the headers of the config on every answer', async () => {
    const headers = [
      ['X-Frame-Options', 'sameorigin'],
      ['Strict-Transport-Security', 'max-age=1'],
    ] as const;
    await start({ headers, users: new Map([['alice', HASH]]) });
    for (const answer of [await ask(server.url), await ask(server.url, { auth: 'alice:right' })]) {
      assert.equal(answer?.headers['x-frame-options'], 'sameorigin');
      assert.equal(answer.headers['strict-transport-security'], 'max-age=1');
    }
    source.current = NO_WEB_CONFIG;
    assert.equal((await ask(server.url))?.headers['x-frame-options'], 'deny');
  });
});
