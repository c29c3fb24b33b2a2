/** What is wrong with a file: where it is, how it is put into words, and the error that carries all of it. */
import { distance } from 'fastest-levenshtein';
import { MAX_ERRORS_SHOWN } from './limits.js';

export interface Diagnostic {
  readonly file: string;
  /** From 1; undefined where the file as a whole is at fault. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** The key's path such as `list[2].key`; empty where there is none. */
  readonly path: string;
  /** What was found and what was expected. */
  readonly message: string;
}

/** Files that cannot be used. The message has one line for each error, up to a bound. */
export class FileError extends Error {
  override readonly name = 'FileError';

  /** @param omitted how many more errors there are that were not kept */
  constructor(
    readonly diagnostics: readonly Diagnostic[],
    readonly omitted = 0,
  ) {
    const lines = diagnostics.slice(0, MAX_ERRORS_SHOWN).map(formatDiagnostic);
    const more = diagnostics.length - lines.length + omitted;
    if (more > 0) lines.push(`… and ${more} more`);
    super(lines.join('\n'));
  }

  /** All that is wrong with several files. */
  static of(errors: readonly FileError[]): FileError {
    return new FileError(
      errors.flatMap(({ diagnostics }) => diagnostics),
      errors.reduce((sum, { omitted }) => sum + omitted, 0),
    );
  }
}

/** Keys and list indexes from the root of a file to a value. */
export type Path = readonly (string | number)[];

export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += (text === '' ? '' : '.') + shorten(step);
  }
  return text;
}

/** A path of this many characters is shown in full. */
const PATH_MAX = 1024;

function formatDiagnostic({ file, line, column, path, message }: Diagnostic): string {
  const place = line === undefined ? printable(file, PATH_MAX) : `${printable(file, PATH_MAX)}:${line}:${column ?? 1}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** A value in the words of the messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${quote(value)}`;
  if (typeof value === 'number') return `the number ${yamlNumber(value)}`;
  if (typeof value === 'boolean') return `\`${value}\``;
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

/** As YAML writes it. */
function yamlNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
}

export function quote(text: string): string {
  return `\`${shorten(text)}\``;
}

/** `a`, `b` or `c`. */
export function alternatives(words: readonly string[]): string {
  return joined(words, 'or');
}

/** The words in quotes, the conjunction between the last two, commas between the others. */
export function joined(words: readonly string[], conjunction: 'and' | 'or'): string {
  const quoted = words.map(quote);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${conjunction} ${last}`;
}

/** `, did you mean …?` where one of the words is near enough to what was written, else nothing. */
export function didYouMean(written: string, words: readonly string[]): string {
  const lower = written.toLowerCase();
  // One slip in three letters, counted without regard to case, still points to the word that was meant; two neighbours that
  // changed places are one slip.
  let nearest: string | undefined;
  let least = Math.ceil(written.length / 3) + 1;
  for (const word of words) {
    if (Math.abs(word.length - written.length) >= least) continue;
    const slips = areSwapped(lower, word) ? 1 : distance(lower, word);
    if (slips < least) {
      nearest = word;
      least = slips;
    }
  }
  return nearest === undefined ? '' : `, did you mean ${quote(nearest)}?`;
}

/** True where two letters that stand beside each other changed places, and nothing else. */
function areSwapped(written: string, word: string): boolean {
  if (written.length !== word.length) return false;
  const at = Array.from(word).findIndex((letter, index) => letter !== written[index]);
  return `${written.slice(0, at)}${written[at + 1]}${written[at]}${written.slice(at + 2)}` === word;
}

function shorten(text: string): string {
  return printable(text, 60);
}

/** Text on one line, cut where it is long. Keeps a file from steering the terminal that shows it. */
export function printable(text: string, longest = 200): string {
  const cut = text.length <= longest ? text : `${text.slice(0, longest)}…`;
  return cut.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
