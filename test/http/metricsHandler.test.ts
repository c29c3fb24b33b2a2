import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createApp } from '../../src/http/app.js';
import type { HttpServer } from '../../src/http/server/server.js';
import { startServer } from '../support/server.js';

const COMMON = ['X-Content-Type-Options: nosniff', 'X-Frame-Options: deny'];
const VARY = 'Vary: Accept, Accept-Encoding';
const TEXT = 'Content-Type: text/plain; version=0.0.4; charset=utf-8';
const PLAIN = 'Content-Type: text/plain; charset=utf-8';
const OPENMETRICS = 'Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores';

describe('a scrape', () => {
  let server: HttpServer;
  let isHanging = false;
  let released = 0;
  const clients: string[] = [];
  let last: IncomingMessage | undefined;

  before(async () => {
    const app = createApp({
      telemetryPath: '/metrics',
      timeoutOffset: 0.5,
      maxRequests: 4,
      document: (format, { groups, takesGzip = false }, client) => {
        clients.push(client);
        if (isHanging) return new Promise(() => undefined);
        const asked = [format.name, takesGzip, groups?.('tcp'), groups?.('udp')].join(' ');
        const chunks = [Buffer.from(asked), Buffer.from('\n')];
        return Promise.resolve({ chunks, isGzip: takesGzip, length: asked.length + 1, release: () => released++ });
      },
      groups: () => ['tcp', 'udp'],
      page: () => '',
      feed: { add: () => undefined, remove: () => undefined, past: () => undefined },
      symbolsPage: () => '',
      configText: () => '',
      configPage: () => '',
      unready: () => Promise.resolve(undefined),
      reload: undefined,
      onError: (error) => {
        throw error;
      },
    });
    const handler: RequestListener = (request, response) => {
      last = request;
      app(request, response);
    };
    server = await startServer(handler, { host: '127.0.0.1', port: 0 });
  });
  after(() => server.close());

  async function open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    await once(socket, 'connect');
    return socket;
  }

  async function answerTo(line: string, ...headers: readonly string[]): Promise<string> {
    const socket = await open();
    socket.write([`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n'));
    return (await text(socket)).replace(/^Date: .*$/m, 'Date: now');
  }

  it('tells clients apart by where they are, what they are and what they ask for', async () => {
    clients.length = 0;
    const asked = [
      ['GET /metrics', 'User-Agent: a'],
      ['GET /metrics', 'User-Agent: b'],
      ['GET /metrics?collect[]=tcp', 'User-Agent: b'],
      ['GET /metrics', 'User-Agent: a'],
    ] as const;
    for (const [line, agent] of asked) await answerTo(line, agent);
    assert.deepEqual([clients.length, new Set(clients).size], [4, 3]);
    assert.equal(clients[0], clients[3]);
  });

  const GZIP = 'Accept-Encoding: gzip';
  const cases: readonly [line: string, headers: string[], status: string, answered: string[], body: string][] = [
    ['GET /metrics', [], '200 OK', [TEXT, VARY, 'Content-Length: 13'], 'text false  \n'],
    ['GET /metrics?', [], '200 OK', [TEXT, VARY, 'Content-Length: 13'], 'text false  \n'],
    ['GET /%6detrics', [], '200 OK', [TEXT, VARY, 'Content-Length: 13'], 'text false  \n'],
    ['GET /Metrics/', [], '200 OK', [TEXT, VARY, 'Content-Length: 13'], 'text false  \n'],
    ['HEAD /metrics', [], '200 OK', [TEXT, VARY, 'Content-Length: 13'], ''],
    ['GET /metrics', [GZIP], '200 OK', [TEXT, VARY, 'Content-Encoding: gzip', 'Content-Length: 12'], 'text true  \n'],
    ['HEAD /metrics', [GZIP], '200 OK', [TEXT, VARY, 'Content-Encoding: gzip', 'Content-Length: 12'], ''],
    [
      'GET /metrics',
      ['Accept: application/openmetrics-text;version=1.0.0'],
      '200 OK',
      [OPENMETRICS, VARY, 'Content-Length: 20'],
      'openmetrics false  \n',
    ],
    [
      'GET /metrics?collect[]=tcp?exclude[]=udp',
      [],
      '400 Bad Request',
      [PLAIN, 'Content-Length: 53'],
      'unknown group "tcp?exclude[]=udp"; there are tcp, udp\n',
    ],
    ['GET /metrics?collect[]=tcp', [], '200 OK', [TEXT, VARY, 'Content-Length: 22'], 'text false true false\n'],
    [
      'GET /metrics?collect[]=sctp',
      [],
      '400 Bad Request',
      [PLAIN, 'Content-Length: 39'],
      'unknown group "sctp"; there are tcp, udp\n',
    ],
  ];
  for (const [line, headers, status, answered, body] of cases) {
    it(`is answered to the letter: ${[line, ...headers].join(', ')}`, async () => {
      const length = line.startsWith('HEAD') ? undefined : `Content-Length: ${body.length}`;
      const expected = answered.map((header) => (header.startsWith('Content-Length') ? (length ?? header) : header));
      const head = [`HTTP/1.1 ${status}`, ...COMMON, ...expected, 'Date: now', 'Connection: close'];
      assert.equal(await answerTo(line, ...headers), `${head.join('\r\n')}\r\n\r\n${body}`);
    });
  }

  it('is answered 503 to the letter where the kernel is not read in time', async () => {
    isHanging = true;
    const answer = await answerTo('GET /metrics', 'X-Prometheus-Scrape-Timeout-Seconds: 0.1');
    isHanging = false;
    const body = 'the kernel was not read within 0.1 s\n';
    const head = ['HTTP/1.1 503 Service Unavailable', ...COMMON, PLAIN, `Content-Length: ${body.length}`];
    assert.equal(answer, `${[...head, 'Date: now', 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  });

  it('leaves nothing behind on a connection that is kept, after a thousand as after the first', async () => {
    const socket = await open();
    const before = released;
    const listeners = (): string => {
      const { socket: theirs } = last!;
      return theirs
        .eventNames()
        .map((name) => `${String(name)} ${theirs.listenerCount(name)}`)
        .sort()
        .join(', ');
    };
    const seen: string[] = [];
    for (let number = 1; number <= 1000; number++) {
      socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n');
      let answer = '';
      while (!answer.endsWith('text false  \n')) answer += String(((await once(socket, 'data')) as [Buffer])[0]);
      while (released < before + number) await new Promise((resolve) => setImmediate(resolve));
      if (number === 2 || number === 1000) seen.push(listeners());
      // The limit of four would have been reached long ago.
      assert.match(answer, /^HTTP\/1\.1 200 /);
    }
    assert.equal(seen[1], seen[0]);
    socket.destroy();
  });
});
