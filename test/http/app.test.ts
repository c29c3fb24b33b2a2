import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Document } from '../../src/exposition/publisher.js';
import { createApp } from '../../src/http/app.js';
import { startServer, type HttpServer } from '../../src/http/server.js';
import { KvmError } from '../../src/kvm/errors.js';

describe('createApp', () => {
  let server: HttpServer;
  let document: () => Promise<Document>;
  let released = 0;
  const errors: unknown[] = [];

  function documentOf(...texts: string[]): Document {
    const chunks = texts.map((text) => Buffer.from(text));
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return { chunks, length, release: () => released++ };
  }

  before(async () => {
    const app = createApp({
      telemetryPath: '/metrics',
      document: () => document(),
      page: () => '<!DOCTYPE html><title>page</title>',
      onError: (error) => errors.push(error),
    });
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
  });
  after(() => server.close());

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
    document = () => Promise.resolve(documentOf(long, 'up 1\n'));
    const plain = await fetch(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(await plain.text(), `${long}up 1\n`);
    const refused = await fetch(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'gzip;q=0' } });
    assert.equal(refused.headers.get('content-encoding'), null);
    await refused.text();
    const packed = await fetch(`${server.url}/metrics`, { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(packed.headers.get('content-encoding'), 'gzip');
    assert.equal(packed.headers.get('vary'), 'Accept, Accept-Encoding');
    assert.equal(await packed.text(), `${long}up 1\n`);
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
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'/);
    const health = await fetch(`${server.url}/-/healthy`);
    assert.equal(health.status, 200);
    assert.match(health.headers.get('content-type')!, /^text\/plain/);
    assert.equal(health.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(health.headers.get('x-powered-by'), null);
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
