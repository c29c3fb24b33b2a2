import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { serveAt } from '../../../src/http/server/server.js';
import { TakenAddresses } from '../../../src/http/server/taken.js';
import { untilClosed } from '../../support/clients.js';

const local = { host: '127.0.0.1', port: 0 };

describe('TakenAddresses', () => {
  it('answers those who asked before there was anything to answer', async () => {
    const taken = await TakenAddresses.take([local]);
    const [url] = taken.urls('http');
    const answer = fetch(url!).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 20));
    const server = serveAt((_request, response) => response.end('here'), taken);
    assert.equal(await answer, 'here');
    assert.deepEqual(server.urls, [url]);
    await server.close();
  });

  it('lets go of those who wait when it is closed before', async () => {
    const taken = await TakenAddresses.take([local]);
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(taken.urls('http')[0]!).port) });
    await once(socket, 'connect');
    socket.resume();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await taken.close();
    await untilClosed(socket);
  });

  it('names addresses by the scheme that is served there', async () => {
    const taken = await TakenAddresses.take([{ host: undefined, port: 0 }]);
    assert.match(taken.urls('https')[0]!, /^https:\/\/localhost:\d+$/);
    await taken.close();
  });
});
