import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileError } from '../../../src/yaml/diagnostics.js';
import { loadWebConfig, type WebConfig } from '../../../src/http/webConfig/webConfig.js';
import { Certificates } from '../../support/certificates.js';
import { skipUnless } from '../../support/programs.js';

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';

describe('loadWebConfig', { skip: skipUnless('openssl') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-web-'));

  before(() => {
    const certificates = new Certificates(dir);
    certificates.signed('server', 'serverAuth', 'DNS:localhost');
    certificates.signed('other', 'serverAuth', 'DNS:localhost');
    mkdirSync(join(dir, 'folder'));
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  const read: string[] = [];
  function load(text: string): WebConfig | FileError {
    const file = join(dir, 'web.yml');
    writeFileSync(file, text);
    read.length = 0;
    return loadWebConfig(file, (path) => read.push(path.slice(dir.length + 1)));
  }
  function good(text: string): WebConfig {
    const config = load(text);
    if (config instanceof FileError) throw config;
    return config;
  }
  const server = 'cert_file: server.crt, key_file: server.key';

  it('takes a file that says nothing', () => {
    for (const text of ['', '# nothing\n', 'http_server_config:\nrate_limit:\n', 'tls_server_config: {}\n']) {
      const { tls, users, headers, rateLimit } = good(text);
      assert.deepEqual([tls, users.size, headers.length, rateLimit], [undefined, 0, 0, undefined]);
    }
    assert.ok(good('').isEmpty);
    assert.ok(!good('basic_auth_users: {}\n').isEmpty);
  });

  it('reads certificate and key beside it, with TLS 1.2 and 1.3', () => {
    const { tls } = good(`tls_server_config: {${server}}\n`);
    assert.equal(tls?.context.cert, readFileSync(join(dir, 'server.crt'), 'utf8'));
    assert.equal(tls.context.minVersion, 'TLSv1.2');
    assert.equal(tls.context.maxVersion, 'TLSv1.3');
    assert.deepEqual(tls.clientAuth, { asks: false, requires: false, verifies: false });
    assert.deepEqual(read, ['web.yml', 'server.crt', 'server.key']);
  });

  it('takes them from the file itself', () => {
    const indented = (name: string): string => readFileSync(join(dir, name), 'utf8').replaceAll(/^/gm, '    ');
    const text = `tls_server_config:\n  cert: |\n${indented('server.crt')}\n  key: |\n${indented('server.key')}\n`;
    assert.ok(good(text).tls !== undefined);
    assert.deepEqual(read, ['web.yml']);
  });

  it("calls suites, curves and versions by OpenSSL's names, and keeps those of TLS 1.3", () => {
    const { tls } = good(`tls_server_config:
  cert_file: server.crt
  key_file: server.key
  min_version: TLS11
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA]
  curve_preferences: [CurveP521, X25519]
  prefer_server_cipher_suites: no
`);
    assert.equal(tls?.context.minVersion, 'TLSv1.1');
    assert.equal(tls.context.ecdhCurve, 'secp521r1:X25519');
    assert.equal(tls.context.honorCipherOrder, false);
    assert.match(tls.context.ciphers!, /TLS_AES_128_GCM_SHA256.*:ECDHE-RSA-CHACHA20-POLY1305:AES128-SHA:@SECLEVEL=0$/);
  });

  it('takes users, headers and the rate limit', () => {
    const { users, headers, rateLimit } = good(`basic_auth_users: {alice: ${HASH}}
http_server_config: {http2: true, headers: {X-XSS-Protection: 0, X-Frame-Options: sameorigin, Content-Security-Policy: ''}}
rate_limit: {interval: 1m30s, burst: 3}
`);
    assert.deepEqual([...users], [['alice', HASH]]);
    assert.deepEqual(headers.toSorted(), [
      ['X-Frame-Options', 'sameorigin'],
      ['X-XSS-Protection', '0'],
    ]);
    assert.deepEqual(rateLimit, { interval: 90_000, burst: 3 });
    assert.equal(good('rate_limit: {interval: 0s, burst: 3}\n').rateLimit, undefined);
    assert.deepEqual(good('rate_limit: {interval: 1000000, burst: 1}\n').rateLimit, { interval: 1, burst: 1 });
  });

  const CA = 'client_auth_type: RequireAndVerifyClientCert';
  const faults: readonly (readonly [string, string, string])[] = [
    [
      'an unknown section',
      'basic_auth_user: {}',
      '1:1: basic_auth_user: unknown key, did you mean `basic_auth_users`?',
    ],
    ['no mapping', '[]', '1:1: found a list, expected a mapping with keys such as `tls_server_config`'],
    [
      'a folder',
      'tls_server_config: {cert_file: folder, key_file: server.key}',
      `1:32: tls_server_config.cert_file: ${dir}/folder: found a directory, expected a file in PEM form`,
    ],
    [
      'no certificate',
      'tls_server_config: {cert_file: server.key, key_file: server.key}',
      '1:32: tls_server_config.cert_file: found no certificate in PEM form, expected a certificate',
    ],
    [
      'no key',
      'tls_server_config: {cert_file: server.crt, key_file: server.crt}',
      '1:54: tls_server_config.key_file: found no private key in PEM form without a passphrase, expected one',
    ],
    [
      "another's key",
      'tls_server_config: {cert_file: server.crt, key_file: other.key}',
      "1:54: tls_server_config.key_file: found a key that is not the certificate's, expected the one that is",
    ],
    [
      'a key that is no text',
      'tls_server_config: {cert_file: server.crt, key: 1234}',
      '1:49: tls_server_config.key: found no text, expected text in PEM form',
    ],
    [
      'no CA',
      `tls_server_config: {${server}, ${CA}}`,
      '1:84: tls_server_config.client_auth_type: found no client CA, expected `client_ca_file` or `client_ca`',
    ],
    [
      'versions that exclude each other',
      `tls_server_config: {${server}, min_version: TLS13, max_version: TLS12}`,
      '1:79: tls_server_config.min_version: found `TLS13`, expected at most `TLS12`',
    ],
    [
      'an unknown suite',
      `tls_server_config: {${server}, cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA1]}`,
      "1:82: tls_server_config.cipher_suites[0]: found the text `TLS_RSA_WITH_AES_128_CBC_SHA1`, expected a suite of Go's crypto/tls",
    ],
    [
      'users that are no mapping',
      'basic_auth_users: alice:secret',
      '1:19: basic_auth_users: expected a mapping from names to bcrypt hashes',
    ],
    [
      'users that are cut off',
      'basic_auth_users:\n',
      '1:1: basic_auth_users: found nothing after it, expected what it is to be, or `{}` where nobody needs a password',
    ],
    [
      'TLS settings that are cut off',
      'tls_server_config: ~\n',
      '1:1: tls_server_config: found nothing after it, expected what it is to be, or `{}` where there is to be no TLS',
    ],
    [
      'a kind of client certificate that is cut off',
      `tls_server_config: {${server}, client_auth_type: }`,
      '1:66: tls_server_config.client_auth_type: found nothing after it, expected what it is to be, or `NoClientCert` where clients need no certificate',
    ],
    [
      "clients' names that are cut off",
      `tls_server_config: {${server}, client_allowed_sans: }`,
      '1:66: tls_server_config.client_allowed_sans: found nothing after it, expected what it is to be, or no such key where any name will do',
    ],
    [
      'a plain password',
      'basic_auth_users: {alice: secret}',
      '1:27: basic_auth_users.alice: found no bcrypt hash, expected one such as `htpasswd -nBC 10` makes',
    ],
    [
      'a header of two lines',
      'http_server_config: {headers: {X-XSS-Protection: "1\\r\\nSet-Cookie: a"}}',
      '1:50: http_server_config.headers.X-XSS-Protection: found the text `1\\u000d\\u000aSet-Cookie: a`, expected one line of Latin letters',
    ],
    [
      'no time',
      'rate_limit: {interval: soon}',
      '1:24: rate_limit.interval: found the text `soon`, expected a time such as 1s',
    ],
    ['no burst', 'rate_limit: {interval: 1s}', '1:13: rate_limit.burst: found nothing, expected at least 1'],
  ];
  for (const [name, text, message] of faults) {
    it(`refuses ${name}`, () => {
      const error = load(text);
      assert.ok(error instanceof FileError);
      assert.equal(error.message.split('\n')[0]!.replace(/, did you mean `TLS.*/, ''), `${dir}/web.yml:${message}`);
      assert.doesNotMatch(error.message, /secret|1234/);
    });
  }

  it('tells of files that are not there, and still names them', () => {
    assert.ok(load('tls_server_config: {cert_file: a/b.crt, key_file: c.key}') instanceof FileError);
    assert.deepEqual(read, ['web.yml', 'a/b.crt', 'c.key']);
    const missing = loadWebConfig(join(dir, 'none.yml'), () => undefined);
    assert.equal((missing as FileError).message, `${dir}/none.yml: no such file`);
  });
});
