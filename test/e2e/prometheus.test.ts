/** Covers: the exporter scraped by a real Prometheus, which is then asked about its series. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeApp } from '../../src/service/webApp.js';
import { text } from '../../src/exposition/formats/text.js';
import { publish } from '../../src/service/publication.js';
import type { HttpServer } from '../../src/http/server/server.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { skipUnless } from '../support/programs.js';
import { configOf, Simulated } from '../support/simulated.js';
import { startServer } from '../support/server.js';
import { settled } from '../support/until.js';
import { PrometheusServer } from './prometheusServer.js';

const config = `
counters:
  - symbol: vm_cnt
    type: counter
    members:
      - {offset: 0, metric: switches_total, help: Context switches.}
      - {offset: 8, metric: traps_total, help: Traps.}
      - {offset: 16, metric: syscalls_total, help: System calls.}
  - {symbol: dothits, metric: dot_hits_total, help: Lookups of dot., type: counter}
  - {symbol: numneghits, metric: negative_hits_total, help: Negative hits., type: counter}
  - symbol: tcps_states
    length: 11
    metric: tcp_states
    help: Connections by state.
  - {symbol: sim_rest, metric: rest_total, help: A counter at rest., type: counter}
`;
/** Which counter of the kernel each metric is. */
const counters: Readonly<Record<string, readonly [string, number]>> = {
  switches: ['vm_cnt', 0],
  traps: ['vm_cnt', 1],
  syscalls: ['vm_cnt', 2],
  dot_hits: ['dothits', 0],
  negative_hits: ['numneghits', 0],
};
/** Seconds between two scrapes, and that one may take: a machine that does much else at once is no fault. */
const INTERVAL = 5;
/** In which rates are computed. */
const WINDOW = '25s';
/** Scrapes that are done before Prometheus is asked. */
const SCRAPES = 5;

describe('a real Prometheus', { skip: skipUnless('prometheus', 'promtool') }, () => {
  let simulated: Simulated;
  let server: HttpServer;
  let prometheus: PrometheusServer;
  let documentText: string;

  before(async () => {
    simulated = await Simulated.open('amd64-14,cpus=6,absent=2', config, 'steady');
    const log = createLogger('error', 'logfmt');
    const { kernel, scraper } = simulated;
    const loaded = configOf(config);
    const current = publish({ kernel, scraper, config: loaded });
    const app = makeApp({ facts: kernel.facts, current }, { telemetryPath: '/metrics', timeoutOffset: 0.5 }, log);
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
    prometheus = await PrometheusServer.startWith({
      scrape_interval: `${INTERVAL}s`,
      static_configs: [{ targets: [new URL(server.url).host] }],
    });
    await prometheus.untilScraped(1, SCRAPES);
    const { chunks, release } = await current.publisher.document(text);
    documentText = Buffer.concat(chunks).toString();
    release();
  });
  after(async () => {
    await prometheus.stop();
    await server.close();
    await simulated.close();
  });

  it('takes in all its series', async () => {
    const [taken] = await prometheus.some('scrape_samples_scraped > 0');
    const published = documentText.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    assert.equal(taken?.value, published);
  });

  it('computes the rates of what the simulated kernel did, in sum and on each CPU', async () => {
    const rates = simulated.image.steadyRates();
    for (const [metric, [symbol, index]] of Object.entries(counters)) {
      const done = rates.find((rate) => rate.symbol === symbol && rate.index === index)!;
      assert.ok(done.rate > 0, symbol);
      await settled(async () => {
        const [sum] = await prometheus.some(`rate(freebsd_${metric}_total[${WINDOW}])`);
        const parts = await prometheus.some(`rate(freebsd_${metric}_per_cpu_total[${WINDOW}])`);
        assert.equal(parts.length, 6);
        const told: [what: string, value: number, expected: number][] = [
          [`rate of ${metric}`, sum!.value, done.rate],
          ...parts.map(({ labels, value }): [string, number, number] => {
            const cpu = Number(labels['cpu']);
            return [`rate of ${metric} on CPU ${cpu}`, value, done.perCpu[cpu]!];
          }),
        ];
        const wrong = told.find(([, value, expected]) => !isClose(value, expected));
        return wrong === undefined ? undefined : `${wrong[0]}: ${wrong[1]}, the kernel did ${wrong[2]}`;
      }, 250);
    }
    const [rest] = await prometheus.some(`rate(freebsd_rest_total[${WINDOW}])`);
    assert.equal(rest?.value, 0);
  });

  it('sums the parts to the sum of the same scrape', async () => {
    for (const metric of Object.keys(counters)) {
      const query = `sum without (cpu) (freebsd_${metric}_per_cpu_total) - freebsd_${metric}_total`;
      const [difference] = await prometheus.some(query);
      // Samples are doubles there: from 2^53 on each is rounded by itself.
      const [total] = await prometheus.some(`freebsd_${metric}_total`);
      const rounding = total!.value < 2 ** 53 ? 0 : total!.value * 2 ** -50;
      assert.ok(Math.abs(difference!.value) <= rounding, `${metric}: ${difference!.value}`);
    }
  });

  it('shows gauges as they are, and no CPU that does not exist', async () => {
    // A part may move from one CPU to another while the copies are read, by the exporter or here: its sum is torn then, for once.
    let torn = '';
    for (let attempt = 0; attempt < 60; attempt++) {
      if (attempt > 0) await sleep(500);
      const states = await prometheus.some('freebsd_tcp_states');
      assert.equal(states.length, 11);
      torn = states
        .map(({ labels, value }) => {
          const held = BigInt.asIntN(64, simulated.image.counterSum('tcps_states', Number(labels['index'])));
          return BigInt(value) === held ? '' : `state ${labels['index']}: ${value}, not ${held}; `;
        })
        .join('');
      if (torn === '') break;
    }
    assert.equal(torn, '');
    const [negative] = await prometheus.some('freebsd_tcp_states_per_cpu < 0');
    assert.ok(negative!.value < 0, "a gauge's part may be negative");
    const cpus = await prometheus.some('count by (cpu) (freebsd_tcp_states_per_cpu)');
    assert.deepEqual(cpus.map(({ labels }) => labels['cpu']).sort(), ['0', '1', '3', '4', '5', '6']);
  });

  it('has nothing to say against the document: promtool check metrics', () => {
    const output = execFileSync('promtool', ['check', 'metrics'], { input: documentText, encoding: 'utf8' });
    assert.equal(output, '');
  });
});

/** Scrapes and ticks of the workload do not fall together, so a window may hold a tick more or less. */
function isClose(value: number, expected: number): boolean {
  return Math.abs(value - expected) <= 0.02 * expected + 0.5;
}
