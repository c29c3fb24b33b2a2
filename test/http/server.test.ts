import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ListenError, startServer } from '../../src/http/server.js';

describe('startServer', () => {
  it('says that a port is in use, and how to choose another', async () => {
    const first = await startServer(() => undefined, { host: '127.0.0.1', port: 0 });
    const port = Number(new URL(first.url).port);
    await assert.rejects(
      startServer(() => undefined, { host: '127.0.0.1', port }),
      (error: unknown) => {
        assert.ok(error instanceof ListenError);
        const expected = `cannot listen on 127.0.0.1:${port}: the port is in use; choose another with --web.listen-address`;
        assert.equal(error.message, expected);
        return true;
      },
    );
    await first.close();
  });

  it('lets an answer that is under way finish when it is closed', async () => {
    let finish: (() => void) | undefined;
    const server = await startServer(
      (_request, response) => {
        finish = () => response.end('whole');
      },
      { host: '127.0.0.1', port: 0 },
    );
    const answer = fetch(server.url).then((response) => response.text());
    while (finish === undefined) await new Promise((resolve) => setImmediate(resolve));
    const closed = server.close();
    finish();
    assert.equal(await answer, 'whole');
    await closed;
  });
});
