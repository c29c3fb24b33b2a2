/** Covers: docs/troubleshooting.md: it has every message of the source, and no other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { allTexts, sourceMessages } from './messages.js';

/** Shorter parts, such as `: ` and ` of `, say nothing. */
const LEAST = 6;

const text = readFileSync(join(packageRoot, 'docs', 'troubleshooting.md'), 'utf8').replace(/\s+/g, ' ');
/** As a document can quote it. */
function oneLine(words: string): string {
  return words.replaceAll('`', '').replace(/\s+/g, ' ').trim();
}

/** What its items quote: what stands before the dash of each, or before what is to be done. */
const quoted = text
  .split(' - ')
  .filter((item) => item.startsWith('`'))
  .flatMap((item) => [...(item.split(/ — |\*\*Do\*\*/)[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, words]) => words!));

describe('docs/troubleshooting.md', () => {
  it('quotes every message that the source has', () => {
    const messages = sourceMessages();
    assert.ok(messages.length > 200, String(messages.length));
    const missing = messages.filter(({ parts }) => {
      const said = parts.map((part) => oneLine(part)).filter((part) => part.length >= LEAST);
      return said.length > 0 && !quoted.some((words) => said.every((part) => words.includes(part)));
    });
    assert.deepEqual(missing, []);
  });

  it('quotes none that the source does not have', () => {
    assert.ok(quoted.length > 250, String(quoted.length));
    const known = allTexts().map((words) => oneLine(words));
    const stale = quoted.filter((words) =>
      words
        .split('…')
        .map((part) => part.trim())
        .filter((part) => part.length >= LEAST)
        .some((part) => !known.some((one) => one.includes(part))),
    );
    assert.deepEqual(stale, []);
  });
});
