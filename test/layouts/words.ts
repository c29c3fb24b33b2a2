/** The words of a struct in a C header: one name for each 64 bits, in their order, as `config/layouts` lists them. */
import { evaluate } from './cExpression.js';
import { numberOf, preprocess, type Preprocessed } from './preprocess.js';

/** Types of one 64-bit word each, on the platforms that the exporter serves. */
const wordTypes = new Set([
  'uint64_t',
  'u_int64_t',
  'u_quad_t',
  'u_long',
  'unsigned long',
  'unsigned long long',
  'int64_t',
]);

/** `given` are names defined from outside. Throws a line that says which member is no word, or what is not known of it. */
export function wordsOf(header: string, struct: string, given: ReadonlyMap<string, string>): string[] {
  return wordsIn(preprocess(header, new Map([['_KERNEL', '1'], ...given])), struct);
}

function wordsIn(source: Preprocessed, struct: string): string[] {
  const body = new RegExp(`\\bstruct\\s+${struct}\\s*\\{([^{}]*)\\}`).exec(source.text)?.[1];
  if (body === undefined) throw new Error(`there is no struct ${struct} whose members are all of named types`);
  return body
    .split(';')
    .map((declaration) => declaration.replace(/\s+/g, ' ').trim())
    .filter((declaration) => declaration !== '')
    .flatMap((declaration) => declared(source, struct, declaration));
}

function declared(source: Preprocessed, struct: string, declaration: string): string[] {
  const [, type = '', names = ''] = /^((?:\w+ )+)(.+)$/.exec(declaration) ?? [];
  return names.split(',').flatMap((declarator) => {
    const [, name, size] = /^ ?(\w+) ?(?:\[(.+)\])?$/.exec(declarator) ?? [];
    if (name === undefined) throw new Error(`${struct}: "${declaration}" is not understood`);
    const array = size === undefined ? '' : `[${String(sizeOf(source, size))}]`;
    if (wordTypes.has(type.trim())) return [name + array];
    const nested = /^struct (\w+) $/.exec(type)?.[1];
    if (nested === undefined) throw new Error(`${struct}: ${name} is ${type.trim()}, which is no 64-bit word`);
    if (array !== '') throw new Error(`${struct}: ${name} is an array of structs`);
    return wordsIn(source, nested).map((word) => `${name}.${word}`);
  });
}

function sizeOf(source: Preprocessed, text: string): number {
  return evaluate(text, (name) => {
    const value = numberOf(name, source.defines);
    if (value === undefined) throw new Error(`the value of ${name} is not known: give it with -D ${name}=…`);
    return value;
  });
}

/** The sum of what the names stand for. */
export function countOf(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + Number(/\[(\d+)\]$/.exec(word)?.[1] ?? 1), 0);
}
