/** Covers: app.ts, metricsHandler.ts, plainAnswer.ts, request/sameSite.ts, request/groupQuery.ts, pages/pageFiles.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import type { GroupFilter } from '../../src/exposition/groupFilter.js';
import type { Document } from '../../src/exposition/publisher.js';
import { createApp } from '../../src/http/app.js';
import { loopbackNames } from '../../src/http/request/sameSite.js';
import type { HttpServer } from '../../src/http/server/server.js';
import { KvmError } from '../../src/kernel/errors.js';
import { ask } from '../support/clients.js';
import { packageRoot } from '../../src/packageRoot.js';
import { startServer } from '../support/server.js';

describe('createApp', () => {
  let server: HttpServer;
  let document: (groups?: GroupFilter, takesGzip?: boolean) => Promise<Document>;
  let unready: string | undefined;
  let reloads = 0;
  let released = 0;
  const errors: unknown[] = [];

  function documentOf(...texts: string[]): Document {
    const chunks = texts.map((text) => Buffer.from(text));
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return { chunks, isGzip: false, length, release: () => released++ };
  }

  /** As the publisher gives it: compressed where that is wanted. */
  function packed(takesGzip: boolean | undefined, ...texts: string[]): Document {
    const plain = documentOf(...texts);
    if (takesGzip !== true) return plain;
    const bytes = gzipSync(Buffer.concat(plain.chunks));
    return { ...plain, chunks: [bytes], isGzip: true, length: bytes.length };
  }

  before(async () => {
    const app = createApp({
      telemetryPath: '/metrics',
      timeoutOffset: 0.5,
      names: loopbackNames([{ host: '127.0.0.1', port: 0 }]),
      document: (_format, { groups, takesGzip }) => document(groups, takesGzip),
      groups: () => ['tcp', 'udp'],
      page: () => '<!DOCTYPE html><title>page</title>',
      feed: { add: () => undefined, remove: () => undefined, past: () => undefined },
      symbolsPage: () => '<!DOCTYPE html><title>symbols</title>',
      configText: () => 'prefix: freebsd_\n',
      configPage: () => '<!DOCTYPE html><title>config</title>',
      unready: () => Promise.resolve(unready),
      reload: () => Promise.resolve({ isGood: reloads++ === 0, text: 'what happened' }),
      onError: (error) => errors.push(error),
    });
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
  });
  after(() => server.close());

  it('keeps its pages from names over loopback that are not this machine, and its metrics from none', async () => {
    const status = async (host: string, path = '/symbols'): Promise<number | undefined> =>
      (await ask(server.url + path, { headers: { Host: host } }))?.status;
    for (const host of ['localhost', 'a.localhost:1', 'LOCALHOST.', '127.0.0.1:80', '[::1]:9969', '10.0.0.1']) {
      assert.equal(await status(host), 200, host);
    }
    for (const host of ['evil.example', 'localhost.evil.example:80', '127.0.0.1.evil.example', 'a:b:c']) {
      for (const path of ['/symbols', '/', '/config']) assert.equal(await status(host, path), 403, host + path);
      document = () => Promise.resolve(documentOf('up 1\n'));
      for (const path of ['/metrics', '/-/healthy']) assert.equal(await status(host, path), 200, host + path);
    }
    const refused = await ask(`${server.url}/config`, { headers: { Host: 'evil.example' } });
    assert.match(refused!.body, /--web\.listen-address\n$/);
  });

  it('takes any name where others than this machine can ask, too', () => {
    const local = { host: '127.0.0.1', port: 0 };
    for (const host of [undefined, '0.0.0.0', '::', 'metrics.example', '192.0.2.1']) {
      assert.equal(loopbackNames([local, { host, port: 0 }]), undefined, host);
    }
    for (const host of ['localhost', '127.0.0.2', '::1']) {
      assert.ok(loopbackNames([{ path: '/run/x.sock' }, { host, port: 0 }])?.includes(host), host);
    }
  });

  it('shows the config as a page to browsers and as text to others', async () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
    const kinds: Readonly<Record<string, string>> = {
      '*/*': 'text/plain',
      'text/plain': 'text/plain',
      [browser]: 'text/html',
    };
    for (const [accept, type] of Object.entries(kinds)) {
      const response = await fetch(`${server.url}/config`, { headers: { Accept: accept } });
      assert.equal(response.headers.get('content-type'), `${type}; charset=utf-8`, accept);
      assert.equal(response.headers.get('vary'), 'Accept');
      assert.match(await response.text(), type === 'text/html' ? /^<!DOCTYPE/ : /^prefix: /);
    }
  });

  it('serves the document with the content type of text format 0.0.4', async () => {
    document = () => Promise.resolve(documentOf('up 1\n', 'down 0\n'));
    const response = await fetch(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(response.headers.get('content-length'), '12');
    assert.equal(await response.text(), 'up 1\ndown 0\n');
  });

  it('compresses where the client takes gzip, and releases every document once', async () => {
    const before = released;
    const long = 'freebsd_x_total 1\n'.repeat(100_000);
    document = (_groups, takesGzip) => Promise.resolve(packed(takesGzip, long, 'up 1\n'));
    const plain = await fetch(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(await plain.text(), `${long}up 1\n`);
    const refused = await fetch(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'gzip;q=0' } });
    assert.equal(refused.headers.get('content-encoding'), null);
    await refused.text();
    const zipped = await fetch(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(zipped.headers.get('content-encoding'), 'gzip');
    assert.equal(zipped.headers.get('vary'), 'Accept, Accept-Encoding');
    assert.equal(await zipped.text(), `${long}up 1\n`);
    while (released < before + 3) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(released, before + 3);
  });

  it('releases a document whose client goes away', async () => {
    const before = released;
    document = () => Promise.resolve(documentOf('freebsd_x_total 1\n'.repeat(2_000_000)));
    for (const encoding of ['identity', 'gzip']) {
      const gone = new AbortController();
      const response = await fetch(`${server.url}/metrics`, {
        headers: { 'Accept-Encoding': encoding },
        signal: gone.signal,
      });
      assert.equal(response.status, 200);
      gone.abort();
    }
    while (released < before + 2) await new Promise((resolve) => setTimeout(resolve, 1));
  });

  it('answers HEAD with the length and no body', async () => {
    document = () => Promise.resolve(documentOf('up 1\n', 'down 0\n'));
    const response = await fetch(`${server.url}/metrics`, {
      method: 'HEAD',
      headers: { 'Accept-Encoding': 'identity' },
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-length'), '12');
    assert.equal(await response.text(), '');
  });

  it('answers 503 with the reason where the kernel cannot be read', async () => {
    document = () => Promise.reject(new KvmError('kvm_read', 'Bad address at 0xffffffff81c00000'));
    const response = await fetch(`${server.url}/metrics`);
    assert.equal(response.status, 503);
    assert.match(response.headers.get('content-type')!, /^text\/plain/);
    assert.equal(await response.text(), 'the kernel cannot be read: kvm_read: Bad address at 0x…\n');
  });

  it('answers 500 without details, and hands the error to the log, where the fault is its own', async () => {
    const fault = new TypeError('secret detail');
    document = () => Promise.reject(fault);
    const response = await fetch(`${server.url}/metrics`);
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /secret/);
    assert.equal(errors.at(-1), fault);
  });

  it('serves the page and the health, each with its type and no sniffing', async () => {
    const page = await fetch(`${server.url}/`);
    assert.match(page.headers.get('content-type')!, /^text\/html/);
    assert.equal(
      page.headers.get('content-security-policy'),
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    const health = await fetch(`${server.url}/-/healthy`);
    assert.equal(health.status, 200);
    assert.match(health.headers.get('content-type')!, /^text\/plain/);
    assert.equal(health.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(health.headers.get('x-powered-by'), null);
  });

  it("serves the page's files from disk, and not again to a browser that has them", async () => {
    for (const [name, type] of [
      ['page.js', 'text/javascript; charset=utf-8'],
      ['page.css', 'text/css; charset=utf-8'],
      ['alerts.json', 'application/json; charset=utf-8'],
    ] as const) {
      const first = await fetch(`${server.url}/-/${name}`);
      assert.equal(first.status, 200);
      assert.equal(first.headers.get('content-type'), type);
      assert.equal(first.headers.get('cache-control'), 'no-cache');
      const shipped = readFileSync(join(packageRoot, 'dist', 'page', name), 'utf8');
      assert.equal(await first.text(), shipped);
      assert.ok(shipped.length < 60_000, `${shipped.length} bytes`);
      const tag = first.headers.get('etag')!;
      const again = await fetch(`${server.url}/-/${name}`, { headers: { 'If-None-Match': tag } });
      assert.deepEqual([again.status, await again.text(), again.headers.get('etag')], [304, '', tag]);
      // fetch() takes gzip; of what is not packed, the tag is another.
      assert.deepEqual([first.headers.get('content-encoding'), first.headers.get('vary')], ['gzip', 'Accept-Encoding']);
      const plain = await fetch(`${server.url}/-/${name}`, { headers: { 'Accept-Encoding': 'identity' } });
      assert.deepEqual([plain.headers.get('content-encoding'), await plain.text()], [null, shipped]);
      assert.notEqual(plain.headers.get('etag'), tag);
    }
  });

  it('keeps the connection open from one request to the next, HEAD or GET', async () => {
    document = () => Promise.resolve(documentOf('up 1\n'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const method of ['GET', 'HEAD', 'HEAD', 'GET']) {
      const answer = request(`${server.url}/metrics`, { agent, method }).end();
      const [response] = (await once(answer, 'response')) as [IncomingMessage];
      assert.equal(response.statusCode, 200);
      ports.add(response.socket.localPort);
      response.resume();
      await once(response, 'end');
      // The agent takes the socket back in the next turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    agent.destroy();
    assert.equal(ports.size, 1);
  });

  it('answers 503 before the client gives up, and lets go of what comes too late', async () => {
    const before = released;
    let come: () => void = () => undefined;
    document = () =>
      new Promise(
        (resolve) =>
          (come = () => {
            resolve(documentOf('up 1\n'));
          }),
      );
    const ask = (timeout: string): Promise<Response> =>
      fetch(`${server.url}/metrics`, { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': timeout } });
    const late = await ask('0.6');
    assert.equal(late.status, 503);
    assert.match(late.headers.get('content-type')!, /^text\/plain/);
    assert.match(await late.text(), /^the kernel was not read within 0\.1\d* s\n$/);
    come();
    while (released < before + 1) await new Promise((resolve) => setImmediate(resolve));
    for (const timeout of ['10', '0', '-1', 'soon', '1e30']) {
      document = () => Promise.resolve(documentOf('up 1\n'));
      assert.equal((await ask(timeout)).status, 200, timeout);
    }
  });

  it('hands the chosen groups on, and answers 400 to what it cannot choose', async () => {
    let wanted: GroupFilter | undefined;
    document = (groups) => {
      wanted = groups;
      return Promise.resolve(documentOf('up 1\n'));
    };
    for (const [query, tcp, udp] of [
      ['?collect[]=tcp', true, false],
      ['?collect[]=tcp&collect[]=udp', true, true],
      ['?exclude[]=tcp', false, true],
      ['?exclude%5B%5D=udp', true, false],
    ] as const) {
      assert.equal((await fetch(`${server.url}/metrics${query}`)).status, 200);
      assert.deepEqual([wanted?.('tcp'), wanted?.('udp')], [tcp, udp], query);
    }
    for (const query of ['', '?', '?other=1']) {
      await fetch(`${server.url}/metrics${query}`);
      assert.equal(wanted, undefined, query);
    }
    for (const [query, text] of [
      ['?collect[]=tcp&exclude[]=udp', 'collect[] and exclude[] cannot be used together\n'],
      ['?collect[]=sctp', 'unknown group "sctp"; there are tcp, udp\n'],
      ['?exclude[]=', 'unknown group ""; there are tcp, udp\n'],
    ] as const) {
      const response = await fetch(`${server.url}/metrics${query}`);
      assert.equal(response.status, 400, query);
      assert.match(response.headers.get('content-type')!, /^text\/plain/);
      assert.equal(await response.text(), text);
    }
  });

  it('tells whether it is ready, and why not', async () => {
    const ready = await fetch(`${server.url}/-/ready`);
    assert.deepEqual([ready.status, await ready.text()], [200, 'kcounter_exporter is ready\n']);
    unready = 'no reason';
    const not = await fetch(`${server.url}/-/ready`);
    assert.deepEqual([not.status, await not.text()], [503, 'kcounter_exporter is not ready: no reason\n']);
  });

  it('reloads when it is told to by POST, and says how that went', async () => {
    const url = `${server.url}/-/reload`;
    const get = await fetch(url);
    assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
    assert.equal(reloads, 0);
    const good = await fetch(url, { method: 'POST' });
    assert.deepEqual([good.status, await good.text()], [200, 'what happened\n']);
    const bad = await fetch(url, { method: 'POST' });
    assert.deepEqual([bad.status, await bad.text()], [500, 'what happened\n']);
  });

  it('takes no reload from a page of another site', async () => {
    const before = reloads;
    for (const headers of [{ Origin: 'http://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const answer = await ask(`${server.url}/-/reload`, { method: 'POST', headers });
      assert.equal(answer?.status, 403);
    }
    assert.equal(reloads, before);
    const own = { Origin: server.url, 'Sec-Fetch-Site': 'same-origin' };
    assert.notEqual((await ask(`${server.url}/-/reload`, { method: 'POST', headers: own }))?.status, 403);
    assert.equal(reloads, before + 1);
  });

  it('serves the config as text, and the symbols as a page', async () => {
    const config = await fetch(`${server.url}/config`);
    assert.match(config.headers.get('content-type')!, /^text\/plain/);
    assert.equal(await config.text(), 'prefix: freebsd_\n');
    const symbols = await fetch(`${server.url}/symbols`);
    assert.match(symbols.headers.get('content-security-policy')!, /default-src 'none'/);
    assert.equal(symbols.headers.get('x-content-type-options'), 'nosniff');
  });

  it('answers 404 and 405 in plain text', async () => {
    for (const [path, method, status] of [
      ['/nothing', 'GET', 404],
      ['/metrics', 'POST', 405],
    ] as const) {
      const response = await fetch(server.url + path, { method });
      assert.equal(response.status, status, path);
      assert.match(response.headers.get('content-type')!, /^text\/plain/, path);
    }
  });
});
