/** What `cpu: spread` publishes of a simulated kernel: when there is something, and when there is nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openmetrics } from '../../src/exposition/formats/openmetrics.js';
import { text as textFormat } from '../../src/exposition/formats/text.js';
import { publish, type Publication } from '../../src/service/publication.js';
import { WORD_BYTES } from '../../src/kernel/address.js';
import { carpstats } from '../../src/simulator/model/netTypes.js';
import { configOf, Simulated } from '../support/simulated.js';
import { until } from '../support/until.js';

const [member] = carpstats.members;
const CPUS = 4;
const HOT = 2;
const WINDOW_MS = 4000;
/** Every item is read call by call, so that of a sum alone nobody would know the parts. */
const YAML = `
reader: libkvm
truth: off
activity: {interval: 1s, window: 4s}
counters:
  - {symbol: dothits, metric: dots_total, type: counter, help: Dots., cpu: spread}
  - {symbol: numposhits, metric: bursts_total, type: counter, help: Bursts., cpu: sum, peak: true}
  - {symbol: numcachehv, metric: held, help: Held., cpu: spread}
  - {symbol: carpstats, struct: carpstats, type: counter, metric: "carp_*_total", optional: true, cpu: spread, members: [${member!.name}]}
`;
const CARP = `freebsd_carp_${member!.name.replace(/^[^_]*_/, '')}`;

const onSamplingError = (error: unknown): void => {
  throw error;
};

