/** Covers: scrapes with a timeout or a choice of groups, and HEAD requests. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RunningExporter } from '../support/exporter.js';

const COUNTERS = 3000;
const CPUS = 64;

describe('a scrape', () => {
  let exporter: RunningExporter;
  before(async () => {
    exporter = await RunningExporter.start(`--simulate=amd64-14,cpus=${CPUS},counters=${COUNTERS}`);
  });
  after(async () => {
    assert.equal(await exporter.stop(), 0);
  });

  const seriesOf = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('freebsd_'))
      .map((line) => line.split(/[ {]/, 1)[0]!);

  it('ends before Prometheus gives up, and what it read serves the next', async (t) => {
    const start = performance.now();
    const late = await fetch(exporter.url, { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '0.501' } });
    const took = performance.now() - start;
    assert.equal(late.status, 503);
    assert.match(late.headers.get('content-type')!, /^text\/plain/);
    assert.equal(await late.text(), 'the kernel was not read within 0.001 s\n');
    t.diagnostic(`told to end within 1 ms, it did so after ${took.toFixed(0)} ms`);
    const next = await fetch(exporter.url, { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '10' } });
    assert.equal(next.status, 200);
    assert.ok(seriesOf(await next.text()).length > COUNTERS * CPUS);
  });

  it('gives the groups that it is asked for, in either format, while others ask for all', async (t) => {
    const all = seriesOf(await exporter.metrics());
    const groups = await fetch(`${exporter.url}?collect[]=none`);
    assert.equal(groups.status, 400);
    assert.equal(
      await groups.text(),
      'unknown group "none"; there are cpu, interfaces, interrupts, simulated, tcp, vm\n',
    );
    const tcp = all.filter((name) => name.startsWith('freebsd_tcp_'));
    const made = all.filter((name) => name.startsWith('freebsd_sim_'));
    assert.ok(tcp.length > 10);
    assert.equal(made.length, COUNTERS * (1 + CPUS));

    const ask = async (query: string, accept: string): Promise<{ text: string; took: number }> => {
      const start = performance.now();
      const response = await fetch(exporter.url + query, { headers: { accept } });
      assert.equal(response.status, 200);
      const text = await response.text();
      return { text, took: performance.now() - start };
    };
    const openMetrics = 'application/openmetrics-text; version=1.0.0';
    for (let round = 0; round < 3; round++) {
      const [whole, chosen, rest, open] = await Promise.all([
        ask('', 'text/plain'),
        ask('?collect[]=tcp', 'text/plain'),
        ask('?exclude[]=simulated&exclude[]=vm&exclude[]=cpu&exclude[]=interfaces&exclude[]=interrupts', 'text/plain'),
        ask('?collect[]=tcp&collect[]=simulated', openMetrics),
      ]);
      assert.deepEqual(seriesOf(whole.text), all);
      assert.deepEqual(seriesOf(chosen.text), tcp);
      assert.deepEqual(seriesOf(rest.text), tcp);
      assert.equal(seriesOf(open.text).length, tcp.length + made.length);
      assert.match(open.text, /# EOF\n$/);
      for (const { text } of [whole, chosen, rest, open]) assert.match(text, /^kcounter_exporter_build_info/m);
    }
    const filtered = await ask('?collect[]=tcp', 'text/plain');
    const full = await ask('', 'text/plain');
    t.diagnostic(
      `${tcp.length} of ${all.length} series in ${filtered.took.toFixed(0)} ms, all in ${full.took.toFixed(0)} ms`,
    );
  });

  it('is answered to HEAD with the same head and no body, compressed or not', async () => {
    for (const encoding of ['identity', 'gzip']) {
      const head = await fetch(exporter.url, { method: 'HEAD', headers: { 'Accept-Encoding': encoding } });
      assert.equal(head.status, 200);
      assert.match(head.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
      assert.equal(await head.text(), '');
      const next = await fetch(new URL('/-/ready', exporter.url), { method: 'HEAD' });
      assert.equal(next.status, 200);
    }
  });
});
