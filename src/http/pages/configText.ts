/**
 * What /config shows: the config in force as YAML, with every default filled in and nothing secret in it. Written here rather than by the
 * YAML library, which would hold the event loop, and so the scrapes, for a second where there are ten thousand counters.
 */
import { groupOf } from '../../config/groups.js';
import type { Config } from '../../config/model.js';
import type { Location } from '../../yaml/location.js';

/** Keys whose values are nobody's business, whatever part of the config they are in. */
const SECRET = /pass(word|wd|phrase)|secret|token|credential|(private|api)_?key/i;
/** Texts that YAML takes for nothing else than texts; all others are quoted. */
const PLAIN = /^([A-Za-z_/][\w./*-]*|<secret>)$/;
const RESERVED = /^(true|false|yes|no|on|off|null|y|n)$/i;

export function configText(config: Config): string {
  const { entries, ...rest } = config;
  const shown = { ...rest, entries: entries.map((entry) => ({ group: groupOf(entry), ...entry })) };
  const lines: string[] = [];
  write(lines, '', '', shown);
  return `${lines.join('\n')}\n`;
}

/**
 * Appends the lines of a mapping or of a list, which must have something in it.
 *
 * @param start what the first line begins with, in place of the indent
 */
function write(lines: string[], start: string, indent: string, collection: object): void {
  let lead = start;
  for (const [label, value] of labelled(collection)) {
    if (!isCollection(value)) lines.push(`${lead}${label} ${scalar(value)}`);
    else if (label === '-') write(lines, `${lead}- `, `${indent}  `, value);
    else {
      lines.push(lead + label);
      write(lines, `${indent}  `, `${indent}  `, value);
    }
    lead = indent;
  }
}

/** What is in a collection, each with what stands before it. */
function labelled(collection: object): [string, unknown][] {
  if (Array.isArray(collection)) return collection.map((item: unknown) => ['-', item]);
  const pairs: [string | number, unknown][] =
    collection instanceof Map ? [...(collection as Map<number, unknown>)] : Object.entries(collection);
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const name = keyText(String(key));
      if (SECRET.test(name)) return [`${name}:`, '<secret>'];
      return [`${name}:`, name === 'at' ? placeText(value as Location) : value];
    });
}

function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}

/** Keys as configs write them. */
function keyText(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isCollection(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return (value instanceof Map ? value.size : Object.keys(value).length) > 0;
}

/** Also an empty collection. What JSON takes for a text in quotes, YAML does, too. */
function scalar(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value) && !RESERVED.test(value)) return value;
  return value instanceof Map ? '{}' : JSON.stringify(value);
}
