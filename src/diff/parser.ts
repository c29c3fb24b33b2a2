/**
 * Reads a document of the exporter back: the text format of Prometheus, version 0.0.4, or OpenMetrics 1.0 or 2.0. The first line that is not of the
 * format is an error, and so is a document that breaks off where that can be seen: half a scrape would look like counters that have gone.
 */
import type { Label } from '../config/model.js';
import { FileError, quote } from '../yaml/diagnostics.js';
import { parseDecimal } from './decimal.js';
import { keyOf, type Sample, type Scrape, type ScrapeFamily } from './scrape.js';

const BLANKS = /[ \t]*/y;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*/y;
const WORD = /[^ \t]+/y;
/** Before the time since when a counter counts, in OpenMetrics 2.0. */
const START = 'st@';
const META = /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t](.*))?$/;
const END = '# EOF';
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped', 'unknown', 'info', 'stateset', 'gaugehistogram'];
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', '\\': '\\', '"': '"' };

/** @param file for the messages. Throws FileError. */
export function parseScrape(text: string, file: string): Scrape {
  return new Parser(file).parse(text);
}

class Parser {
  private readonly families = new Map<string, ScrapeFamily>();
  private readonly samples = new Map<string, Sample>();
  /** True where a sample says since when it counts. */
  private tellsStarts = false;
  /** Their lines may stand before those of the counters. */
  private readonly created: { readonly line: number; readonly key: string; readonly sample: Sample }[] = [];
  /** From 1. */
  private line = 0;
  /** What only OpenMetrics has was met, so that an end must come. */
  private isOpenMetrics = false;
  private isOver = false;

  constructor(private readonly file: string) {}

