import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configPage } from '../../../src/http/pages/configPage.js';

describe('configPage', () => {
  it('shows the text as it is, with an icon of its own', () => {
    const head = { version: '1.2.3', telemetryPath: '/metrics', facts: { origin: 'live' } } as const;
    const page = configPage(head, 'prefix: freebsd_\nhelp: "<b> & so on"\n');
    assert.match(
      page,
      /<pre tabindex="0" role="region" aria-label="Config">prefix: freebsd_\nhelp: &quot;&lt;b&gt; &amp; so on&quot;\n<\/pre>/,
    );
    assert.match(page, /<link rel="icon" href="data:image/);
  });
});
