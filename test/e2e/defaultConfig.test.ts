/**
 * Covers: the default config in a real Prometheus: each panel of deploy/grafana and each rule of deploy/prometheus has series, or names a pack
 * that the default config does not have; and how many series it gives.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { PACK_FOLDER } from '../../src/config/packs.js';
import { packageRoot } from '../../src/packageRoot.js';
import { write } from '../config/files.js';
import { rulesOf } from '../deploy/prometheus/ruleFiles.js';
import { askedBy } from '../deploy/prometheus/selectors.js';
import { interpolate, readDashboards, shownPanels } from '../support/dashboards.js';
import { RunningExporter, runExporter } from '../support/exporter.js';
import { parseSamples } from '../support/exposition.js';
import { skipUnless } from '../support/programs.js';
import { settled } from '../support/until.js';
import { chooseValues } from './dashboardValues.js';
import { PrometheusServer } from './prometheusServer.js';

const rulesFolder = join(packageRoot, 'deploy', 'prometheus');
const files = ['alerts.rules.yml', 'recording.rules.yml'] as const;
const RATE_INTERVAL = '15s';
/** After a scrape that took longer than the interval, gauges are gone until the next. */
const PAUSE_MS = 1000;
const KNOWN = new Set(readdirSync(PACK_FOLDER).map((file) => file.replace(/\.yaml$/, '')));

/** How each pack of the default config is told of its CPUs. */
const defaults = new Map(
  (
    parse(readFileSync(join(packageRoot, 'config', 'kcounter.yaml'), 'utf8')) as {
      packs: (string | { pack: string; cpu?: string })[];
    }
  ).packs.map((entry) => (typeof entry === 'string' ? [entry, 'spread'] : [entry.pack, entry.cpu ?? 'spread'])),
);

/** Whether something that says it needs these packs, in this mode, can have no series with the default config. */
function lacks(packs: readonly string[], text: string): boolean {
  const mode = /cpu: (spread|both)/.exec(text)?.[1];
  return packs.some((pack) => !defaults.has(pack) || (mode !== undefined && defaults.get(pack) !== mode));
}

