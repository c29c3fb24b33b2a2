/** Covers: the configs of the exporter that Markdown files show are good ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { write } from '../config/files.js';
import { runExporter } from '../support/exporter.js';
import { documents } from './documents.js';

describe('the configs', () => {
  const shown = documents.flatMap(({ name, text }) =>
    [...text.matchAll(/```yaml\n((?:#.*\n)*version: 1\n.*?)```/gs)].map(([, config]) => ({ name, config: config! })),
  );

  it('that documents show are some', () => {
    assert.ok(shown.length >= 2, String(shown.length));
  });

  for (const { name, config } of shown) {
    it(`of ${name} are good`, () => {
      const { code, stderr } = runExporter('check', `--config.file=${write(config)}`);
      assert.deepEqual([code, stderr], [0, '']);
    });
  }
});
