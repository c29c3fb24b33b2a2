/** Covers: deploy/prometheus/agent.yml in a real agent that sends to a real Prometheus. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseDocument } from 'yaml';
import { packageRoot } from '../../src/packageRoot.js';
import { RunningExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { until } from '../support/until.js';
import { PrometheusServer, type Sample } from './prometheusServer.js';

describe('agent.yml in a real agent', { skip: skipUnless('prometheus') }, () => {
  let exporter: RunningExporter;
  let store: PrometheusServer;
  let agent: PrometheusServer;

  before(async () => {
    exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2');
    store = await PrometheusServer.startOn({ config: '', flags: ['--web.enable-remote-write-receiver'] });
    agent = await PrometheusServer.startOn({ config: configFor(store.url), files: targets(), agent: true });
  });
  after(async () => {
    await agent.stop();
    await store.stop();
    await exporter.stop();
  });

  /** As it is shipped, but for what is of the place: where the store is, how often, and the targets. */
  function configFor(url: string): string {
    const config = parseDocument(readFileSync(join(packageRoot, 'deploy', 'prometheus', 'agent.yml'), 'utf8'));
    config.setIn(['global', 'scrape_interval'], '1s');
    config.setIn(['scrape_configs', 0, 'file_sd_configs', 0, 'files'], ['targets.yml']);
    config.setIn(['remote_write', 0, 'url'], `${url}/api/v1/write`);
    config.deleteIn(['remote_write', 0, 'tls_config']);
    config.deleteIn(['remote_write', 0, 'basic_auth']);
    return String(config);
  }

  function targets(): Record<string, string> {
    return { 'targets.yml': JSON.stringify([{ targets: [new URL(exporter.url).host], labels: { role: 'web' } }]) };
  }

  it("sends the kernel's series to the store, under the name of the host", async () => {
    const query = 'freebsd_vm_context_switches_total';
    let samples: Sample[] = [];
    // A queue waits 5 s for a batch to fill.
    await until(async () => (samples = await store.query(query)).length > 0, 'a sample in the store', 500);
    assert.deepEqual(
      samples.map(({ labels }) => labels),
      [{ __name__: query, instance: '127.0.0.1', job: 'kcounter-fleet', role: 'web', site: 'example' }],
    );
    assert.ok(samples[0]!.value > 2 ** 40);
    const published = (await exporter.metrics()).match(/^freebsd_/gm)!.length;
    let taken: number | undefined;
    // A batch may bring a part of them first, and a scrape that took too long none.
    const areAll = async (): Promise<boolean> => {
      taken = (await store.query('count({__name__=~"freebsd_.+"})'))[0]?.value;
      return taken === published;
    };
    await until(areAll, () => `${taken} series of ${published}`, 500);
  });
});
