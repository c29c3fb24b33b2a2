/** Accept headers: whatever is asked for, one of the formats that are served is chosen, and a plain wish is fulfilled. */
import fc from 'fast-check';
import assert from 'node:assert/strict';
import type { Format } from '../../../src/exposition/formats/format.js';
import { openmetrics } from '../../../src/exposition/formats/openmetrics.js';
import { openmetrics2 } from '../../../src/exposition/formats/openmetrics2.js';
import { protobuf } from '../../../src/exposition/formats/protobuf.js';
import { text } from '../../../src/exposition/formats/text.js';
import { negotiate } from '../../../src/http/request/negotiation.js';
import { mutated } from './mutation.js';
import { check, type Target } from './target.js';

const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7';
const NEWEST = 'application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.8';
const CONTENT_TYPES: ReadonlyMap<Format, RegExp> = new Map([
  [text, /^text\/plain; version=(0\.0\.4|1\.0\.0);/],
  [openmetrics, /^application\/openmetrics-text; version=(0\.0\.1|1\.0\.0);/],
  [openmetrics2, /^application\/openmetrics-text; version=2\.0\.0;/],
  [protobuf, /^application\/vnd\.google\.protobuf; proto=io\.prometheus\.client\.MetricFamily; encoding=delimited$/],
]);
const WORDS = [
  ...['text/plain', 'text/*', '*/*', 'application/openmetrics-text', 'application/json', ';version=', '0.0.4', '1.0.0'],
  ...['application/vnd.google.protobuf', ';proto=', 'io.prometheus.client.MetricFamily', ';encoding=', 'delimited'],
  ...[
    '2.0.0',
    '0.0.1',
    ';q=',
    '0',
    '1',
    '0.5',
    '1e9',
    '-1',
    'NaN',
    'Infinity',
    ',',
    ';',
    '"',
    '=',
    ' ',
    '\t',
    '__proto__',
    'é',
  ],
];

export const acceptTarget: Target = {
  name: 'Accept headers',
  share: 250_000,
  async run(seed, cases) {
    const corpus = [
      PROMETHEUS,
      `${PROTOBUF},${PROMETHEUS}`,
      NEWEST,
      '*/*',
      'text/plain',
      'text/html,application/xhtml+xml,*/*;q=0.8',
    ].map((t) => Buffer.from(t));
    const header = fc.oneof(
      mutated(corpus, WORDS).map((bytes) => bytes.toString('latin1')),
      fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => words.join('')),
      fc.string({ maxLength: 200 }),
    );
    const counts = { text: 0, openmetrics: 0, openmetrics2: 0, protobuf: 0 };
    await check(
      'an Accept header',
      header,
      (accept) => {
        const { format, contentType } = negotiate(accept);
        counts[format.name as keyof typeof counts]++;
        assert.match(contentType, CONTENT_TYPES.get(format)!);
        const asked = accept.toLowerCase();
        if (!asked.includes('openmetrics')) assert.ok(format === text || format === protobuf, 'nobody asked for it');
        if (!asked.includes('protobuf')) assert.ok(format !== protobuf, 'nobody asked for it');
        if (!asked.includes('2.0.0')) assert.ok(format !== openmetrics2, 'nobody asked for it');
      },
      seed,
      cases,
    );
    return { cases, counts };
  },
};
