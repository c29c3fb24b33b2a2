/** Covers: deploy/grafana/dashboards: what a real Prometheus answers to each of their queries. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { ratio, skew } from '../../deploy/grafana/src/queries.js';
import { packageRoot } from '../../src/packageRoot.js';
import { interpolate, readDashboards, shownPanels, type Values } from '../support/dashboards.js';
import { RunningExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { until } from '../support/until.js';
import { chooseValues } from './dashboardValues.js';
import { PrometheusServer, type Sample } from './prometheusServer.js';

/** On a busy machine a scrape takes long, and one that takes longer than this has no values. */
const INTERVAL = '5s';
/** Of each host, before Prometheus is asked for rates over RATE_INTERVAL. */
const SCRAPES = 9;
const RATE_INTERVAL = '20s';
/** CPUs of the two hosts. */
const CPUS = [4, 6];
/** Units of what is a part of a whole. */
const PARTS = 'percentunit';

describe('every query of the dashboards, put to a real Prometheus', { skip: skipUnless('prometheus') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-dashboards-'));
  const exporters: RunningExporter[] = [];
  let prometheus: PrometheusServer;

  before(async () => {
    const packs = readdirSync(join(packageRoot, 'config', 'packs')).map((file) => file.replace(/\.yaml$/, ''));
    const config = join(dir, 'all.yaml');
    // JSON is YAML, too.
    const activity = { interval: '1s', window: '10s' };
    writeFileSync(config, JSON.stringify({ version: 1, activity, packs }));
    for (const cpus of CPUS) {
      exporters.push(
        await RunningExporter.start(
          `--simulate=amd64-14,cpus=${cpus},iflib=2,modules=pf+ipfw+zfs+ipsec+carp`,
          '--config.file',
          config,
        ),
      );
    }
    prometheus = await PrometheusServer.startWith({
      scrape_interval: INTERVAL,
      static_configs: [{ targets: exporters.map(({ url }) => new URL(url).host) }],
    });
    await prometheus.untilScraped(CPUS.length, SCRAPES);
  });
  after(async () => {
    await prometheus.stop();
    await Promise.all(exporters.map((exporter) => exporter.stop()));
    rmSync(dir, { recursive: true });
  });

  for (const dashboard of readDashboards()) {
    describe(dashboard.name, () => {
      let values: Values;

      it('finds values for every variable', async (t) => {
        values = await chooseValues(dashboard, prometheus, RATE_INTERVAL);
        for (const [name, value] of Object.entries(values))
          t.diagnostic(`${dashboard.name}: $${name} = ${String(value)}`);
      });

      it('finds numbers for every panel', async (t) => {
        for (const { title, targets = [], fieldConfig } of shownPanels(dashboard)) {
          for (const { expr, legendFormat = 'table' } of targets) {
            const what = `${dashboard.name}, ${title}, ${legendFormat}`;
            const samples = await prometheus.some(interpolate(expr, values));
            t.diagnostic(`${what}: ${samples.length} series: ${expr}`);
            assert.ok(!samples.some(({ value }) => Number.isNaN(value)), `${what} is not a number: ${expr}`);
            if (fieldConfig?.defaults.unit !== PARTS) continue;
            for (const { value } of samples) assert.ok(value >= 0 && value <= 1, `${what} is ${value}`);
          }
        }
      });

      it('finds when hosts were booted and configs loaded, and no bad config', async () => {
        let found: number[] = [];
        const hosts = [values['instance']].flat().length;
        const areAll = async (): Promise<boolean> => {
          found = [];
          for (const { expr, useValueForTime } of dashboard.annotations.list) {
            const samples = await prometheus.query(interpolate(expr, values));
            found.push(samples.length);
            for (const { value } of useValueForTime ? samples : []) {
              assert.ok(value > 1e12 && value <= Date.now(), `${value} is no time in milliseconds: ${expr}`);
            }
          }
          return isDeepStrictEqual(found, [hosts, hosts, 0]);
        };
        await until(areAll, () => `${found.join()} of ${hosts} hosts`, 250);
      });

      it('finds the labels that legends and columns name', async () => {
        for (const { title, targets = [] } of shownPanels(dashboard)) {
          for (const { expr, legendFormat = '' } of targets) {
            const samples = await prometheus.query(interpolate(expr, values));
            const legends = samples.map(({ labels }) => legendOf(legendFormat, labels));
            if (legendFormat === '') continue;
            assert.equal(
              new Set(legends).size,
              legends.length,
              `${title} names several lines alike: ${legends.join()}`,
            );
          }
        }
      });
    });
  }

  it('shows each CPU, its share of the whole, and a skew between 1 and the number of CPUs', async () => {
    const dashboard = readDashboards().find(({ name }) => name === 'per-cpu')!;
    const chosen = await chooseValues(dashboard, prometheus, RATE_INTERVAL);
    const ask = (panel: string): Promise<Sample[]> => {
      const { targets } = shownPanels(dashboard).find(({ title }) => title === panel)!;
      return prometheus.some(interpolate(targets![0]!.expr, chosen));
    };
    const cpus = chosen['cpu']!.length;
    assert.ok(CPUS.includes(cpus));
    assert.equal((await ask('Rate on each CPU')).length, cpus);
    const shares = await ask('Share of each CPU, now');
    assert.equal(shares.length, cpus);
    const whole = shares.reduce((sum, { value }) => sum + value, 0);
    assert.ok(Math.abs(whole - 1) < 1e-9, `${whole}`);
    const uneven = [...(await ask('Skew')), ...(await ask('Counters that are spread least evenly, now'))];
    assert.ok(uneven.length > 5);
    for (const { value } of uneven) assert.ok(value >= 1 && value <= cpus + 1e-9, `${value}`);
  });

  it('links only to counters that there are', async () => {
    const linked = readDashboards().flatMap(({ text }) =>
      [...text.matchAll(/var-(?:counter|rates)=(\w+)/g)].map(([, name]) => name!),
    );
    assert.ok(linked.length > 0);
    for (const counter of new Set(linked)) {
      assert.deepEqual(await prometheus.labelValues('__name__', counter), [counter]);
    }
  });

  it('shows nothing where there is no whole to have a part of', async () => {
    assert.deepEqual(await prometheus.query(ratio('vector(0)', 'vector(0)')), []);
    assert.equal((await prometheus.query(ratio('vector(1)', 'vector(2) + vector(2)')))[0]?.value, 0.25);
    const idle = 'label_replace(vector(0), "instance", "a", "", "")';
    assert.deepEqual(await prometheus.query(skew(idle)), []);
  });
});

/** A legend as Grafana makes it of a series' labels. */
function legendOf(format: string, labels: Sample['labels']): string {
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => {
    assert.ok(labels[label] !== undefined, `no label ${label} for ${format}`);
    return labels[label];
  });
}
