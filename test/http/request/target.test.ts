import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { targetOf } from '../../../src/http/request/target.js';

describe('targetOf', () => {
  const get = (url: string): unknown => targetOf({ url, method: 'GET' });

  it("decodes and cleans paths as Go's exporters do", () => {
    for (const url of ['//metrics', '/./metrics', '/x/../metrics', '/%2Fmetrics', '/%2e/metrics', '/../metrics']) {
      assert.deepEqual(get(`${url}?collect[]=tcp`), { location: '/metrics?collect[]=tcp' }, url);
    }
    assert.deepEqual(get('//evil.example/'), { location: '/evil.example/' });
    assert.deepEqual(get('/%6detrics?a=%20'), { url: '/metrics?a=%20' });
    assert.deepEqual(get('/metrics/'), { url: '/metrics/' });
    assert.deepEqual(targetOf({ url: '//-/reload', method: 'POST' }), { url: '//-/reload' });
  });

  it('takes URLs, and leaves nothing for url.parse()', () => {
    assert.deepEqual(get('http://a:1/metrics?x'), { url: '/metrics?x' });
    assert.deepEqual(get('HTTP://a'), { url: '/' });
    assert.deepEqual(get('/metrics?a\u00a0#b'), { url: '/metrics?a%C2%A0%23b' });
  });

  it('finds fault with everything else', () => {
    for (const url of ['http://[/', 'http://', 'ftp://a/', '*', 'metrics', '', '/%zz', '/%ff', 'a:80']) {
      assert.ok('fault' in (get(url) as object), url);
    }
  });
});