/** The comment before each group of rules, by the group's name. */
function commentsOf(file: string): Map<string, string> {
  const text = readFileSync(join(rulesFolder, file), 'utf8');
  const found = [...text.matchAll(/((?:^ {2}# .*\n)+) {2}- name: (\S+)$/gm)];
  return new Map(found.map(([, comment, name]) => [name!, comment!.replaceAll(/^ {2}# /gm, '').replaceAll('\n', ' ')]));
}

describe('the default config, in a real Prometheus', { skip: skipUnless('prometheus') }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-default-'));
  let exporter: RunningExporter;
  let prometheus: PrometheusServer;

  before(async () => {
    // Not to wait a minute for what the CPUs did in the last minute.
    const sooner = join(dir, 'sooner.yaml');
    writeFileSync(sooner, 'version: 1\nactivity: { interval: 1s, window: 5s }\n');
    const config = join(packageRoot, 'config', 'kcounter.yaml');
    exporter = await RunningExporter.start(
      '--simulate=amd64-14,cpus=4',
      `--config.file=${config}`,
      `--config.file=${sooner}`,
    );
    await exporter.metricsWith(/_per_cpu_rate\{/);
    prometheus = await PrometheusServer.startOn({
      config: JSON.stringify({
        // On a busy machine a scrape takes long, and one that takes longer than this has no values.
        global: { scrape_interval: '3s', evaluation_interval: '1s' },
        rule_files: files,
        scrape_configs: [{ job_name: 'kcounter', static_configs: [{ targets: [new URL(exporter.url).host] }] }],
      }),
      files: Object.fromEntries(files.map((name) => [name, readFileSync(join(rulesFolder, name), 'utf8')])),
    });
    await prometheus.untilScraped(1, 9);
  });
  after(async () => {
    await prometheus.stop();
    await exporter.stop();
    rmSync(dir, { recursive: true });
  });

  it('gives each panel series, or the panel names the pack that is missing', async (t) => {
    let count = { 'with data': 0, 'naming a pack': 0, 'empty, and all is well': 0 };
    const look = async (): Promise<string | undefined> => {
      count = { 'with data': 0, 'naming a pack': 0, 'empty, and all is well': 0 };
      const faults: string[] = [];
      for (const dashboard of readDashboards()) {
        const values = await chooseValues(dashboard, prometheus, RATE_INTERVAL);
        for (const { title, targets = [], fieldConfig } of shownPanels(dashboard)) {
          const found: number[] = [];
          for (const { expr } of targets) found.push((await prometheus.query(interpolate(expr, values))).length);
          const series = found.reduce((sum, one) => sum + one, 0);
          const told = fieldConfig?.defaults.noValue ?? '';
          const packs = (/\(packs: \[(.*)\]\)/.exec(told)?.[1] ?? '').split(', ').filter((pack) => pack !== '');
          const isMissing = lacks(packs, told);
          t.diagnostic(`${dashboard.name}, ${title}: ${series > 0 ? `${series} series` : told}`);
          if (series > 0) count['with data']++;
          else if (isMissing) count['naming a pack']++;
          else if (packs.length === 0 && told.endsWith(' all symbols can be read')) count['empty, and all is well']++;
          else faults.push(`${dashboard.name}, ${title}: ${told}`);
          // A line that is missing among others, too.
          if (found.includes(0) && series > 0 && !isMissing && !told.includes(', or ')) {
            faults.push(`${dashboard.name}, ${title}: ${found.join('+')} series`);
          }
        }
      }
      return faults.length === 0 ? undefined : faults.join('\n');
    };
    await settled(look, PAUSE_MS);
    t.diagnostic(
      Object.entries(count)
        .map(([what, panels]) => `${panels} panels ${what}`)
        .join(', '),
    );
  });

  it('gives each rule the series that it asks for, or its group names the pack that is missing', async (t) => {
    let sees = 0;
    let names = 0;
    const look = async (): Promise<string | undefined> => {
      const faults: string[] = [];
      [sees, names] = [0, 0];
      const published = new Set(await prometheus.labelValues('__name__', '{__name__=~".+"}'));
      for (const file of files) {
        const comments = commentsOf(file);
        for (const { group = '', alert, record, expr } of rulesOf(file)) {
          const rule = `${group}, ${alert ?? record}`;
          const answer = await prometheus.query(expr);
          const missing = askedBy(expr).selectors.filter(({ metric }) => !published.has(metric));
          const comment = comments.get(group) ?? '';
          const packs = comment.split(/\W+/).filter((word) => KNOWN.has(word));
          if (missing.length === 0) sees++;
          else if (lacks(packs, comment) || (group === 'kcounter_verify' && comment.includes('verify'))) names++;
          else faults.push(`${rule}: no ${missing.map(({ metric }) => metric).join(', no ')}`);
          t.diagnostic(
            `${rule}: ${missing.length === 0 ? `sees its series, gives ${answer.length}` : `needs ${packs.join(', ') || 'verify'}`}`,
          );
          if (record !== undefined && missing.length === 0 && answer.length === 0)
            faults.push(`${rule} records nothing`);
        }
      }
      return faults.length === 0 ? undefined : faults.join('\n');
    };
    await settled(look, PAUSE_MS);
    t.diagnostic(`${sees} rules see their series, ${names} name a pack`);
  });
});

describe('the default config, by itself', () => {
  it('prints few series, and of each CPU only what it does itself', () => {
    const { stdout } = runExporter('print', '--simulate=amd64-14,cpus=8');
    const series = [...parseSamples(stdout).keys()].filter((name) => name.startsWith('freebsd_'));
    assert.ok(series.length > 100 && series.length < 450, `${series.length} series`);
    const names = series.filter((name) => name.includes('_per_cpu')).map((name) => name.replace(/\{.*/, ''));
    assert.equal(names.length, 8 * new Set(names).size);
    assert.deepEqual(
      [...new Set(names)].sort(),
      ['context_switches', 'device_interrupts', 'software_interrupts', 'syscalls', 'traps'].map(
        (one) => `freebsd_vm_${one}_per_cpu_total`,
      ),
    );
  });

  it('serves fewer than 1,000 series at 64 CPUs, with what the CPUs do', async () => {
    const shortly = write('version: 1\nactivity: {interval: 1s, window: 4s}\npacks: [cpu]\n');
    const exporter = await RunningExporter.start(
      '--simulate=amd64-14,cpus=64',
      `--config.file=${join(packageRoot, 'config', 'kcounter.yaml')}`,
      `--config.file=${shortly}`,
    );
    try {
      const lines = (await exporter.metricsWith(/_busiest_cpu[ {]/)).split('\n');
      const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/ \S+$/, ''));
      assert.ok(series.length > 800 && series.length < 1000, `${series.length} series`);
      assert.ok(series.includes('freebsd_vm_faults_per_cpu_rate{stat="max"}'));
      assert.ok(series.includes('freebsd_cpu_time_ticks_per_cpu_rate{mode="interrupt",stat="p99"}'));
    } finally {
      await exporter.stop();
    }
  });
});
