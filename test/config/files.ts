/** Config files for the tests, in a folder of their own that goes away with the test process. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '../../src/yaml/diagnostics.js';
import { loadConfig } from '../../src/config/load.js';
import { type Config, type Entry, isTyped, type TypedEntry } from '../../src/config/model.js';

export const folder = mkdtempSync(join(tmpdir(), 'kcounter-config-'));
// So that a test can look at a file as another user.
chmodSync(folder, 0o755);
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;

export function write(text: string | Uint8Array): string {
  count += 1;
  const file = join(folder, `${count}.yaml`);
  writeFileSync(file, text);
  return file;
}

interface ExplicitConfig extends Config {
  readonly entries: readonly Entry[];
}

/** Loads files that have explicit entries only. */
export function load(...texts: (string | Uint8Array)[]): ExplicitConfig {
  const config = loadConfig(texts.map(write));
  return { ...config, entries: config.entries.map((entry) => (isTyped(entry) ? assert.fail('a typed entry') : entry)) };
}

/** Loads files that have typed entries only. */
export function loadTyped(...texts: string[]): readonly TypedEntry[] {
  return loadConfig(texts.map(write)).entries.map((entry) =>
    isTyped(entry) ? entry : assert.fail('an explicit entry'),
  );
}

/** What loading the files prints, with the folder's name left out and the files named a.yaml, b.yaml … */
export function errorsOf(...texts: (string | Uint8Array)[]): string[] {
  const files = texts.map(write);
  let message = messageOf(files);
  for (const [index, file] of files.entries()) {
    message = message.replaceAll(file, `${String.fromCharCode(97 + index)}.yaml`);
  }
  return message.split('\n');
}

/** The message of the FileError that loading these files ends in. */
export function messageOf(files: readonly string[]): string {
  try {
    loadConfig(files);
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
  throw new Error('the config was loaded without an error');
}
