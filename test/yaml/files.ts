/** Files held against a small schema, and what is said of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import * as z from 'zod/mini';
import { CheckedFile } from '../../src/yaml/checkedFile.js';
import { FileError } from '../../src/yaml/diagnostics.js';
import { strictMapping } from '../../src/yaml/strictMapping.js';

export const folder = mkdtempSync(join(tmpdir(), 'kcounter-yaml-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const text = z.string({ error: 'text' });
const thing = strictMapping({ key: text, count: z.optional(z.int({ error: 'a whole number' })) });
const item = z.union([text, thing], { error: 'a text or a mapping' });
const schema = strictMapping({
  version: z.literal(1, { error: 'the number 1' }),
  name: z.optional(text),
  other: z.optional(z.enum(['auto', 'direct'], { error: '`auto` or `direct`' })),
  list: z.optional(z.array(item, { error: 'a list' })),
});

type Contents = z.input<typeof schema>;

export const GOOD = 'version: 1\nlist: [{key: a, count: 3}, b]\n';

let count = 0;

export function write(contents: string | Uint8Array): string {
  count += 1;
  const file = join(folder, `${count}.yaml`);
  writeFileSync(file, contents);
  return file;
}

export function open(file: string): CheckedFile<Contents> {
  return new CheckedFile<Contents>(file, schema, { name: 'a list of things', form: 'that begins with `version: 1`' });
}

/** What is wrong with a file, in the words of the error that users see; empty where nothing is. */
export function messageOf(file: string): string {
  const { diagnostics, omitted } = open(file);
  return new FileError(diagnostics, omitted).message;
}

/** The same by lines, where the file is named a.yaml. */
export function errorsOf(contents: string | Uint8Array): string[] {
  const file = write(contents);
  return messageOf(file).replaceAll(file, 'a.yaml').split('\n');
}
