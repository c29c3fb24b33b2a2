/** Covers: the alerts and recording rules of deploy/prometheus in a real Prometheus with a real Alertmanager. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { RunningExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { until } from '../support/until.js';
import { Alertmanager, ALERTMANAGER } from './alertmanager.js';
import { PrometheusServer } from './prometheusServer.js';

const rulesFolder = join(packageRoot, 'deploy', 'prometheus');

/** All packs, of whose CPUs soon something is known, and a symbol that no kernel has. */
const config = `version: 1
activity: { interval: 1s, window: 4s }
packs: ['${join(packageRoot, 'config', 'packs', '*.yaml')}']
counters:
  - { symbol: no_such_symbol, metric: nothing_total, help: Nothing., type: counter }
`;

interface RuleHealth {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

describe(
  'the rules in a real Prometheus, and its Alertmanager',
  {
    skip: skipUnless('prometheus', ALERTMANAGER, 'amtool'),
  },
  () => {
    let dir: string;
    let exporter: RunningExporter;
    let alertmanager: Alertmanager;
    let prometheus: PrometheusServer;

    before(async () => {
      dir = mkdtempSync(join(tmpdir(), 'kcounter-alerts-'));
      const file = join(dir, 'all.yaml');
      writeFileSync(file, config);
      exporter = await RunningExporter.start('--simulate=amd64-14,cpus=4', `--config.file=${file}`);
      alertmanager = await Alertmanager.start();
      const alerts = readFileSync(join(rulesFolder, 'alerts.rules.yml'), 'utf8');
      prometheus = await PrometheusServer.startOn({
        config: JSON.stringify({
          global: { scrape_interval: '1s', evaluation_interval: '1s' },
          rule_files: ['alerts.rules.yml', 'recording.rules.yml'],
          alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
          scrape_configs: [{ job_name: 'kcounter', static_configs: [{ targets: [new URL(exporter.url).host] }] }],
        }),
        files: {
          'alerts.rules.yml': alerts.replaceAll(/^( +for:) \d+m$/gm, '$1 5s'),
          'recording.rules.yml': readFileSync(join(rulesFolder, 'recording.rules.yml'), 'utf8'),
        },
      });
    });
    after(async () => {
      await prometheus.stop();
      await alertmanager.stop();
      await exporter.stop();
      rmSync(dir, { recursive: true });
    });

    it('brings a symbol that is missing to the Alertmanager, and nothing else that is wrong with the exporter', async () => {
      await until(() => alertmanager.alerts().some(isOfSymbol), 'an alert', 500);
      const alerts = alertmanager.alerts().filter(({ labels }) => labels['alertname']!.startsWith('Kcounter'));
      const instance = new URL(exporter.url).host;
      assert.deepEqual(
        alerts.map(({ labels, annotations }) => [labels, annotations['summary']]),
        [
          [
            {
              alertname: 'KcounterSymbolDown',
              instance,
              job: 'kcounter',
              optional: 'false',
              severity: 'warning',
              symbol: 'no_such_symbol',
            },
            `Kernel symbol no_such_symbol cannot be read on ${instance}`,
          ],
        ],
      );
    });

    it('finds no rule that cannot be evaluated', async () => {
      const response = await fetch(`${prometheus.url}/api/v1/rules`);
      const { data } = (await response.json()) as { data: { groups: { rules: RuleHealth[] }[] } };
      const rules = data.groups.flatMap((group) => group.rules);
      assert.ok(rules.length > 70, `${rules.length} rules`);
      assert.deepEqual(
        rules.filter(({ health }) => health !== 'ok'),
        [],
      );
    });

    it('records a number by each recording rule', async () => {
      const recorded = await prometheus.query('{__name__=~"instance(_cpu)?:.+"}');
      const names = new Set(recorded.map(({ labels }) => labels['__name__']));
      const text = readFileSync(join(rulesFolder, 'recording.rules.yml'), 'utf8');
      const all = [...text.matchAll(/record: (\S+)/g)].map(([, name]) => name!);
      assert.deepEqual(
        all.filter((name) => !names.has(name)),
        [],
      );
      assert.deepEqual(
        recorded.filter(({ value }) => !Number.isFinite(value)),
        [],
      );
    });
  },
);

function isOfSymbol({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean {
  return labels['alertname'] === 'KcounterSymbolDown';
}
