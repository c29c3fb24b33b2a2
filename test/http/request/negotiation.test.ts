import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { negotiate } from '../../../src/http/request/negotiation.js';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores';

describe('negotiate', () => {
  const cases: readonly [string | undefined, string][] = [
    [undefined, TEXT],
    ['', TEXT],
    ['*/*', TEXT],
    ['text/html,application/xhtml+xml,*/*;q=0.8', TEXT],
    ['text/*', TEXT],
    ['application/json', TEXT],
    ['text/plain;version=0.0.4', TEXT],
    ['text/plain; version=1.0.0', 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores'],
    ['application/openmetrics-text', 'application/openmetrics-text; version=0.0.1; charset=utf-8'],
    ['application/openmetrics-text;version=0.0.1', 'application/openmetrics-text; version=0.0.1; charset=utf-8'],
    ['Application/OpenMetrics-Text; Version=1.0.0', OPENMETRICS],
    ['application/openmetrics-text; version=2.0.0', TEXT],
    // What Prometheus 2.42 and 3 send.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      OPENMETRICS,
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      OPENMETRICS,
    ],
    ['text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5', TEXT],
    ['application/openmetrics-text;version=1.0.0;q=0', TEXT],
    ['application/openmetrics-text;version=1.0.0;q=x', TEXT],
    [`${','.repeat(100_000)}application/openmetrics-text;version=1.0.0`, TEXT],
  ];
  for (const [accept, contentType] of cases) {
    it(`gives ${contentType} for ${accept === undefined ? 'no header' : `"${accept.slice(0, 60)}"`}`, () => {
      assert.equal(negotiate(accept).contentType, contentType);
      assert.equal(negotiate(accept).format.name, contentType.startsWith('text') ? 'text' : 'openmetrics');
    });
  }
});
