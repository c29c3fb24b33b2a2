/** Covers: accept.ts, files.ts, names.ts. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { connect, TLSSocket } from 'node:tls';
import type { FileError } from '../../../src/yaml/diagnostics.js';
import type { HttpServer } from '../../../src/http/server/server.js';
import { WebConfigFile } from '../../../src/http/webConfig/file.js';
import { Certificates, type Certificate } from '../../support/certificates.js';
import { ask, untilClosed } from '../../support/clients.js';
import { skipUnless } from '../../support/programs.js';
import { Clock } from '../../support/clock.js';
import { startServer } from '../../support/server.js';
import { soon } from '../../support/until.js';

/** Milliseconds after which a changed file is certainly looked at. */
const LOOK = 1100;
/** Milliseconds that a client may take to ask, and for its handshake, by a clock that the tests do not stop. */
const HEADER = 3_600_000;

describe('TLS', { skip: skipUnless('openssl') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-tls-'));
  const file = join(dir, 'web.yml');
  let certificates: Certificates;
  let client: Certificate;
  let server: HttpServer;
  let clock: Clock;
  let changes: (FileError | undefined)[];

  before(() => {
    certificates = new Certificates(dir);
    for (const name of ['first', 'second']) certificates.signed(name, 'serverAuth', 'DNS:localhost');
    client = certificates.signed('client', 'clientAuth', 'DNS:scraper,IP:::1,URI:spiffe://a,email:a@b');
  });
  beforeEach(() => {
    clock = new Clock();
  });
  afterEach(async () => {
    clock.restore();
    await server.close();
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  async function start(more = ''): Promise<void> {
    use('first');
    writeFileSync(file, config(more));
    changes = [];
    const web = new WebConfigFile(file, (error) => changes.push(error));
    const path = join(dir, 'tls.sock');
    server = await startServer(
      ({ socket }, response) => response.end(socket instanceof TLSSocket ? socket.getProtocol() : 'none'),
      [{ host: '127.0.0.1', port: 0 }, { path }],
      { web, limits: { header: HEADER } },
    );
  }
  const config = (more = ''): string => `tls_server_config:\n  cert_file: used.crt\n  key_file: used.key\n${more}`;
  function use(name: string): void {
    for (const kind of ['crt', 'key']) copyFileSync(join(dir, `${name}.${kind}`), join(dir, `used.${kind}`));
  }
  const port = (): number => Number(new URL(server.url).port);

  async function subject(): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: port(), rejectUnauthorized: false });
    await soon(once(socket, 'secureConnect'), 'a handshake');
    const { subject } = new X509Certificate(socket.getPeerCertificate().raw);
    socket.destroy();
    return subject;
  }

  it('takes comments in Latin-1 beside certificates', async () => {
    use('first');
    const comment = Buffer.from('# Zertifikat f\u00fcr M\u00fcnchen\n', 'latin1');
    const path = join(dir, 'first.crt');
    const plain = readFileSync(path);
    writeFileSync(path, Buffer.concat([comment, plain]));
    await start();
    writeFileSync(path, plain);
    assert.equal((await ask(server.url))?.body, 'TLSv1.3');
  });

  it('negotiates no suite of SHA-1 unless it is named, or versions that have no other', async () => {
    const client = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0' } as const;
    await start();
    assert.equal(await ask(server.url, client), undefined);
    await server.close();
    await start('  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]\n');
    assert.equal((await ask(server.url, client))?.body, 'TLSv1.2');
    await server.close();
    await start('  min_version: TLS10\n');
    assert.equal((await ask(server.url, { maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }))?.body, 'TLSv1.1');
  });

  it('is offered for HTTP/1.1, on every listener, with 1.3 for who can', async () => {
    await start();
    const socket = connect({
      host: '127.0.0.1',
      port: port(),
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await soon(once(socket, 'secureConnect'), 'a handshake');
    assert.equal(socket.alpnProtocol, 'http/1.1');
    socket.destroy();
    assert.equal((await ask(server.url))?.body, 'TLSv1.3');
    // Longer than a client may take to ask: what the limits watch is the TLS connection by then.
    const agent = new Agent({ keepAlive: true });
    const options = { agent, socketPath: join(dir, 'tls.sock') };
    assert.equal((await ask('https://localhost', options))?.body, 'TLSv1.3');
    clock.pass(HEADER + 2000, 1000);
    assert.equal((await ask('https://localhost', options))?.body, 'TLSv1.3');
    agent.destroy();
  });

  it('turns down plain HTTP in words, and cuts who does not shake hands', async () => {
    await start();
    const plain = await ask(server.url.replace('https', 'http'));
    assert.equal(plain?.status, 400);
    assert.equal(plain.body, 'Client sent an HTTP request to an HTTPS server.\n');
    const silent = connectTcp({ host: '127.0.0.1', port: port() });
    const slow = connectTcp({ host: '127.0.0.1', port: port() });
    slow.write(Buffer.from([0x16, 3, 1, 2, 0]));
    const both = Promise.all([untilClosed(silent), untilClosed(slow)]);
    // Once a later one is answered, the server knows of those before it.
    for (const socket of [silent, slow]) await soon(once(socket, 'connect'), 'a connection');
    assert.equal((await ask(server.url))?.status, 200);
    for (let passed = 0; passed < HEADER; passed += HEADER / 10) {
      slow.write(Buffer.from([1]));
      clock.pass(HEADER / 10, 1000);
      assert.equal((await ask(server.url))?.status, 200);
    }
    assert.deepEqual([silent.closed, slow.closed], [false, false], 'cut too early');
    clock.pass(2000, 1000);
    await both;
    const nonsense = connectTcp({ host: '127.0.0.1', port: port() });
    nonsense.write(Buffer.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0]));
    await untilClosed(nonsense);
    assert.equal((await ask(server.url))?.status, 200);
  });

  it('takes a new certificate without a restart, and keeps the old one until its key is there, too', async () => {
    await start();
    assert.equal(await subject(), 'CN=first');
    copyFileSync(join(dir, 'second.crt'), join(dir, 'used.crt'));
    clock.pass(LOOK, LOOK);
    assert.equal(await subject(), 'CN=first');
    clock.pass(LOOK, LOOK);
    assert.equal(await subject(), 'CN=first');
    assert.equal(changes.length, 1);
    assert.match(changes[0]!.message, /web\.yml:3:13: tls_server_config\.key_file: found a key that is not the cert/);
    copyFileSync(join(dir, 'second.key'), join(dir, 'used.key'));
    clock.pass(LOOK, LOOK);
    assert.equal(await subject(), 'CN=second');
    assert.deepEqual(changes.slice(1), [undefined]);
    rmSync(join(dir, 'used.key'));
    clock.pass(LOOK, LOOK);
    assert.equal(await subject(), 'CN=second');
    assert.match(changes.at(-1)!.message, /used\.key: no such file/);
    use('first');
    clock.pass(LOOK, LOOK);
    assert.equal(await subject(), 'CN=first');
  });

  it('sees a change that leaves the time as it was', async () => {
    await start();
    assert.equal(await subject(), 'CN=first');
    const { atime, mtime } = statSync(join(dir, 'used.crt'));
    use('second');
    for (const kind of ['crt', 'key']) utimesSync(join(dir, `used.${kind}`), atime, mtime);
    clock.pass(LOOK, LOOK);
    assert.equal(await subject(), 'CN=second');
  });

  it('begins to ask for a client certificate without a restart, of clients with a session, too', async () => {
    await start();
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    assert.equal((await ask(server.url, { agent }))?.status, 200);
    writeFileSync(file, config('  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n'));
    clock.pass(LOOK, LOOK);
    assert.equal(await ask(server.url, { agent }), undefined);
    assert.equal(await ask(server.url), undefined);
    assert.equal((await ask(server.url, { certificate: client }))?.status, 200);
    assert.deepEqual(changes, [undefined]);
  });

  it('lets nobody in again by a session whose certificate was refused', async () => {
    await start('  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n');
    const foreign = certificates.selfSigned('foreign');
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    for (let i = 0; i < 3; i++) assert.equal(await ask(server.url, { agent, certificate: foreign }), undefined);
    for (let i = 0; i < 3; i++) assert.equal((await ask(server.url, { certificate: client }))?.status, 200);
  });

  it('lets in only clients with one of the names that are allowed', async () => {
    const rule = '  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: ';
    await start(`${rule}[nobody]\n`);
    assert.equal(await ask(server.url, { certificate: client }), undefined);
    for (const name of ['scraper', '::1', 'spiffe://a', 'a@b']) {
      writeFileSync(file, config(`${rule}[nobody, '${name}']\n`));
      clock.pass(LOOK, LOOK);
      assert.equal((await ask(server.url, { certificate: client }))?.status, 200, name);
    }
  });

  it('is not turned off by a file that changes', async () => {
    await start();
    for (const broken of ['', 'basic_auth_users: {}\n', 'tls_server_config: {min_version: TLS13}\n']) {
      writeFileSync(file, broken);
      clock.pass(LOOK, LOOK);
      assert.equal((await ask(server.url))?.status, 200);
      assert.match(changes.at(-1)!.message, /take away TLS, with all of `tls_server_config`: only a restart/);
    }
    assert.equal(readFileSync(file, 'utf8'), 'tls_server_config: {min_version: TLS13}\n');
    writeFileSync(file, config('  max_version: TLS12\n'));
    clock.pass(LOOK, LOOK);
    assert.equal((await ask(server.url))?.body, 'TLSv1.2');
  });
});
