/** `npm run layout -- HEADER STRUCT [-D NAME=VALUE …]`: prints the words of a struct in a C header, for a file in `config/layouts`. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { countOf, wordsOf } from './words.js';

/** As wide as the linter leaves lines in the files that this is for, with their indentation. */
const WIDTH = 110;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { define: { type: 'string', short: 'D', multiple: true, default: [] } },
});
const [header, struct] = positionals;
if (header === undefined || struct === undefined || positionals.length > 2) {
  console.error('usage: npm run layout -- HEADER STRUCT [-D NAME=VALUE …]');
  process.exit(2);
}
const given = new Map(
  values.define.map((definition) => {
    const [name = '', value = '1'] = definition.split('=');
    return [name, value] as const;
  }),
);
try {
  const words = wordsOf(readFileSync(header, 'utf8'), struct, given);
  console.log(`    # ${String(countOf(words))} words\n    words: >-`);
  for (const line of linesOf(words)) console.log(`      ${line}`);
} catch (error) {
  console.error(`${header}: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function linesOf(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
