/** Covers: --web.config.file: each file is put to this exporter and to a real node_exporter, whose answers are compared. */
import { hashSync } from 'bcryptjs';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Certificates, type Certificate } from '../support/certificates.js';
import { ask, type ClientOptions } from '../support/clients.js';
import { RunningExporter, runExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { until } from '../support/until.js';
import { NODE_EXPORTER, NodeExporter } from './nodeExporter.js';
import { PrometheusServer } from './prometheusServer.js';

const HASH = hashSync('right', 4);
const USERS = `basic_auth_users: {alice: '${HASH}'}\n`;
const tls = (more = ''): string => `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${more}`;
const CLIENT_CA = '  client_ca_file: ca.crt\n  client_auth_type: ';

const good: Readonly<Record<string, string>> = {
  TLS: tls(),
  'TLS and users': tls() + USERS,
  users: USERS,
  'client certificate required': tls(`${CLIENT_CA}RequireAndVerifyClientCert\n`),
  'TLS 1.2, one suite': tls(
    '  min_version: TLS12\n  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n',
  ),
  'empty file': '',
  'TLS from 1.0, no HTTP/2': `${tls('  min_version: TLS10\n')}http_server_config: {http2: false}\n`,
  'client certificate verified if given': tls(`${CLIENT_CA}VerifyClientCertIfGiven\n`),
  'any client certificate': tls('  client_auth_type: RequireAnyClientCert\n') + USERS,
  'client certificate requested, curves': tls(
    '  client_auth_type: RequestClientCert\n  curve_preferences: [CurveP384, X25519]\n',
  ),
};
const bad: Readonly<Record<string, string>> = {
  'unknown key': `${tls()}basic_auth_user: {}\n`,
  'key file missing': 'tls_server_config: {cert_file: server.crt, key_file: nowhere.key}\n',
  'certificate without key': 'tls_server_config: {cert_file: server.crt}\n',
  'unknown client_auth_type': tls('  client_auth_type: Sometimes\n'),
  'no bcrypt hash': "basic_auth_users: {alice: 'right'}\n",
  "another certificate's key": 'tls_server_config: {cert_file: server.crt, key_file: client.key}\n',
  'unknown cipher suite': tls('  cipher_suites: [TLS_NULL]\n'),
  'unknown version': tls('  min_version: SSL30\n'),
  'client CA without client_auth_type': tls('  client_ca_file: ca.crt\n'),
  'unknown header': 'http_server_config: {headers: {Server: me}}\n',
};

interface Probe extends ClientOptions {
  readonly scheme: 'http' | 'https';
}

describe('a web-config file', { skip: skipUnless('openssl', NODE_EXPORTER, 'prometheus') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-web-'));
  let client: Certificate;
  let foreign: Certificate;

  before(() => {
    const certificates = new Certificates(dir);
    certificates.signed('server', 'serverAuth', 'DNS:localhost,IP:127.0.0.1');
    client = certificates.signed('client', 'clientAuth', 'DNS:client');
    foreign = certificates.selfSigned('foreign');
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  function webConfig(text: string): string {
    const file = join(dir, 'web.yml');
    writeFileSync(file, text);
    return file;
  }

  function probes(): Readonly<Record<string, Probe>> {
    const right = { scheme: 'https', auth: 'alice:right' } as const;
    return {
      'https, no password': { scheme: 'https' },
      'https, wrong password': { scheme: 'https', auth: 'alice:wrong' },
      'https, unknown user': { scheme: 'https', auth: 'bob:right' },
      'https, right password': right,
      'http, right password': { scheme: 'http', auth: 'alice:right' },
      'http, wrong password': { scheme: 'http', auth: 'alice:wrong' },
      'http, no password': { scheme: 'http' },
      "https, a client's certificate": { ...right, certificate: client },
      "https, a stranger's certificate": { ...right, certificate: foreign },
      'https, at most TLS 1.1': { ...right, maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
      'https, another suite': { ...right, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    };
  }

  async function statuses(port: number): Promise<Record<string, number | string>> {
    const found: Record<string, number | string> = {};
    for (const [name, { scheme, ...options }] of Object.entries(probes())) {
      const answer = await ask(`${scheme}://127.0.0.1:${port}/metrics`, options);
      found[name] = answer?.status ?? 'none';
    }
    return found;
  }

  for (const [name, text] of Object.entries(good)) {
    it(`is taken by both, and answered alike: ${name}`, async (test) => {
      const file = webConfig(text);
      const theirs = await NodeExporter.start(file);
      assert.ok(theirs !== undefined, 'node_exporter did not start');
      const ours = await RunningExporter.start('--simulate', `--web.config.file=${file}`);
      try {
        const expected = await statuses(theirs.port);
        const found = await statuses(Number(new URL(ours.url).port));
        for (const probe of Object.keys(expected)) {
          test.diagnostic(`${name} | ${probe} | node_exporter ${expected[probe]} | kcounter_exporter ${found[probe]}`);
        }
        assert.deepEqual(found, expected);
      } finally {
        await theirs.stop();
        await ours.stop();
      }
    });
  }

  for (const [name, text] of Object.entries(bad)) {
    it(`is taken by neither: ${name}`, async (test) => {
      const file = webConfig(text);
      const theirs = await NodeExporter.start(file);
      await theirs?.stop();
      assert.equal(theirs, undefined, 'node_exporter started');
      const { code, stderr } = runExporter(
        '--simulate',
        '--web.listen-address=127.0.0.1:0',
        `--web.config.file=${file}`,
      );
      test.diagnostic(`${name} | neither starts | ${stderr.trim().replace(dir, '…')}`);
      assert.equal(code, 1);
      assert.match(stderr, /^\S+web\.yml:\d+:\d+: [^\n]+\n$/);
      assert.doesNotMatch(stderr, /right|BEGIN/);
    });
  }

  for (const section of ['basic_auth_users:', 'tls_server_config:']) {
    it(`is refused by this exporter alone, since it lets everybody in: nothing under ${section}`, async () => {
      const file = webConfig(`${section}\n`);
      const theirs = await NodeExporter.start(file);
      assert.ok(theirs !== undefined, 'node_exporter did not start');
      assert.equal((await ask(`http://127.0.0.1:${theirs.port}/metrics`))?.status, 200);
      await theirs.stop();
      const { code, stderr } = runExporter(
        '--simulate',
        '--web.listen-address=127.0.0.1:0',
        `--web.config.file=${file}`,
      );
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^\S+web\.yml:1:1: \w+: found nothing after it, expected what it is to be, or `\{\}` where [^\n]+\n$/,
      );
    });
  }

  it('sets the headers of all answers, and goes before the policy that pages have of their own', async () => {
    const policy = "default-src 'self'";
    const file = webConfig(`http_server_config: {headers: {Content-Security-Policy: "${policy}"}}\n`);
    const exporter = await RunningExporter.start('--simulate', `--web.config.file=${file}`);
    try {
      for (const path of ['/', '/metrics', '/nowhere']) {
        const answer = await ask(new URL(path, exporter.url).href);
        assert.equal(answer?.headers['content-security-policy'], policy, path);
        assert.equal(answer.headers['x-content-type-options'], 'nosniff', path);
        assert.equal(answer.headers['x-frame-options'], 'deny', path);
      }
    } finally {
      await exporter.stop();
    }
  });

  it('lets a real Prometheus in by TLS, a client certificate and a password', async () => {
    const file = webConfig(tls(`${CLIENT_CA}RequireAndVerifyClientCert\n`) + USERS);
    const exporter = await RunningExporter.start('--simulate', `--web.config.file=${file}`);
    const prometheus = await PrometheusServer.startWith({
      scheme: 'https',
      basic_auth: { username: 'alice', password: 'right' },
      tls_config: { ca_file: join(dir, 'ca.crt'), cert_file: client.cert, key_file: client.key },
      static_configs: [{ targets: [new URL(exporter.url).host] }],
    });
    try {
      // Its discovery takes some seconds.
      const scraped = async (): Promise<number> => (await prometheus.query('sum_over_time(up[5m])'))[0]?.value ?? 0;
      await until(async () => (await scraped()) >= 3, 'three scrapes', 500);
      const [samples] = await prometheus.query('max_over_time(scrape_samples_scraped[5m])');
      assert.ok(samples!.value > 100);
    } finally {
      await prometheus.stop();
      await exporter.stop();
    }
  });

  it('is read again when it changes; a bad one is told of once and changes nothing', async () => {
    const file = webConfig(tls() + USERS);
    const exporter = await RunningExporter.start('--simulate', `--web.config.file=${file}`);
    const status = async (auth: string): Promise<number | undefined> => (await ask(exporter.url, { auth }))?.status;
    try {
      assert.equal(await status('alice:right'), 200);
      writeFileSync(file, `${tls()}basic_auth_users: {bob: '${HASH}'}\n`);
      await sleep(1100);
      assert.equal(await status('alice:right'), 401);
      assert.equal(await status('bob:right'), 200);
      const taken = [tls(), `${tls()}basic_auth_users:\n`];
      for (const text of [`${tls()}basic_auth_users: {bob: secret}\n`, '', ...taken, USERS]) {
        writeFileSync(file, text);
        for (let i = 0; i < 3; i++) {
          await sleep(1100);
          assert.equal(await status('bob:right'), 200);
          assert.equal(await status('alice:right'), 401);
        }
      }
      const complaints = exporter.log.split('\n').filter((line) => line.includes('web config not loaded'));
      assert.equal(complaints.length, 5, complaints.join('\n'));
      assert.match(complaints[0]!, /web\.yml:4:25: basic_auth_users\.bob: found no bcrypt hash/);
      assert.doesNotMatch(exporter.log, /secret/);
      assert.equal(readFileSync(file, 'utf8'), USERS);
    } finally {
      await exporter.stop();
    }
  });
});
