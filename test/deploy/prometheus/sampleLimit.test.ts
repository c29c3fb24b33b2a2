/** Covers: the sample_limit of prometheus.yml and fleet.yml, held against what the default config and that of the README give. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/packageRoot.js';
import { printed, withSession } from '../../support/opened.js';
import { prometheusFolder } from './ruleFiles.js';

/** What `cpu: spread` adds to a sum at most, once two reads have been made: max, p50, p99 and the busiest CPU. */
const SPREAD = 4;
/** Samples about the exporter's process, which only a server has. */
const OF_PROCESS = 40;

describe('the sample_limit of prometheus.yml and fleet.yml', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-limit-'));
  after(() => {
    rmSync(dir, { recursive: true });
  });
  const jobs = ['prometheus.yml', 'fleet.yml'].flatMap((name) => {
    const { scrape_configs } = parse(readFileSync(join(prometheusFolder, name), 'utf8')) as {
      scrape_configs: { job_name: string; sample_limit?: number }[];
    };
    return scrape_configs;
  });
  const limits = jobs.map(({ sample_limit }) => sample_limit ?? 0);

  const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```yaml\n(version: 1\n[^`]*?\bpacks:[^]*?)```/g)].map(([, text], index) => {
    const file = join(dir, `readme${index}.yaml`);
    writeFileSync(file, text!);
    return file;
  });
  it('has an example in the README to be held against', () => {
    assert.ok(examples.length > 0);
  });

  for (const config of [join(packageRoot, 'config', 'kcounter.yaml'), ...examples]) {
    for (const cpus of [4, 8, 64, 256]) {
      it(`holds for ${config.startsWith(dir) ? 'the README' : 'the default'} config on ${cpus} CPUs`, async (t) => {
        const document = await withSession(`amd64-14,cpus=${cpus}`, [config], printed);
        const samples = document.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
        const sums = samples.filter((line) => line.startsWith('freebsd_') && !/^\w+_per_cpu/.test(line));
        const most = samples.length + SPREAD * sums.length + OF_PROCESS;
        t.diagnostic(`${samples.length} samples of one read, at most ${most} of a server`);
        for (const limit of limits) assert.ok(most <= limit, `${most} of ${limit}`);
      });
    }
  }
});
