/** Bytes that are sent to the exporter as its users run it: each is answered as HTTP or cut, never with a page, and scrapes go on. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { RunningExporter } from '../../support/exporter.js';
import { mutated } from './mutation.js';
import { check, type Target } from './target.js';

const CORPUS = [
  'GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n',
  'GET /metrics?collect[]=tcp HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\nConnection: close\r\n\r\n',
  'HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET /-/healthy HTTP/1.0\r\n\r\n',
  'GET /-/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET /config HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc',
  'GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
  'GET http://a/metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\nConnection: close\r\n\r\n',
].map((text) => Buffer.from(text));
const WORDS = [
  ...[
    'GET ',
    'POST ',
    'PUT ',
    'CONNECT ',
    'OPTIONS * ',
    'TRACE ',
    ' HTTP/1.1',
    ' HTTP/2.0',
    '/metrics',
    '//',
    '/../',
    '%00',
  ],
  ...[
    '%2e%2e',
    '%',
    '%zz',
    '[',
    ']',
    '?',
    '#',
    'http://[/',
    '\r\n',
    '\n',
    '\r',
    '\0',
    ': ',
    'Host: b\r\n',
    'Expect: 100-continue\r\n',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Upgrade: websocket\r\n',
    'Connection: upgrade\r\n',
  ],
  ...[
    'Accept-Encoding: ',
    'gzip;q=0',
    'identity;q=0',
    'Range: bytes=0-1\r\n',
    'Cookie: a\r\n',
    'é',
    'x'.repeat(300),
    'ffffffff\r\n',
  ],
];
/** Milliseconds without a byte after which the server is taken to wait for more of the request. */
const SILENCE = 30;
/** Cases between scrapes that must be right. */
const BETWEEN = 250;

export const httpTarget: Target = {
  name: 'HTTP requests',
  share: 50_000,
  async run(seed, cases) {
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2');
    const port = Number(new URL(exporter.url).port);
    const counts: Record<string, number> = {};
    let done = 0;
    try {
      await check(
        'a request',
        mutated(CORPUS, WORDS),
        async (bytes) => {
          const answer = await send(port, bytes);
          const status =
            answer === '' ? 'cut or waiting' : (/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? assert.fail(answer));
          counts[status] = (counts[status] ?? 0) + 1;
          assert.ok(!['500', '502'].includes(status), answer);
          // The two pages are HTML; an error never is.
          if (status !== '200') assert.ok(!/<html|<!doctype|<pre/i.test(answer), answer);
          if (++done % BETWEEN === 0) assert.match(await exporter.metrics(), /^freebsd_/m);
        },
        seed,
        cases,
      );
      assert.match(await exporter.metrics(), /^freebsd_/m, 'it goes on');
    } finally {
      assert.equal(await exporter.stop(), 0, exporter.log);
    }
    return { cases, counts };
  },
};

/** What comes back until the server ends the connection, or waits for more. */
function send(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const finish = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(SILENCE, finish);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (isWhole(answer)) finish();
    });
    socket.on('end', finish);
    socket.on('close', finish);
    socket.on('error', finish);
    socket.write(bytes);
  });
}

/** True where an answer is there with all the bytes that its head announces. */
function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, head + 1))?.[1];
  return head >= 0 && length !== undefined && answer.length >= head + 4 + Number(length);
}
