/** Covers: parser.ts, scrape.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decimalText } from '../../src/diff/decimal.js';
import { parseScrape } from '../../src/diff/parser.js';
import type { Sample } from '../../src/diff/scrape.js';
import { labelSet } from '../../src/exposition/syntax.js';
import { packageRoot } from '../../src/packageRoot.js';
import { FileError } from '../../src/yaml/diagnostics.js';
import { skipUnless } from '../support/programs.js';

function samplesOf(text: string): Sample[] {
  return [...parseScrape(text, 'a.prom').samples.values()];
}

function textOf({ value }: Sample): string | undefined {
  return value && decimalText(value);
}

/** Of OpenMetrics, all that is not the exporter's but may stand there. */
const OPENMETRICS = `# HELP x_bytes Has \\"quotes\\", a \\\\ and a \\n line.
# TYPE x_bytes counter
# UNIT x_bytes bytes
x_bytes_total{if="em0"} 18446744073709551615 1700000000.5 # {trace_id="a b"} 1 1700000000.25
x_bytes_created{if="em0"} 1700000000.204
x_bytes_total{if="em1"} 3
# TYPE y gauge
y 0.1
# EOF
`;

describe('parseScrape', () => {
  it('keeps every digit of a counter', () => {
    const [sample] = samplesOf('# TYPE x_total counter\nx_total 18446744073709551615\n');
    assert.equal(textOf(sample!), '18446744073709551615');
    assert.equal(sample!.family?.type, 'counter');
  });

  it('takes labels and help as they were before they were escaped', () => {
    const [sample] = samplesOf('# HELP x A \\\\ and \\n.\nx { a = "q\\"\\\\\\n{},=" , b="" , } 1 1700000000000\n');
    assert.deepEqual(sample!.labels, [
      { name: 'a', value: 'q"\\\n{},=' },
      { name: 'b', value: '' },
    ]);
    assert.equal(sample!.family?.help, 'A \\ and \n.');
  });

  it('knows a series by its labels in whichever order', () => {
    const [one] = parseScrape('x{a="1",b="2"} 1\n', 'a').samples.keys();
    const [other] = parseScrape('x{b="2",a="1"} 1\n', 'a').samples.keys();
    assert.equal(one, other);
  });

  it('reads OpenMetrics: families without _total, units, since when counters count; it leaves out timestamps and exemplars', () => {
    const { samples, tellsCreated } = parseScrape(OPENMETRICS, 'a');
    assert.ok(tellsCreated);
    const [first, second, gauge] = [...samples.values()] as [Sample, Sample, Sample];
    assert.deepEqual(
      [first.name, first.family?.unit, first.family?.help, textOf(first), decimalText(first.created!)],
      ['x_bytes_total', 'bytes', 'Has "quotes", a \\ and a \n line.', '18446744073709551615', '1700000000.204'],
    );
    assert.equal(second.created, undefined);
    assert.deepEqual([gauge.name, textOf(gauge)], ['y', '0.1']);
    assert.equal(samples.size, 3);
  });

  it('reads since when a counter counts out of its sample, and where it is not told, nothing', () => {
    const text =
      '# TYPE x_total counter\nx_total{a="1"} 5 st@1700000000.204\nx_total{a="2"} 6 17 st@18 # {} 1 2\nx_total 7\n';
    const { samples, tellsCreated } = parseScrape(`${text}# EOF\n`, 'a.prom');
    assert.ok(tellsCreated);
    assert.deepEqual(
      [...samples.values()].map((one) => [textOf(one), one.created === undefined ? '' : decimalText(one.created)]),
      [
        ['5', '1700000000.204'],
        ['6', '18'],
        ['7', ''],
      ],
    );
  });

  it('takes what promtool takes', { skip: skipUnless('promtool') }, () => {
    const input = `# A comment.
# HELP y_total Y \\\\ and \\n.
# TYPE y_total counter
y_total{a="\\"\\\\\\n{},="} 5 1700000000000
y_total { a = "b" , } 1e3
y_total{a="NaN"}\t+Inf
`;
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.deepEqual(samplesOf(input).map(textOf), ['5', '1000', undefined]);
  });

  it('reads what the exporter writes, in each format, with the same values', () => {
    const files = ['text.txt', 'openmetrics.txt', 'openmetrics-created.txt', 'openmetrics2.txt'];
    const values = files.map((name) => {
      const text = readFileSync(join(packageRoot, 'test/fixtures/golden', name), 'utf8');
      return samplesOf(text).map((sample) => `${sample.name}${labelSet(sample.labels)} ${textOf(sample)}`);
    });
    assert.ok(values[0]!.length > 3);
    for (const other of values.slice(1)) assert.deepEqual(other, values[0]);
  });

  const bad: readonly (readonly [text: string, message: RegExp])[] = [
    ['x 1\ny{a="1" 2\n', /^a\.prom:2:9: expected a comma or }/],
    ['x{a="1",a="2"} 2\n', /^a\.prom:1:9: found the label `a` a second time/],
    ['x{a="\\t"} 2\n', /^a\.prom:1:6: found `\\t`/],
    ['x{a=1} 2\n', /^a\.prom:1:3: expected a label/],
    ['x{"x"} 2\n', /^a\.prom:1:3: expected a label/],
    ['x twelve\n', /^a\.prom:1:3: found the value `twelve`/],
    ['x 1 noon\n', /^a\.prom:1:5: found `noon` after the value/],
    ['x 1 2 3\n', /^a\.prom:1:7: expected the end/],
    ['x 1 2 st@3 4\n', /^a\.prom:1:12: found `4` after the value/],
    ['x 1 st@3 st@4\n', /^a\.prom:1:10: found `st@4` after the value/],
    ['x 1 st@noon\n', /^a\.prom:1:5: found `st@noon` after the value/],
    ['x 1 st@3\n', /^a\.prom:1:1: the document breaks off after this line/],
    ['x\n', /^a\.prom:1:2: expected a blank/],
    ['x \n', /^a\.prom:1:3: found no value/],
    ['1x 1\n', /^a\.prom:1:1: found no name/],
    ['x 1\nx 1\n', /^a\.prom:2:1: found the series `x` a second time/],
    ['# TYPE x counter\n# TYPE x gauge\nx 1\n', /^a\.prom:2:1: found a second TYPE line/],
    ['# TYPE x meter\nx 1\n', /^a\.prom:1:10: found the type `meter`/],
    ['x 1\ny 2', /^a\.prom:2:4: the document breaks off in this line/],
    ['', /^a\.prom:1:1: found no series/],
    ['<html>\n', /^a\.prom:1:1: found no name/],
    ['x 1\n# EOF\ny 1\n', /^a\.prom:3:1: found a line after `# EOF`/],
    ['# TYPE x counter\nx_created 1\ny 1\n# EOF\n', /^a\.prom:2:1: found `x_created` without its counter/],
  ];
  for (const [text, message] of bad) {
    it(`says where ${JSON.stringify(text)} is bad`, () => {
      assert.throws(
        () => parseScrape(text, 'a.prom'),
        (error) => error instanceof FileError && error.diagnostics.length === 1 && message.test(error.message),
      );
    });
  }

  it('sees wherever OpenMetrics breaks off once a counter has begun', () => {
    const from = OPENMETRICS.indexOf('x_bytes_total');
    for (let end = from + 'x_bytes_total'.length; end < OPENMETRICS.length - 1; end++)
      assert.throws(() => parseScrape(OPENMETRICS.slice(0, end), 'a'), FileError, String(end));
  });

  it('reads any labels back', () => {
    const labels = fc.uniqueArray(
      fc.record({ name: fc.stringMatching(/^[a-z]\w*$/), value: fc.string() }, { noNullPrototype: true }),
      {
        selector: ({ name }) => name,
      },
    );
    fc.assert(
      fc.property(labels, (all) => {
        assert.deepEqual(samplesOf(`x${labelSet(all)} 1\n`)[0]!.labels, all);
      }),
    );
  });

  it('throws nothing but what is written for the user, whatever a file holds', () => {
    const piece = fc.constantFrom('x', '{', '}', '"', '\\', ' ', '\n', '=', ',', '# ', 'TYPE', '1', '_total', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          parseScrape(pieces.join(''), 'a');
        } catch (error) {
          assert.ok(error instanceof FileError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
