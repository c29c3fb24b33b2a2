/** What every error about a file that people write must be: words with a place, and nothing of the program's inside. */
import assert from 'node:assert/strict';
import type { FileError } from '../../../src/yaml/diagnostics.js';

/** @param text what is in the file */
export function assertToldWell({ diagnostics, message }: FileError, text: string): void {
  assert.ok(diagnostics.length > 0, 'an error says something');
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const { line, column, message: words } of diagnostics) {
    if (line !== undefined) {
      assert.ok(line >= 1 && line <= lines + 1, `line ${line} of ${lines}`);
      assert.ok(column === undefined || column >= 1, `column ${column}`);
    }
    assert.ok(words.trim() !== '', 'an error says what is wrong');
    for (const inner of ['[object ', 'undefined', 'NaN', ' at file:']) {
      assert.ok(text.includes(inner.trim()) || !words.includes(inner), words);
    }
  }
  assert.ok(message.split('\n').length <= 200, 'bounded');
  // eslint-disable-next-line no-control-regex
  assert.ok(!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(message), `printable: ${JSON.stringify(message)}`);
}
