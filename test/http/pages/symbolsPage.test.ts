/** Covers: symbolsPage.ts, symbolStates.ts, html.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { symbolsPage } from '../../../src/http/pages/symbolsPage.js';
import type { GroupStatus } from '../../../src/snapshots/groupStatus.js';
import type { SymbolStatus } from '../../../src/snapshots/symbolStatus.js';

const up = { symbol: 'tcpstat', groups: ['tcp'], optional: false, up: true, reason: '', bases: [], since: 0 };
const down = { ...up, symbol: '<gone>', up: false, reason: 'no "such" file' };
const symbols = [up, down] as unknown as readonly SymbolStatus[];
const groups = [{ group: 'mine', state: 'silent', reason: 'all are down' }] as unknown as readonly GroupStatus[];

function page(
  origin: string,
  telemetryPath = '/of/metrics',
  addresses?: ReadonlyMap<string, readonly bigint[]>,
): string {
  return symbolsPage({ version: '1.2.3', telemetryPath, facts: { origin } }, { symbols, groups }, addresses);
}

describe('symbolsPage', () => {
  it('shows what is down first, and escapes what the kernel and the config say', () => {
    const text = page('live');
    assert.ok(text.indexOf('&lt;gone&gt;') < text.indexOf('tcpstat'));
    assert.match(text, /no &quot;such&quot; file/);
    assert.match(text, /Nothing of <code>mine<\/code> is read: <span class="is-down">all are down</);
    assert.match(text, /1 of 2 are read/);
    assert.doesNotMatch(text, /Address/);
    assert.match(page('live', '/metrics', new Map([['tcpstat', [0xfen]]])), /<code>0xfe<\/code>/);
  });

  it('has the frame of the live page: its style, landmarks, and links that hold behind a path', () => {
    const text = page('live');
    assert.match(text, /<link rel="stylesheet" href="-\/page\.css">/);
    for (const landmark of ['<header>', '<nav ', '<main ']) assert.ok(text.includes(landmark), landmark);
    assert.doesNotMatch(text, /(href|src)="\//);
    assert.match(text, /<a href="\.\/">counters<[^]*<a href="of\/metrics">/);
    assert.doesNotMatch(text, /<style|style=|<script/);
    // There is no live page where the metrics are at its place.
    assert.doesNotMatch(page('live', '/'), />counters</);
  });

  it('says within its header that the kernel is simulated, where it is', () => {
    assert.doesNotMatch(page('live'), /simulated/);
    assert.match(page('simulated'), /<header>\s*<p class="simulated"[^]*<\/header>/);
  });
});
