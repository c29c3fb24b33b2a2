import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sansOf } from '../../../src/http/tls/sans.js';

describe('sansOf', () => {
  it("takes Node's text apart, in Go's spelling of IPv6", () => {
    assert.deepEqual(
      sansOf('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://a/b, email:a@b'),
      ['localhost', '127.0.0.1', '::1', 'spiffe://a/b', 'a@b'],
    );
    assert.deepEqual(sansOf(''), []);
  });

  it('is not taken in by a name that looks like two', () => {
    assert.deepEqual(sansOf('DNS:"evil, DNS:good", DNS:other'), ['evil, DNS:good', 'other']);
    assert.deepEqual(sansOf('othername:<unsupported>, DNS:good'), []);
  });
});
