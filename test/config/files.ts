/** Config files for the tests, in a folder of their own that goes away with the test process. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/model.js';

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

export function load(...texts: (string | Uint8Array)[]): Config {
  return loadConfig(texts.map(write));
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

/** The message of the ConfigError that loading these files ends in. */
export function messageOf(files: readonly string[]): string {
  try {
    loadConfig(files);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the config was loaded without an error');
}
