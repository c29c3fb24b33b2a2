/** Covers: alerts.rules.yml, recording.rules.yml, tests/: the rules are valid, tested, and use only metrics that there are. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { runbooks, runbooksFile } from '../../../deploy/prometheus/src/runbooks.js';
import { packageRoot } from '../../../src/packageRoot.js';
import { verifyMetrics } from '../../../src/truth/metrics.js';
import { readDashboards, shownPanels } from '../../support/dashboards.js';
import { RunningExporter } from '../../support/exporter.js';
import { skipUnless } from '../../support/programs.js';
import {
  prometheusFolder,
  ruleFiles,
  rulesOf,
  ruleTestFilesWithTheirRules,
  ruleTests,
  type Rule,
} from './ruleFiles.js';
import { askedBy } from './selectors.js';

/** The names of each metric's labels. */
type Metrics = Map<string, Set<string>>;

/** What Prometheus gives to every series of a target, and as a metric of its own. */
const TARGET_LABELS = ['job', 'instance'];

describe('the rules, by promtool', { skip: skipUnless('promtool') }, () => {
  it('are valid: promtool check rules', () => {
    for (const file of ruleFiles) assertRuns('check', 'rules', join(prometheusFolder, file));
  });

  it('do what their tests expect: promtool test rules', () => {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-rules-'));
    try {
      assertRuns('test', 'rules', ...ruleTestFilesWithTheirRules(dir));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('look at no other rule, so that each can be tested without the others', () => {
    const rules = rulesOf(...ruleFiles);
    const recorded = new Set(rules.map(({ record }) => record));
    for (const { alert, expr } of rulesOf('alerts.rules.yml')) {
      for (const { metric } of askedBy(expr).selectors) {
        assert.ok(!recorded.has(metric) && !metric.startsWith('ALERTS'), `${alert} looks at ${metric}`);
      }
    }
  });
});

describe('the tests of the rules', () => {
  const tests = ruleTests();

  it('have for each alert a case in which it fires, and one in which it sees its series and does not', () => {
    for (const { alert, expr } of rulesOf('alerts.rules.yml')) {
      const metrics = new Set(askedBy(expr).selectors.map(({ metric }) => metric));
      const cases = tests.flatMap(({ input_series, alert_rule_test = [] }) => {
        const seen = input_series.some(({ series }) => metrics.has(askedBy(series).selectors[0]!.metric));
        return alert_rule_test
          .filter(({ alertname }) => alertname === alert)
          .map(({ exp_alerts }) => ({ fires: exp_alerts.length > 0, seen }));
      });
      assert.ok(
        cases.some(({ fires }) => fires),
        `${alert} fires in no test`,
      );
      assert.ok(
        cases.some(({ fires, seen }) => !fires && seen),
        `${alert} is silent in no test that has its series`,
      );
    }
  });

  it('name no alert that does not exist: it would be silent for ever', () => {
    const alerts = new Set(rulesOf('alerts.rules.yml').map(({ alert }) => alert));
    for (const { name, alert_rule_test = [] } of tests) {
      for (const { alertname } of alert_rule_test) assert.ok(alerts.has(alertname), `${alertname} in "${name}"`);
    }
  });

  it('have a value for each recording rule', () => {
    const valued = new Set(
      tests
        .flatMap(({ promql_expr_test = [] }) => promql_expr_test)
        .filter(({ exp_samples }) => exp_samples.length > 0)
        .map(({ expr }) => expr),
    );
    for (const { record } of rulesOf('recording.rules.yml')) assert.ok(valued.has(record!), record);
  });
});

describe('the annotations of the alerts', () => {
  const alerts = rulesOf('alerts.rules.yml');
  const dashboards = readDashboards();

  it('say what to do, when the alert is silent although something is wrong, and where more is told', () => {
    for (const { alert = '', labels, annotations = {} } of alerts) {
      assert.deepEqual(
        Object.keys(annotations),
        ['summary', 'description', 'runbook', 'silent', 'dashboard', 'runbook_url'],
        alert,
      );
      assert.match(annotations['silent']!, /^[A-Z].+\.$/, alert);
      assert.ok(['critical', 'warning', 'info'].includes(labels?.['severity'] ?? ''), alert);
    }
  });

  it('wake nobody but for what a person must do now', () => {
    const waking = alerts.filter(({ labels }) => labels?.['severity'] === 'critical').map(({ alert }) => alert);
    assert.deepEqual(waking, [
      'FreeBSDSwapThrash',
      'FreeBSDPfRulesGone',
      'FreeBSDPfStateTableFull',
      'FreeBSDIpfwRulesGone',
      'FreeBSDMemorySevere',
    ]);
  });

  it('lead to a panel that shows what the alert looks at', () => {
    for (const { alert = '', group, expr, annotations = {} } of alerts) {
      const [, uid, id] = /^\/d\/([\w-]+)\?viewPanel=(\d+)(?:&|$)/.exec(annotations['dashboard'] ?? '') ?? [];
      const dashboard = dashboards.find((one) => one.uid === uid);
      const panel = dashboard && shownPanels(dashboard).find((one) => String(one.id) === id);
      assert.ok(panel, `${alert}: ${annotations['dashboard']}`);
      // What verify finds is no metric of the exporter, and on no dashboard.
      if (group === 'kcounter_verify') continue;
      const shown = (panel.targets ?? []).map((target) => target.expr).join(' ');
      const metrics = askedBy(expr).selectors.map(({ metric }) => metric);
      assert.ok(
        metrics.some((metric) => new RegExp(`\\b${metric}\\b`).test(shown)),
        `${alert} looks at ${metrics.join(', ')}, ${panel.title} shows ${shown}`,
      );
    }
  });

  it('lead to the section of runbooks.md, which is what `npm run runbooks` writes', () => {
    const text = readFileSync(runbooksFile, 'utf8');
    assert.equal(text, runbooks());
    assert.doesNotMatch(text.replaceAll(/```promql[^]*?```/g, ''), /\{\{/);
    const anchors = [...text.matchAll(/^## (\w+)$/gm)].map(([, title]) => `runbooks.md#${title!.toLowerCase()}`);
    assert.deepEqual(
      alerts.map(({ annotations }) => annotations?.['runbook_url']),
      anchors,
    );
  });
});

describe('the README of the rules', () => {
  it('says how many alerts there are, and has a line for each of their groups', () => {
    const readme = readFileSync(join(prometheusFolder, 'README.md'), 'utf8');
    const alerts = rulesOf('alerts.rules.yml');
    assert.ok(readme.includes(` ${alerts.length} alerts,`), `${alerts.length} alerts`);
    const groups = [...new Set(alerts.map(({ group }) => group))];
    assert.deepEqual(
      groups.filter((group) => !readme.includes(`| \`${group}\``)),
      [],
    );
  });
});

describe('the rules and the exporter', () => {
  let published: Metrics;
  before(async () => {
    published = await publishedMetrics();
  });

  it('agree on every metric and label, in alerts and in recording rules', () => {
    const rules = rulesOf(...ruleFiles);
    assert.ok(rules.length > 70, `${rules.length} rules`);
    assert.deepEqual(
      rules.flatMap((rule) => faultsOf(rule, withRecorded(published, rules))),
      [],
    );
  });

  it('agree on the series that the tests of the rules begin with', () => {
    const series = ruleTests().flatMap(({ input_series }) => input_series);
    assert.deepEqual(
      series.flatMap(({ series: expr }) => faultsOf({ expr }, published)),
      [],
    );
  });

  const wrong: readonly [what: string, rule: Rule, fault: string][] = [
    ['a metric', { expr: 'rate(freebsd_tcp_drops_total[5m]) > 1' }, 'freebsd_tcp_drops_total is not published'],
    [
      'a recorded metric',
      { expr: 'instance:freebsd_tcp_segments:rate5m > 1' },
      'instance:freebsd_tcp_segments:rate5m is not published',
    ],
    ['a label', { expr: 'kcounter_exporter_symbol_up{sym="x"} == 0' }, 'kcounter_exporter_symbol_up has no label sym'],
    [
      'a label to group by',
      { expr: 'sum without (core) (freebsd_vm_traps_per_cpu_total)' },
      'nothing has the label core',
    ],
    [
      'a label in a text',
      { expr: 'up == 0', annotations: { summary: '{{ $labels.host }} is down' } },
      'nothing has the label host',
    ],
  ];
  for (const [what, rule, fault] of wrong) {
    it(`would not agree on ${what} that is misspelt`, () => {
      assert.deepEqual(faultsOf(rule, published), [fault]);
    });
  }
});

/** Everything that an exporter with all packs publishes on each scrape, verify in its file, and Prometheus of a target. */
async function publishedMetrics(): Promise<Metrics> {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-rules-'));
  try {
    const config = join(dir, 'all.yaml');
    const packs = join(packageRoot, 'config', 'packs', '*.yaml');
    writeFileSync(config, `version: 1\nactivity: {interval: 1s, window: 4s}\npacks: ['${packs}']\n`);
    const exporter = await RunningExporter.start(
      '--simulate=amd64-14,cpus=4,iflib=2,modules=pf+ipfw+zfs+ipsec+carp',
      `--config.file=${config}`,
    );
    try {
      await exporter.metricsWith(/_per_cpu_rate\{/);
      const verified = await verifyMetrics(
        { comparisons: [], unchecked: [], neverCounted: [] },
        new Date(),
        'verify.prom',
      );
      return labelsOf(`${await exporter.metrics()}\n${verified}\nup 1\n`);
    } finally {
      await exporter.stop();
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function labelsOf(text: string): Metrics {
  const metrics: Metrics = new Map();
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line);
    if (match === null) continue;
    const [, metric, labels = ''] = match;
    const names = metrics.get(metric!) ?? new Set(TARGET_LABELS);
    for (const [, name] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) names.add(name!);
    metrics.set(metric!, names);
  }
  return metrics;
}

/** Recorded metrics keep the labels of what they are made from, but for those that are summed up. */
function withRecorded(published: Metrics, rules: readonly Rule[]): Metrics {
  const metrics = new Map(published);
  for (const { record, expr } of rules) {
    if (record === undefined) continue;
    const { selectors, grouping } = askedBy(expr);
    const kept = selectors.flatMap(({ metric }) => [...(metrics.get(metric) ?? [])]);
    metrics.set(record, new Set(kept.filter((label) => !grouping.includes(label))));
  }
  return metrics;
}

function faultsOf({ expr, annotations = {} }: Rule, metrics: Metrics): string[] {
  const { selectors, grouping } = askedBy(expr);
  const known = new Set(selectors.flatMap(({ metric }) => [...(metrics.get(metric) ?? [])]));
  const inTexts = Object.values(annotations).flatMap((text) =>
    [...text.matchAll(/\$labels\.(\w+)/g)].map(([, l]) => l!),
  );
  return [
    ...selectors.flatMap(({ metric, labels }) => {
      const has = metrics.get(metric);
      if (has === undefined) return [`${metric} is not published`];
      return labels.filter((label) => !has.has(label)).map((label) => `${metric} has no label ${label}`);
    }),
    ...[...grouping, ...inTexts].filter((label) => !known.has(label)).map((label) => `nothing has the label ${label}`),
  ];
}

function assertRuns(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}
