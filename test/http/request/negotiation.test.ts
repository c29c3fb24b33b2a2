/** Covers: negotiation.ts; and that takesGzip() decides as Express does, by which it was decided once. */
import express, { type Request } from 'express';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { negotiate, takesGzip } from '../../../src/http/request/negotiation.js';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores';
const OPENMETRICS_2 = 'application/openmetrics-text; version=2.0.0; charset=utf-8';
const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const NAMES: Readonly<Record<string, string>> = {
  [TEXT]: 'text',
  'text/plain; version=1.0.0; charset=utf-8; escaping=underscores': 'text',
  [OPENMETRICS_2]: 'openmetrics2',
  [PROTOBUF]: 'protobuf',
};

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
    ['application/openmetrics-text; version=2.0.0', OPENMETRICS_2],
    ['application/openmetrics-text;version=2.0.0;q=0.5,application/openmetrics-text;version=1.0.0;q=0.6', OPENMETRICS],
    ['application/openmetrics-text; version=3.0.0', TEXT],
    [`${PROTOBUF};q=0.1`, PROTOBUF],
    ['application/vnd.google.protobuf;PROTO=io.prometheus.client.metricfamily;encoding=Delimited', PROTOBUF],
    // What does not say of which message, or asks for another way of writing it, is not meant.
    ['application/vnd.google.protobuf', TEXT],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily', TEXT],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text', TEXT],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=compact-text', TEXT],
    ['application/vnd.google.protobuf;proto=a.b.C;encoding=delimited', TEXT],
    // What Prometheus 2.42 and 3 send, and what they do where they take in native histograms.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      OPENMETRICS,
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      PROTOBUF,
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      OPENMETRICS,
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      PROTOBUF,
    ],
    ['text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5', TEXT],
    ['application/openmetrics-text;version=1.0.0;q=0', TEXT],
    ['application/openmetrics-text;version=1.0.0;q=x', TEXT],
    [`${','.repeat(100_000)}application/openmetrics-text;version=1.0.0`, TEXT],
  ];
  for (const [accept, contentType] of cases) {
    it(`gives ${contentType} for ${accept === undefined ? 'no header' : `"${accept.slice(0, 60)}"`}`, () => {
      assert.equal(negotiate(accept).contentType, contentType);
      assert.equal(negotiate(accept).format.name, NAMES[contentType] ?? 'openmetrics');
    });
  }
});

describe('takesGzip', () => {
  const cases: readonly [header: string, takesGzip: boolean][] = [
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', false],
    ['identity', false],
    ['gzip, identity', true],
    ['identity, gzip', false],
    ['gzip;q=0', false],
    ['gzip;q=x', false],
    ['gzip;q=0.1', true],
    ['gzip;q="0.5"', true],
    ['gzip ; q = 0.5 , identity', false],
    ['gzip;q=0.5, identity;q=0.4', true],
    ['gzip;level=9;q=0.1, identity;q=0.2', false],
    ['identity;q=0', false],
    ['identity;q=0, gzip;q=0.001', true],
    ['*', true],
    ['*;q=0', false],
    ['br, *;q=0.1, identity;q=0.1', false],
    ['*;q=0.1, br, gzip;q=0.1', true],
    ['gzip;q=0, *', false],
    ['gzip;q=0, gzip', true],
    ['gzip;q=', true],
    ['deflate, br, zstd, gzip', true],
    [', gzip', true],
  ];
  for (const [header, expected] of cases) {
    it(`is ${expected} for "${header}"`, () => {
      const request = Object.assign(Object.create(express.request) as Request, {
        headers: { 'accept-encoding': header },
      });
      assert.equal(request.acceptsEncodings(['gzip', 'identity']) === 'gzip', expected, 'as Express decides');
      // Twice: the second time, it is known.
      assert.deepEqual([takesGzip(header), takesGzip(header)], [expected, expected]);
    });
  }

  it('is false without the header, and goes on deciding when it has seen many', () => {
    assert.equal(takesGzip(undefined), false);
    for (let q = 1; q <= 100; q++) {
      assert.equal(takesGzip(`gzip;q=0.${q}`), true);
      assert.equal(takesGzip(`gzip;q=0, x${q}`), false);
      assert.equal(
        negotiate(`text/html, x/${q}, application/openmetrics-text;version=1.0.0`).format.name,
        'openmetrics',
      );
    }
  });
});