  parse(text: string): Scrape {
    let at = 0;
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      this.line++;
      if (end < 0 && text.slice(at) !== END) {
        this.fail(text.length - at, 'the document breaks off in this line, expected it whole');
      }
      const line = text.slice(at, end < 0 ? text.length : end);
      if (this.isOver) this.fail(0, `found a line after ${quote(END)}, expected none`);
      if (line === END) this.isOver = true;
      else if (line.startsWith('#')) this.meta(line);
      else if (line.trim() !== '') this.sample(line);
      at = end < 0 ? text.length : end + 1;
    }
    if (this.samples.size === 0) this.fail(0, 'found no series, expected what print or /metrics gave');
    if (this.isOpenMetrics && !this.isOver) {
      this.fail(0, `the document breaks off after this line, expected ${quote(END)} at its end`);
    }
    for (const { line, key, sample } of this.created) {
      const counter = this.samples.get(key);
      if (counter === undefined) this.fail(0, `found ${quote(sample.name)} without its counter`, line);
      if (sample.value !== undefined) counter.created = sample.value;
    }
    return { samples: this.samples, tellsCreated: this.tellsStarts || this.created.length > 0 };
  }

  private meta(line: string): void {
    const [, what, name, text = ''] = META.exec(line) ?? [];
    // Any other comment.
    if (name === undefined) return;
    let family = this.families.get(name);
    if (family === undefined) {
      family = { name };
      this.families.set(name, family);
    }
    const isSecond = what === 'TYPE' ? family.type : what === 'UNIT' ? family.unit : family.help;
    if (isSecond !== undefined) this.fail(0, `found a second ${what ?? ''} line of ${quote(name)}, expected one`);
    if (what === 'TYPE') {
      if (!TYPES.includes(text))
        this.fail(line.length - text.length, `found the type ${quote(text)}, expected counter or gauge`);
      family.type = text;
    } else if (what === 'UNIT') {
      this.isOpenMetrics = true;
      family.unit = text;
    } else family.help = this.unescaped(text, line.length - text.length);
  }

  private sample(line: string): void {
    let at = this.match(BLANKS, line, 0)?.end ?? 0;
    const name = this.match(NAME, line, at);
    if (name === undefined) this.fail(at, 'found no name of a metric, expected one, or a comment');
    at = name.end;
    const labels: Label[] = [];
    const afterName = this.match(BLANKS, line, at)?.end ?? at;
    if (line[afterName] === '{') at = this.labels(line, afterName + 1, labels);
    else if (afterName === at) this.fail(at, 'expected a blank and a value, or labels');
    at = this.match(BLANKS, line, at)?.end ?? at;
    const word = this.match(WORD, line, at);
    if (word === undefined) this.fail(at, 'found no value, expected a number');
    const value = parseDecimal(word.text);
    if (value === undefined) this.fail(at, `found the value ${quote(word.text)}, expected a number`);
    const start = this.rest(line, word.end);
    this.keep(name.text, labels, value === 'not finite' ? undefined : value, start);
  }

  /** Returns where they end. */
  private labels(line: string, from: number, labels: Label[]): number {
    let at = this.match(BLANKS, line, from)?.end ?? from;
    while (line[at] !== '}') {
      LABEL.lastIndex = at;
      const [whole, name, text] = LABEL.exec(line) ?? [];
      if (whole === undefined || name === undefined || text === undefined) {
        this.fail(at, 'expected a label such as name="value", or }');
      }
      const end = at + whole.length;
      if (labels.some((label) => label.name === name)) {
        this.fail(at, `found the label ${quote(name)} a second time, expected it once`);
      }
      labels.push({ name, value: text.includes('\\') ? this.unescaped(text, line.indexOf('"', at) + 1) : text });
      if (line[end] !== ',' && line[end] !== '}') this.fail(end, 'expected a comma or } after a label');
      at = line[end] === ',' ? (this.match(BLANKS, line, end + 1)?.end ?? end + 1) : end;
    }
    return at + 1;
  }

  /** What follows a value: a timestamp, and in OpenMetrics an exemplar, which say nothing of what is counted; since when it counts is returned. */
  private rest(line: string, from: number): Sample['created'] {
    let at = this.match(BLANKS, line, from)?.end ?? from;
    let start: Sample['created'];
    for (let word = this.word(line, at); word !== undefined; word = this.word(line, at)) {
      const isStart = word.text.startsWith(START);
      const time = parseDecimal(isStart ? word.text.slice(START.length) : word.text);
      if (time === undefined || time === 'not finite' || start !== undefined) {
        this.fail(at, `found ${quote(word.text)} after the value, expected a timestamp or the end of the line`);
      }
      at = this.match(BLANKS, line, word.end)?.end ?? word.end;
      if (isStart) start = time;
      else if (!line.startsWith(START, at)) break;
    }
    if (at < line.length && !line.startsWith('# {', at)) this.fail(at, 'expected the end of the line');
    return start;
  }

  /** The next word of what follows a value; undefined where an exemplar is next, or nothing. */
  private word(line: string, at: number): { readonly text: string; readonly end: number } | undefined {
    return line[at] === '#' ? undefined : this.match(WORD, line, at);
  }

  private keep(name: string, labels: Label[], value: Sample['value'], start: Sample['created']): void {
    const own = this.families.get(name);
    if (own === undefined && name.endsWith('_created')) {
      const stem = name.slice(0, -'_created'.length);
      const family = this.counterNamed(stem);
      if (family !== undefined) {
        const key = keyOf(`${stem}_total`, labels);
        this.created.push({ line: this.line, key, sample: { name, labels, value, family } });
        return;
      }
    }
    const family = own ?? (name.endsWith('_total') ? this.counterNamed(name.slice(0, -'_total'.length)) : undefined);
    const key = keyOf(name, labels);
    if (this.samples.has(key)) this.fail(0, `found the series ${quote(key)} a second time, expected it once`);
    const sample: Sample = { name, labels, value, family };
    if (start !== undefined) {
      this.isOpenMetrics = true;
      this.tellsStarts = true;
      sample.created = start;
    }
    this.samples.set(key, sample);
  }

  /** The family of a counter as OpenMetrics names it. */
  private counterNamed(stem: string): ScrapeFamily | undefined {
    const family = this.families.get(stem);
    if (family?.type !== 'counter') return undefined;
    this.isOpenMetrics = true;
    return family;
  }

  /** @param at where the text is in its line */
  private unescaped(text: string, at: number): string {
    return text.replaceAll(/\\(.?)/gs, (escape: string, character: string, offset: number) => {
      const meant = ESCAPED[character];
      if (meant === undefined) this.fail(at + offset, `found ${quote(escape)}, expected \\\\, \\" or \\n`);
      return meant;
    });
  }

  private match(
    pattern: RegExp,
    line: string,
    at: number,
  ): { readonly text: string; readonly end: number } | undefined {
    pattern.lastIndex = at;
    const [text] = pattern.exec(line) ?? [];
    return text === undefined ? undefined : { text, end: at + text.length };
  }

  /** @param at from 0, in the line */
  private fail(at: number, message: string, line = this.line): never {
    throw new FileError([{ file: this.file, line: Math.max(1, line), column: at + 1, path: '', message }]);
  }
}
