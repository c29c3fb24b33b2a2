import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { RequestPlaces } from '../../../src/http/limits/requests.js';
import { ask } from '../../support/clients.js';
import { startServer } from '../../support/server.js';

describe('RequestPlaces', () => {
  for (const most of [3, 0]) {
    it(
      most === 0 ? 'lets all in where there is no limit' : 'answers 503 beyond the limit, until one is done',
      async () => {
        const finish: (() => void)[] = [];
        const places = new RequestPlaces(most);
        const handler: RequestListener = (_request, response) => {
          if (places.enter(response)) finish.push(() => response.end());
        };
        const server = await startServer(handler, { host: '127.0.0.1', port: 0 });
        const answers = Array.from({ length: 3 }, () => ask(server.url));
        while (finish.length < 3) await new Promise((resolve) => setImmediate(resolve));
        const fourth = ask(server.url);
        if (most === 0) {
          while (finish.length < 4) await new Promise((resolve) => setImmediate(resolve));
        } else {
          const answer = await fourth;
          assert.equal(answer?.status, 503);
          assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
          assert.equal(answer.body, '3 requests are under way, which is the limit; try again later\n');
        }
        finish.shift()!();
        await Promise.race(answers);
        const next = ask(server.url);
        while (finish.length < (most === 0 ? 4 : 3)) await new Promise((resolve) => setImmediate(resolve));
        for (const end of finish) end();
        assert.equal((await next)?.status, 200);
        await Promise.all(answers);
        await server.close();
      },
    );
  }
});
