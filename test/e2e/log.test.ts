/** Covers: the log of a server whose symbols go down and come back. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ImageFile } from '../../src/simulator/image.js';
import { RunningExporter } from '../support/exporter.js';
import { until } from '../support/until.js';

describe('the log of a server that reads in a loop', () => {
  let dir: string;
  const temporary = process.env['TMPDIR'];
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-log-'));
    process.env['TMPDIR'] = dir;
  });
  after(() => {
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    rmSync(dir, { recursive: true });
  });

  it('has one line for a symbol that goes down and one for its coming back, however often both happen', async () => {
    const config = join(dir, 'loop.yaml');
    writeFileSync(
      config,
      'version: 1\nscrape: {interval: 100ms}\ncounters: [{symbol: dothits, metric: hits_total, help: H., type: counter}]\n',
    );
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--config.file=${config}`);
    try {
      const folder = readdirSync(dir).find((name) => name.startsWith('kcounter-simulator-'))!;
      const image = new ImageFile(join(dir, folder, 'kernel.image'));
      const pointer = image.cell('dothits');
      // Within the minute after which it would tell again.
      const begin = performance.now();
      for (let round = 0; round < 8 && (round < 3 || performance.now() - begin < 30_000); round++) {
        for (const cell of [0n, pointer]) {
          image.setCell('dothits', 0, cell);
          const isSeen = async (): Promise<boolean> =>
            (await exporter.metrics()).includes('freebsd_hits_total ') === (cell !== 0n);
          await until(isSeen, 'the change', 50);
        }
      }
      image.close();
      assert.equal(
        exporter.log.match(/level=warn msg="symbol cannot be read.* symbol=dothits/g)?.length,
        1,
        exporter.log,
      );
      assert.equal(
        exporter.log.match(/level=info msg="symbol is read again" symbol=dothits/g)?.length,
        1,
        exporter.log,
      );
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });
});
