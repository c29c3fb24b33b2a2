/** Covers: text.ts, openmetrics.ts: how the exporter's own metrics are written. Kernel series are in golden.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openmetrics } from '../../../src/exposition/formats/openmetrics.js';
import { text } from '../../../src/exposition/formats/text.js';
import type { OwnFamily } from '../../../src/exposition/ownFamilies.js';
import { OwnText, type OwnPart } from '../../../src/exposition/ownText.js';

const families: readonly OwnFamily[] = [
  { name: 'reads_total', help: 'Reads, in _total.', type: 'counter', samples: [{ labels: [], value: 3 }] },
  {
    name: 'up',
    help: 'Whether "x_total" is up,\nor not.',
    type: 'gauge',
    samples: [
      { labels: [{ name: 'symbol', value: 'x"_\\total' }], value: 1 },
      { labels: [{ name: 'symbol', value: 'y' }], value: 0.1 + 0.2 },
      { labels: [], value: NaN },
      { labels: [], value: -Infinity },
    ],
  },
];
const samples = 'up{symbol="x\\"_\\\\total"} 1\nup{symbol="y"} 0.30000000000000004\nup NaN\nup -Inf\n';

function textOf(parts: readonly OwnPart[]): string {
  return parts.map(({ text }) => text.toString()).join('');
}

describe("the exporter's own families", () => {
  it('are apart in the text format', () => {
    const expected = [
      '# HELP reads_total Reads, in _total.\n# TYPE reads_total counter\nreads_total 3\n\n',
      `# HELP up Whether "x_total" is up,\\nor not.\n# TYPE up gauge\n${samples}`,
    ];
    assert.equal(textOf(new OwnText(text).render(families)), expected.join(''));
  });

  it('are named without _total in OpenMetrics, have no empty lines between them, and an end', () => {
    const expected = [
      '# HELP reads Reads, in _total.\n# TYPE reads counter\nreads_total 3\n',
      `# HELP up Whether "x_total" is up,\\nor not.\n# TYPE up gauge\n${samples}`,
      '# EOF\n',
    ];
    assert.equal(textOf(new OwnText(openmetrics).render(families)), expected.join(''));
  });
});