describe('what is published with cpu: spread', () => {
  let simulated: Simulated;
  let publication: Publication;
  let timer: NodeJS.Timeout;
  let isCarpLoaded = true;

  /** Adds to each CPU's part of a counter. */
  function count(symbol: string): void {
    for (let cpu = 0; cpu < CPUS; cpu++) {
      const address = simulated.image.copyAddress(symbol, 0, cpu);
      const bytes = simulated.image.read(address, WORD_BYTES);
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE() + (cpu === HOT ? 100n : 10n));
      simulated.image.write(address, bytes);
    }
  }

  async function text(format = textFormat): Promise<string> {
    // So that no read of before is shared.
    await sleep(1);
    const { chunks, release } = await publication.publisher.document(format);
    const all = Buffer.concat(chunks).toString();
    release();
    return all;
  }

  /** The text once all of these are in it. */
  async function textWith(...what: readonly RegExp[]): Promise<string> {
    let all = '';
    const areThere = async (): Promise<boolean> => {
      all = await text();
      return what.every((one) => one.test(all));
    };
    await until(areThere, () => all, 100);
    return all;
  }

  const of = (metric: string): RegExp => new RegExp(`^${metric}_per_cpu_rate\\{`, 'm');

  before(async () => {
    simulated = await Simulated.open(`amd64-14,cpus=${CPUS}`, YAML);
    simulated.image.loadModule('carp');
    timer = setInterval(() => {
      count('dothits');
      if (isCarpLoaded) count('carpstats');
    }, 100);
    const { kernel, scraper } = simulated;
    publication = publish({ config: configOf(YAML), kernel, scraper, onSamplingError });
  });
  after(async () => {
    clearInterval(timer);
    publication.stop();
    await simulated.close();
  });

  it('is the sum, and of gauges the parts, until a window is full; then all of it', async () => {
    const begin = performance.now();
    const first = await text();
    assert.match(first, /^freebsd_dots_total \d+$/m);
    assert.match(first, /^freebsd_held_per_cpu\{stat="max"\} -?\d+\nfreebsd_held_per_cpu\{stat="min"\} -?\d+$/m);
    assert.doesNotMatch(first, /_per_cpu_rate|_busiest_cpu|_per_cpu_total|_peak/);
    const all = await textWith(of('freebsd_dots'), of(CARP));
    assert.ok(performance.now() - begin >= 0.9 * WINDOW_MS);
    const rates = [...all.matchAll(/^freebsd_dots_per_cpu_rate\{stat="(\w+)"\} (\S+)$/gm)];
    assert.deepEqual(
      rates.map(([, stat]) => stat),
      ['max', 'p50', 'p99'],
    );
    const [max, p50, p99] = rates.map(([, , value]) => Number(value)) as [number, number, number];
    assert.equal(p99, max);
    assert.ok(max > 5 * p50 && max < 20 * p50 && p50 > 0 && max <= 1100, `${max} and ${p50}`);
    for (const metric of ['freebsd_dots', CARP]) {
      assert.match(all, new RegExp(`^${metric}_busiest_cpu ${HOT}$`, 'm'));
    }
    assert.match(all, /^# HELP freebsd_dots_per_cpu_rate .* over the last 4 seconds, .*: Dots\.$/m);
    assert.match(await text(openmetrics), /^# TYPE freebsd_dots_busiest_cpu gauge$/m);
  });

  it('is the sum again where a counter was zeroed, and nothing where its module is unloaded, until a window has passed', async () => {
    for (let cpu = 0; cpu < CPUS; cpu++) {
      simulated.image.write(simulated.image.copyAddress('dothits', 0, cpu), Buffer.alloc(WORD_BYTES));
    }
    isCarpLoaded = false;
    simulated.image.unloadModule('carp');
    const gone = await text();
    assert.ok(!gone.includes(CARP), 'at once, as its sum');
    // The next sample sees that the other one went back.
    let zeroed = '';
    const isGone = async (): Promise<boolean> => !of('freebsd_dots').test((zeroed = await text()));
    await until(isGone, () => zeroed, 100);
    assert.doesNotMatch(zeroed, /freebsd_dots_busiest_cpu/);
    assert.match(zeroed, /^freebsd_dots_total \d+$/m);
    const begin = performance.now();
    simulated.image.loadModule('carp');
    isCarpLoaded = true;
    const back = await textWith(new RegExp(`^${CARP}_total `, 'm'));
    assert.match(back, /^freebsd_dots_total/m);
    assert.doesNotMatch(back, of(CARP));
    const all = await textWith(of('freebsd_dots'), of(CARP));
    assert.ok(performance.now() - begin >= 0.5 * WINDOW_MS, 'not before a window has passed');
    const [, max] = /^freebsd_dots_per_cpu_rate\{stat="max"\} (\S+)$/m.exec(all)!;
    assert.ok(Number(max) <= 1100, `${max}`);
  });

  it('is with peak: true the highest rate over a sample, however short the burst, until the window has passed', async () => {
    const burst = simulated.image.copyAddress('numposhits', 0, HOT);
    const peakIn = (all: string): number => Number(/^freebsd_bursts_peak_rate (\S+)$/m.exec(all)?.[1]);
    const quiet = await textWith(/^freebsd_bursts_peak_rate 0$/m);
    assert.doesNotMatch(quiet, /peak_cpu/);
    let all = '';
    const isSeen = async (): Promise<boolean> => {
      const bytes = simulated.image.read(burst, WORD_BYTES);
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE() + 5000n);
      simulated.image.write(burst, bytes);
      all = await textWith(/^freebsd_bursts_peak_rate [1-9]/m);
      // All at once: that is in one sample, which is longer than a second only where the machine has much else to do.
      return peakIn(all) > 5000;
    };
    await until(isSeen, () => `${peakIn(all)}`, 1000);
    assert.ok(peakIn(all) <= 5000 / 0.001, `${peakIn(all)}`);
    assert.match(all, new RegExp(`^freebsd_bursts_peak_cpu ${HOT}$`, 'm'));
    await textWith(/^freebsd_bursts_peak_rate 0$/m);
  });

  it('is the sum only where nobody samples', async () => {
    const { kernel, scraper } = simulated;
    const off = YAML.replace('activity: {interval: 1s, window: 4s}', 'activity: off');
    for (const [config, sampling] of [
      [configOf(YAML), {}],
      [configOf(off), { onSamplingError }],
    ] as const) {
      const { publisher, stop } = publish({ config, kernel, scraper, ...sampling });
      const { chunks, release } = await publisher.document(textFormat);
      const all = Buffer.concat(chunks).toString();
      release();
      stop();
      assert.match(all, /^freebsd_dots_total \d+$/m);
      assert.doesNotMatch(all, /per_cpu|busiest/);
    }
  });
});
