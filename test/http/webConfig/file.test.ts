/** Covers: file.ts, protection.ts */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { WebConfigFile } from '../../../src/http/webConfig/file.js';
import { Certificates } from '../../support/certificates.js';
import { Clock } from '../../support/clock.js';
import { skipUnless } from '../../support/programs.js';

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const USERS = `basic_auth_users: {alice: ${HASH}, bob: ${HASH}}\n`;
const PAIR = 'cert_file: server.crt, key_file: server.key';
const CA = 'client_ca_file: ca.crt';
const REQUIRED = 'client_auth_type: RequireAndVerifyClientCert';

/** What each takes away, by the words that the error has for it. */
const worse: readonly { name: string; from: string; to: string | undefined; error: RegExp }[] = [
  {
    name: 'users cut off',
    from: USERS,
    to: 'basic_auth_users:\n',
    error: /web\.yml:1:1: basic_auth_users: found nothing after it/,
  },
  {
    name: 'users emptied',
    from: USERS,
    to: 'basic_auth_users: {}\n',
    error: /web\.yml: it would take away all users of `basic_auth_users`: only a restart takes that in$/,
  },
  {
    name: 'no users',
    from: USERS,
    to: 'http_server_config: {http2: true}\n',
    error: /all users of `basic_auth_users`/,
  },
  { name: 'an empty file', from: USERS, to: '', error: /all users of `basic_auth_users`: only a restart/ },
  {
    name: 'a file of spaces and a comment',
    from: USERS,
    to: '  \n# later\n',
    error: /all users of `basic_auth_users`/,
  },
  { name: 'no file', from: USERS, to: undefined, error: /web\.yml: no such file$/ },
  {
    name: 'no users beside TLS',
    from: `tls_server_config: {${PAIR}}\n${USERS}`,
    to: `tls_server_config: {${PAIR}}\n`,
    error: /take away all users of `basic_auth_users`:/,
  },
  {
    name: 'neither TLS nor users',
    from: `tls_server_config: {${PAIR}}\n${USERS}`,
    to: 'tls_server_config: {}\n',
    error: /take away all users of `basic_auth_users` and TLS, with all of `tls_server_config`:/,
  },
  {
    name: "no clients' certificates",
    from: `tls_server_config: {${PAIR}, ${CA}, ${REQUIRED}}\n`,
    to: `tls_server_config: {${PAIR}}\n`,
    error: /a part of what `client_auth_type` asks of clients' certificates and `client_ca_file` or `client_ca`:/,
  },
  ...['VerifyClientCertIfGiven', 'RequestClientCert'].map((type) => ({
    name: `clients' certificates only by ${type}`,
    from: `tls_server_config: {${PAIR}, ${CA}, ${REQUIRED}}\n`,
    to: `tls_server_config: {${PAIR}, ${CA}, client_auth_type: ${type}}\n`,
    error: /take away a part of what `client_auth_type` asks of clients' certificates:/,
  })),
  {
    name: "clients' certificates of any name",
    from: `tls_server_config: {${PAIR}, ${CA}, ${REQUIRED}, client_allowed_sans: [client]}\n`,
    to: `tls_server_config: {${PAIR}, ${CA}, ${REQUIRED}}\n`,
    error: /take away `client_allowed_sans`:/,
  },
  {
    name: 'an older version of TLS',
    from: `tls_server_config: {${PAIR}, min_version: TLS13}\n`,
    to: `tls_server_config: {${PAIR}}\n`,
    error: /take away older versions of TLS kept out by `min_version`:/,
  },
  {
    name: 'no rate limit',
    from: 'rate_limit: {interval: 1s, burst: 1}\n',
    to: 'http_server_config: {http2: true}\n',
    error: /take away `rate_limit`:/,
  },
];

describe('WebConfigFile', { skip: skipUnless('openssl') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-webfile-'));
  before(() => {
    new Certificates(dir).signed('server', 'serverAuth', 'DNS:localhost');
  });
  let clock: Clock;
  beforeEach(() => {
    clock = new Clock();
  });
  afterEach(() => {
    clock.restore();
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  /** Each test has a file of its own. */
  let count = 0;
  function write(text: string): { file: string; rewrite: (text: string | undefined) => void } {
    const file = join(dir, `${++count}.web.yml`);
    writeFileSync(file, text);
    const rewrite = (next: string | undefined): void => {
      if (next === undefined) rmSync(file);
      else writeFileSync(file, next);
      clock.pass(1050, 1050);
    };
    return { file, rewrite };
  }

  describe('keeps what protects until a restart', () => {
    for (const { name, from, to, error } of worse) {
      it(name, () => {
        const { file, rewrite } = write(from);
        const told: (string | undefined)[] = [];
        const web = new WebConfigFile(file, (why) => told.push(why?.message));
        const before = web.current;
        rewrite(to);
        assert.equal(web.current, before, 'taken in');
        clock.pass(1050, 1050);
        assert.equal(web.current, before);
        assert.equal(told.length, 1, 'told of once');
        assert.match(told[0]!, error);
        assert.doesNotMatch(told[0]!, /\n/);
        // What protects as well is taken in again.
        rewrite(`${from}# mended\n`);
        assert.notEqual(web.current, before);
        assert.deepEqual(told.slice(1), [undefined]);
        if (to === undefined) return;
        // A restart, by contrast, takes in what is written on purpose.
        writeFileSync(file, to);
        if (name !== 'users cut off') assert.equal(new WebConfigFile(file, () => undefined).current.users.size, 0);
      });
    }
  });

  it('takes users that come and go, other passwords and other names of clients', () => {
    const names = (list: string): string =>
      `tls_server_config: {${PAIR}, ${CA}, ${REQUIRED}, client_allowed_sans: [${list}]}\n`;
    const { file, rewrite } = write(names('a') + USERS);
    const told: (string | undefined)[] = [];
    const web = new WebConfigFile(file, (why) => told.push(why?.message));
    const other = HASH.replace('zG', 'zH');
    rewrite(`${names('b, c')}basic_auth_users: {carol: ${other}}\n`);
    assert.deepEqual([...web.current.users], [['carol', other]]);
    assert.deepEqual(web.current.tls?.allowedSans, ['b', 'c']);
    assert.deepEqual(told, [undefined]);
  });
});
