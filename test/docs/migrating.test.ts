/** Covers: docs/migrating.md: the names of this exporter's that it has, and its example of relabelling, as a real Prometheus does it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { allMetrics, makeCatalog } from '../../src/catalog/catalog.js';
import { packageRoot } from '../../src/packageRoot.js';
import { write } from '../config/files.js';
import { PrometheusServer } from '../e2e/prometheusServer.js';
import { RunningExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';

const text = readFileSync(join(packageRoot, 'docs', 'migrating.md'), 'utf8');

describe('docs/migrating.md', () => {
  it('names metrics that there are, in rows of the pack that has them', async () => {
    const metrics = new Map(allMetrics(await makeCatalog()).map((metric) => [metric.name, metric]));
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    assert.ok(rows.length > 70, String(rows.length));
    for (const [name] of text.matchAll(/freebsd_\w{3,}/g)) assert.ok(metrics.has(name), name);
    for (const row of rows) {
      for (const [name] of row.matchAll(/freebsd_\w+/g)) {
        assert.ok(row.includes(`| \`${metrics.get(name)!.pack}\``), row);
      }
    }
  });

  it('tells by which sysctl a metric can be found again', async () => {
    const all = allMetrics(await makeCatalog());
    for (const [, sysctl, name] of text.matchAll(/metrics (\S+) # (\S+)/g)) {
      const found = all.filter(({ sources }) => sources.some((source) => source.sysctl === sysctl));
      assert.deepEqual(
        found.map((metric) => metric.name),
        [name],
      );
    }
  });
});

describe('the relabelling of docs/migrating.md', { skip: skipUnless('prometheus') }, () => {
  it('keeps out epairs and jails within jails, and nothing else', async () => {
    const [, example] = /```yaml\n(metric_relabel_configs:.*?)```/s.exec(text)!;
    const config = write(`version: 1\npacks: [{pack: interfaces, cpu: sum}, {pack: jails, cpu: sum}]`);
    const flags = ['--simulate=amd64-14,cpus=2,jails=3,interfaces=9', `--config.file=${config}`];
    const exporter = await RunningExporter.start(...flags);
    const targets = [new URL(exporter.url).host];
    const prometheus = await PrometheusServer.startWith({
      static_configs: [{ targets }],
      ...(parse(example!) as object),
    });
    try {
      await prometheus.untilScraped(1, 2);
      const all = await exporter.metrics();
      const there = (label: string): string[] =>
        [...new Set([...all.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, 'g'))].map(([, value]) => value!))].sort();
      const kept = (label: string): Promise<string[]> => prometheus.labelValues(label, '{__name__=~"freebsd_.+"}');
      assert.ok(there('interface').some((name) => name.startsWith('epair')));
      assert.deepEqual(
        await kept('interface'),
        there('interface').filter((name) => !name.startsWith('epair')),
      );
      assert.ok(there('jail').some((name) => name.includes('.')));
      assert.deepEqual(
        await kept('jail'),
        there('jail').filter((name) => !name.includes('.')),
      );
      assert.deepEqual(await kept('jid'), []);
      // Those of the host itself are there.
      assert.equal((await prometheus.query('freebsd_tcp_connections_accepted_total{jail=""}')).length, 1);
    } finally {
      await prometheus.stop();
      await exporter.stop();
    }
  });
});
