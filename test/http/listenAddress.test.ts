import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseListenAddress } from '../../src/http/listenAddress.js';

describe('parseListenAddress', () => {
  it('takes a port alone, a host and an IPv6 address in brackets', () => {
    assert.deepEqual(parseListenAddress(':9969'), { host: undefined, port: 9969 });
    assert.deepEqual(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
    assert.deepEqual(parseListenAddress('localhost:80'), { host: 'localhost', port: 80 });
    assert.deepEqual(parseListenAddress('[::1]:9969'), { host: '::1', port: 9969 });
  });

  it('refuses anything else, and says what it takes', () => {
    for (const text of ['', '9969', 'localhost', ':99999', '::1:9969', 'a b:1', ':', ':-1']) {
      assert.throws(() => parseListenAddress(text), /is not HOST:PORT, \[IPv6\]:PORT or :PORT/, text);
    }
  });
});
