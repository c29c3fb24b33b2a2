/** Accept headers: whatever is asked for, one of the formats that are served is chosen, and a plain wish is fulfilled. */
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { text } from '../../../src/exposition/formats/text.js';
import { negotiate } from '../../../src/http/request/negotiation.js';
import { mutated } from './mutation.js';
import { check, type Target } from './target.js';

const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const WORDS = [
  ...['text/plain', 'text/*', '*/*', 'application/openmetrics-text', 'application/json', ';version=', '0.0.4', '1.0.0'],
  ...['0.0.1', ';q=', '0', '1', '0.5', '1e9', '-1', 'NaN', 'Infinity', ',', ';', '"', '=', ' ', '\t', '__proto__', 'é'],
];

export const acceptTarget: Target = {
  name: 'Accept headers',
  share: 250_000,
  async run(seed, cases) {
    const corpus = [PROMETHEUS, '*/*', 'text/plain', 'text/html,application/xhtml+xml,*/*;q=0.8'].map((t) =>
      Buffer.from(t),
    );
    const header = fc.oneof(
      mutated(corpus, WORDS).map((bytes) => bytes.toString('latin1')),
      fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => words.join('')),
      fc.string({ maxLength: 200 }),
    );
    const counts = { text: 0, openmetrics: 0 };
    await check(
      'an Accept header',
      header,
      (accept) => {
        const { format, contentType } = negotiate(accept);
        if (format === text) counts.text++;
        else counts.openmetrics++;
        assert.match(
          contentType,
          format === text
            ? /^text\/plain; version=(0\.0\.4|1\.0\.0);/
            : /^application\/openmetrics-text; version=(0\.0\.1|1\.0\.0);/,
        );
        if (!accept.toLowerCase().includes('openmetrics')) assert.equal(format, text, 'nobody asked for it');
      },
      seed,
      cases,
    );
    return { cases, counts };
  },
};
