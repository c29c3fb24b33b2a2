/** A strict parser of text format 0.0.4 and of OpenMetrics 1.0 and 2.0 as far as the exporter writes them; throws where a line is neither. */
import assert from 'node:assert/strict';
import type { Format } from '../../../src/exposition/formats/format.js';
import { openmetrics } from '../../../src/exposition/formats/openmetrics.js';
import { text } from '../../../src/exposition/formats/text.js';

export interface Parsed {
  /** By the JSON of name and labels. */
  readonly samples: Map<string, bigint>;
  /** By the family's name as it stands there. */
  readonly helps: Map<string, string>;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

export function parseDocument(document: string, format: Format): Parsed {
  const samples = new Map<string, bigint>();
  const helps = new Map<string, string>();
  const types = new Map<string, string>();
  let family = '';
  const lines = document.split('\n');
  assert.equal(lines.pop(), '', 'it ends with a newline');
  if (format !== text) assert.equal(lines.pop(), '# EOF');
  for (const line of lines) {
    if (line === '') {
      assert.equal(format, text, 'OpenMetrics has no empty lines');
      continue;
    }
    if (line.startsWith('# ')) {
      const [, keyword, name, rest] = /^# (HELP|TYPE|UNIT) (\S+) ?(.*)$/s.exec(line) ?? assert.fail(line);
      if (name !== family) assert.ok(!types.has(name!) && !helps.has(name!), `${name} comes twice`);
      if (keyword === 'UNIT') assert.ok(name!.replace(/_total$/, '').endsWith(`_${rest!}`), line);
      family = name!;
      if (keyword === 'TYPE') types.set(family, rest!);
      else if (keyword === 'HELP') helps.set(family, unescape(rest!, format !== text));
      continue;
    }
    const name = NAME.exec(line)?.[0] ?? assert.fail(line);
    const type = types.get(family) ?? assert.fail(`no TYPE before ${line}`);
    const expected = type === 'counter' && format === openmetrics ? `${family}_total` : family;
    assert.equal(name, expected, 'a sample belongs to the family before it');
    const { labels, rest } = parseLabels(line.slice(name.length));
    const value = /^ (-?\d+)$/.exec(rest)?.[1] ?? assert.fail(line);
    const key = JSON.stringify([name, ...labels]);
    assert.ok(!samples.has(key), `${line} is there twice`);
    samples.set(key, BigInt(value));
  }
  return { samples, helps };
}

function parseLabels(text: string): { labels: [string, string][]; rest: string } {
  const labels: [string, string][] = [];
  if (!text.startsWith('{')) return { labels, rest: text };
  let rest = text.slice(1);
  for (;;) {
    const [whole, name, value] = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/s.exec(rest) ?? assert.fail(text);
    labels.push([name!, unescape(value!, true)]);
    rest = rest.slice(whole.length);
    if (rest.startsWith('}')) return { labels, rest: rest.slice(1) };
    assert.ok(rest.startsWith(','), text);
    rest = rest.slice(1);
  }
}

function unescape(text: string, quotes: boolean): string {
  return text.replaceAll(/\\(.)/gs, (whole, character: string) => {
    if (character === 'n') return '\n';
    if (character === '\\') return '\\';
    if (character === '"' && quotes) return '"';
    return assert.fail(`${whole} is no escape`);
  });
}
