/** Each format as a real Prometheus takes it in, by targets that stand before the exporter and ask it for one format only. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RunningExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { PrometheusServer } from './prometheusServer.js';

const accepts = [
  'text/plain;version=0.0.4',
  'text/plain;version=1.0.0',
  'application/openmetrics-text;version=0.0.1',
  'application/openmetrics-text;version=1.0.0',
];

describe('formats', { skip: skipUnless('prometheus', 'promtool') }, () => {
  let exporter: RunningExporter;
  let withCreated: RunningExporter;
  let large: RunningExporter;
  let prometheus: PrometheusServer;
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-formats-'));
  const proxies: Server[] = [];
  const targets: string[] = [];

  before(async () => {
    exporter = await RunningExporter.start('--simulate=amd64-14,cpus=3,counters=20');
    for (const accept of accepts) {
      const proxy = createServer((_request, response) => {
        void fetch(exporter.url, { headers: { Accept: accept } }).then(async (answer) => {
          response.setHeader('Content-Type', answer.headers.get('content-type')!);
          response.end(await answer.text());
        });
      }).listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      proxies.push(proxy);
      targets.push(`127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    }
    const config = join(dir, 'created.yaml');
    writeFileSync(config, 'version: 1\npacks: [vm]\nopenmetrics: {created: true}\n');
    withCreated = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--config.file=${config}`);
    large = await RunningExporter.start('--simulate=amd64-14,cpus=64,counters=100');
    const others = [withCreated, large].map(({ url }) => new URL(url).host);
    prometheus = await PrometheusServer.start(...targets, ...others);
    await prometheus.untilScraped(targets.length + others.length, 5);
  });
  after(async () => {
    await prometheus.stop();
    for (const proxy of proxies) proxy.close();
    await exporter.stop();
    await withCreated.stop();
    await large.stop();
    rmSync(dir, { recursive: true });
  });

  for (const [index, accept] of accepts.entries()) {
    it(`is taken in by Prometheus: ${accept}`, async (context) => {
      const instance = `{instance="${targets[index]}"}`;
      const [up] = await prometheus.query(`min_over_time(up${instance}[4s])`);
      assert.equal(up?.value, 1);
      const answer = await fetch(exporter.url, { headers: { Accept: accept } });
      const published = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
      const [taken] = await prometheus.query(`scrape_samples_scraped${instance}`);
      assert.equal(taken?.value, published);
      const [counter] = await prometheus.query(`freebsd_vm_context_switches_total${instance}`);
      assert.ok(counter!.value > 0);
      context.diagnostic(`${answer.headers.get('content-type')}: ${taken.value} samples`);
    });
  }

  it('is taken in by Prometheus when it is so large that the exporter deflates it itself', async (context) => {
    const instance = `{instance="${new URL(large.url).host}"}`;
    const answer = await fetch(large.url, { headers: { Accept: accepts[3]! } });
    assert.equal(answer.headers.get('content-encoding'), 'gzip');
    const length = answer.headers.get('content-length');
    assert.ok(length !== null, 'zlib would not know it before it is done');
    const text = await answer.text();
    const published = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    const [up] = await prometheus.query(`min_over_time(up${instance}[4s])`);
    assert.equal(up?.value, 1);
    const [taken] = await prometheus.query(`scrape_samples_scraped${instance}`);
    assert.equal(taken?.value, published);
    for (const counter of [0, 7, 99]) {
      const parts = `sum without (cpu) (freebsd_sim_${counter}_per_cpu_total${instance})`;
      const [difference] = await prometheus.query(`${parts} - freebsd_sim_${counter}_total${instance}`);
      assert.equal(difference?.value, 0);
    }
    context.diagnostic(`${taken.value} samples in ${length} bytes, of ${text.length}`);
  });

  it('tells since when counters count where the config wants it', async () => {
    const [switches] = await prometheus.query('freebsd_vm_context_switches_created');
    assert.equal(switches?.labels['instance'], new URL(withCreated.url).host);
    // The simulated host has been up for some days.
    assert.ok(switches.value < Date.now() / 1000 - 86_400);
  });

  it('differ in their headers and their end only', async () => {
    const documents = await Promise.all(
      accepts.map(async (accept) => (await fetch(exporter.url, { headers: { Accept: accept } })).text()),
    );
    const series = documents.map((text) =>
      text
        .split('\n')
        .filter((line) => !line.startsWith('#') && line !== '')
        .map((line) => line.slice(0, line.lastIndexOf(' '))),
    );
    for (const one of series) assert.deepEqual(one, series[0]);
    assert.deepEqual(
      documents.map((text) => text.endsWith('# EOF\n')),
      [false, false, true, true],
    );
    for (const text of documents.slice(0, 2)) {
      assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' }), '');
    }
  });
});
