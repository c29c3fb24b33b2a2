import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseListenAddress } from '../../../src/http/server/listenAddress.js';

describe('parseListenAddress', () => {
  it('takes a port alone, a host and an IPv6 address in brackets', () => {
    assert.deepEqual(parseListenAddress(':9969'), { host: undefined, port: 9969 });
    assert.deepEqual(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
    assert.deepEqual(parseListenAddress('localhost:80'), { host: 'localhost', port: 80 });
    assert.deepEqual(parseListenAddress('[::1]:9969'), { host: '::1', port: 9969 });
  });

  it('refuses anything else, and says what it takes', () => {
    for (const text of ['', '9969', 'localhost', ':99999', '::1:9969', 'a b:1', ':', ':-1']) {
      assert.throws(
        () => parseListenAddress(text),
        /is not HOST:PORT, \[IPv6\]:PORT or :PORT with a port from 0 to 65535, nor unix/,
        text,
      );
    }
  });

  it('takes the path of a socket', () => {
    assert.deepEqual(parseListenAddress('unix:/run/kcounter.sock'), { path: '/run/kcounter.sock' });
    assert.throws(() => parseListenAddress('unix:run/a'), /is not unix:\/PATH with the whole path of a socket/);
    assert.throws(() => parseListenAddress('unix:/run/'), /is not unix:\/PATH/);
    assert.throws(() => parseListenAddress(`unix:/${'x'.repeat(103)}`), /has at most 103 bytes/);
    assert.deepEqual(parseListenAddress(`unix:/${'x'.repeat(102)}`), { path: `/${'x'.repeat(102)}` });
  });
});
