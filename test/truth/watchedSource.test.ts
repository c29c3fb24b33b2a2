import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startScraper } from '../../src/service/scraper.js';
import { SerialQueue } from '../../src/snapshots/serialQueue.js';
import { TruthWatch } from '../../src/truth/watch.js';
import { WatchedSource } from '../../src/truth/watchedSource.js';
import { configOf, Simulated } from '../support/simulated.js';
import { until } from '../support/until.js';

const YAML = 'counters: [{symbol: dothits}, {symbol: nummiss}]';
const unlimited = { allows: () => true, charge: () => undefined, pass: () => undefined };

async function withSource(
  act: (source: WatchedSource, watch: TruthWatch, queue: SerialQueue, errors: unknown[]) => Promise<void>,
): Promise<void> {
  const simulated = await Simulated.open('amd64-14,cpus=2', YAML);
  try {
    const watch = new TruthWatch(simulated.kernel, () => undefined, unlimited);
    const scraper = startScraper(simulated.kernel, configOf(YAML), { judge: watch });
    const queue = new SerialQueue();
    const errors: unknown[] = [];
    const source = new WatchedSource(scraper, watch, 1, queue, (error) => errors.push(error));
    await act(source, watch, queue, errors);
    source.stop();
  } finally {
    await simulated.close();
  }
}

describe('WatchedSource', () => {
  it('proves some counters a little after each read, and not before who asked is answered', async () => {
    await withSource(async (source, watch, queue, errors) => {
      await queue.run(() => source.read());
      assert.equal(watch.report.checks.sysctl, 0);
      await until(() => watch.report.checks.sysctl > 0, 'a proof');
      const { sysctl } = watch.report.checks;
      const before = { ...watch.report.checks };
      await queue.run(() => source.read());
      await until(() => watch.report.checks.sysctl > sysctl, 'another proof');
      assert.ok(watch.report.checks.kvm_counter_u64_fetch > before.kvm_counter_u64_fetch);
      assert.ok(watch.report.checks.kvm_read_zpcpu > before.kvm_read_zpcpu);
      assert.equal(source.reads, 2);
      assert.deepEqual(errors, []);
    });
  });

  it('waits until nobody reads', async () => {
    await withSource(async (source, watch, queue) => {
      let finish = (): void => undefined;
      await queue.run(() => source.read());
      const other = queue.run(() => new Promise<void>((resolve) => (finish = resolve)));
      await delay(60);
      assert.equal(watch.report.checks.sysctl, 0);
      finish();
      await other;
      await until(() => watch.report.checks.sysctl > 0, 'a proof');
    });
  });

  it('proves nothing any more once it is stopped', async () => {
    await withSource(async (source, watch, queue) => {
      await queue.run(() => source.read());
      source.stop();
      await queue.run(() => source.read());
      await delay(60);
      assert.equal(watch.report.checks.sysctl, 0);
    });
  });

  it('tells of what goes wrong, and goes on with the next read', async () => {
    await withSource(async (source, watch, queue, errors) => {
      const turn = watch.turn.bind(watch);
      watch.turn = () => Promise.reject(new RangeError('a mistake'));
      await queue.run(() => source.read());
      await until(() => errors.length > 0, 'an error');
      assert.match(String(errors[0]), /a mistake/);
      watch.turn = turn;
      await queue.run(() => source.read());
      await until(() => watch.report.checks.sysctl > 0, 'a proof');
    });
  });
});
