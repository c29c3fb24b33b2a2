/** Covers: feed.ts by itself, and with a publication that reads a simulated kernel. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '../../src/service/publication.js';
import { KvmError } from '../../src/kernel/errors.js';
import { LiveFeed, type LiveSource } from '../../src/live/feed.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { partOf, sumOf } from '../../src/snapshots/values.js';
import type { GroupStatus } from '../../src/snapshots/groupStatus.js';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import { originsOf, reportOf } from '../support/entries.js';
import { liveLayout, Watcher } from '../support/live.js';
import { configOf, Simulated } from '../support/simulated.js';

/** Milliseconds; a second in the exporter. */
const INTERVAL = 20;
const about = { reader: 'direct', reason: 'it agrees', interval: undefined };

function noError(error: unknown): void {
  throw error;
}

/** A kernel in which every CPU has what the number of the read is. */
class Counting {
  reads = 0;
  fault: Error | undefined;
  symbols: readonly SymbolStatus[] = [];
  groups: readonly GroupStatus[] = [];
  layout = liveLayout(3, 4);
  private words = new Uint32Array(0);

  read(): Promise<Snapshot> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    const sequence = ++this.reads;
    const { layout, symbols, groups } = this;
    const columns = layout.cpus.length + 1;
    // The next read overwrites the values, as the scraper's does.
    if (this.words.length !== 2 * layout.rows.length * columns)
      this.words = new Uint32Array(2 * layout.rows.length * columns);
    for (let value = 0; value < this.words.length / 2; value++) {
      this.words[2 * value] = value % columns === 0 ? sequence * layout.cpus.length : sequence;
    }
    const report = reportOf({ sequence, series: 3, symbols, groups });
    const states = new Uint8Array(layout.items.length);
    return Promise.resolve({ layout, words: this.words, states, origins: originsOf(layout), report });
  }
}

function makeFeed(
  kernel = new Counting(),
  interval?: number,
): { kernel: Counting; feed: LiveFeed; errors: unknown[]; snapshots: Snapshots } {
  const snapshots = new Snapshots(kernel, interval);
  const errors: unknown[] = [];
  const feed = new LiveFeed(
    () => ({ ...about, snapshots, interval }),
    (error) => errors.push(error),
    INTERVAL,
  );
  return { kernel, feed, errors, snapshots };
}

describe('LiveFeed', () => {
  it('tells the layout first, then the symbols, then one tick for each read', async () => {
    const { feed } = makeFeed();
    const page = new Watcher();
    feed.add(page);
    await page.until('tick', 3);
    feed.remove(page);
    assert.deepEqual(
      page.messages.slice(0, 5).map(({ name }) => name),
      ['layout', 'symbols', 'tick', 'tick', 'tick'],
    );
    assert.deepEqual(
      page.all('tick').map(({ sequence, sums }) => [sequence, sums]),
      [1, 2, 3].map((read) => [read, `${4 * read} ${4 * read} ${4 * read}`]),
    );
    assert.equal(page.all('layout')[0]!.interval, INTERVAL);
  });

  it('tells what was before with the first tick, and how the rows are spread when that is another', async () => {
    const kernel = new Counting();
    const asked: unknown[] = [];
    let version = 1;
    const activity = {
      get version() {
        return version;
      },
      seconds: 60,
      knows: (layout: unknown) => layout === kernel.layout,
      partRatesOf: () => Float64Array.of(1, 2, 3, 4),
      hotOn: (row: number) => (row === 2 ? [3] : []),
      past: (...wanted: unknown[]) => {
        asked.push(wanted);
        return { begin: 1, ends: [2], values: Float32Array.of(5, 6, 7) };
      },
    };
    const snapshots = new Snapshots(kernel, undefined);
    const feed = new LiveFeed(() => ({ ...about, snapshots, activity }), noError, INTERVAL);
    const page = new Watcher();
    feed.add(Object.assign(page, { past: { seconds: 600, points: 240 } }));
    await page.until('tick', 3);
    assert.deepEqual(
      page.messages.slice(0, 6).map(({ name }) => name),
      ['layout', 'symbols', 'tick', 'past', 'spread', 'tick'],
    );
    assert.deepEqual(asked, [[600_000, 240]]);
    const { id, past } = page.all('layout')[0]!;
    assert.equal(past, 7200);
    const bytes = Buffer.from(page.all('past')[0]!, 'base64');
    assert.deepEqual(feed.past(id, 600, 240), bytes);
    assert.equal(feed.past('another', 600, 240), undefined);
    version++;
    await page.until('spread', 2);
    const looker = new Watcher(id);
    feed.add(Object.assign(looker, { heat: 1, cpu: 3 }));
    await looker.until('spread', 1);
    assert.deepEqual(looker.all('spread')[0], {
      seconds: 60,
      hot: [0, 0, 0, 1],
      heat: { row: 1, rates: [1, 2, 3, 4] },
      unusual: { cpu: 3, rows: [2] },
    });
    assert.equal(looker.all('past').length, 0);
    for (const watcher of [page, looker]) feed.remove(watcher);
  });

  it('gives the parts of the rows that a page asks for, of the layout that it knows', async () => {
    const { feed } = makeFeed();
    const first = new Watcher();
    feed.add(first);
    await first.until('tick', 1);
    const { id } = first.all('layout')[0]!;
    const page = new Watcher(id, [0, 2]);
    const other = new Watcher('another', [0, 2]);
    for (const watcher of [page, other]) {
      feed.add(watcher);
      await watcher.until('tick', 2);
      feed.remove(watcher);
    }
    feed.remove(first);
    assert.equal(page.all('layout').length, 0, 'it is known');
    for (const { parts, sums } of page.all('tick')) {
      const each = String(BigInt(sums.split(' ')[0]!) / 4n);
      assert.deepEqual(parts, { 0: Array(4).fill(each).join(' '), 2: Array(4).fill(each).join(' ') });
    }
    assert.equal(other.all('layout').length, 1);
    assert.deepEqual(other.all('tick')[0]!.parts, {}, 'the numbers of its rows belong to another layout');
  });

  it('tells who comes between two reads of the last one at once, and reads once for all', async () => {
    const { kernel, feed } = makeFeed();
    const pages = [new Watcher(), new Watcher(), new Watcher()];
    feed.add(pages[0]!);
    await pages[0]!.until('tick', 1);
    for (const page of pages.slice(1)) {
      feed.add(page);
      assert.deepEqual(
        page.all('tick').map(({ sequence }) => sequence),
        [1],
      );
    }
    await Promise.all(pages.map((page) => page.until('tick', 4)));
    for (const page of pages) feed.remove(page);
    assert.equal(kernel.reads, 4);
  });

  it('tells nothing to a page that is busy, and then of the newest read only', async () => {
    const { feed } = makeFeed();
    const [busy, other] = [new Watcher(), new Watcher()];
    feed.add(busy);
    feed.add(other);
    await busy.until('tick', 1);
    busy.isBusy = true;
    await other.until('tick', 5);
    assert.equal(busy.all('tick').length, 1);
    busy.isBusy = false;
    await busy.until('tick', 2);
    feed.remove(busy);
    feed.remove(other);
    assert.ok(busy.all('tick')[1]!.sequence >= 5);
  });

  it('tells of a new layout, and of symbols when they change', async () => {
    const { kernel, feed } = makeFeed();
    const page = new Watcher();
    feed.add(page);
    await page.until('tick', 2);
    assert.deepEqual(page.all('symbols'), [{ up: 0, all: 0, down: [], silent: [] }]);
    const down = {
      symbol: 'x',
      groups: ['g'],
      optional: false,
      cause: 'missing' as const,
      reason: 'gone',
      since: 5,
    };
    kernel.symbols = [
      { ...down, bases: [], up: false },
      { ...down, bases: [], symbol: 'y', up: true, cause: undefined, reason: '' },
    ];
    kernel.groups = [
      { group: 'g', series: 0, state: 'silent', reason: 'x: gone', isGood: false },
      { group: 'h', series: 3, state: 'read', reason: '', isGood: true },
      { group: 'i', series: 0, state: 'absent', reason: 'not here', isGood: true },
    ];
    kernel.layout = liveLayout(1, 2);
    await page.until('layout', 2);
    await page.until('tick', 5);
    feed.remove(page);
    assert.deepEqual(page.all('symbols')[1], {
      up: 1,
      all: 2,
      down: [down],
      silent: [
        { group: 'g', absent: false, reason: 'x: gone' },
        { group: 'i', absent: true, reason: 'not here' },
      ],
    });
    assert.equal(page.all('symbols').length, 2);
    assert.deepEqual(page.all('layout')[1]!.cpus, [0, 1]);
    const order = page.messages.map(({ name }) => name);
    assert.equal(order[order.lastIndexOf('layout') + 1], 'symbols', 'before the first tick of the new layout');
    assert.equal(page.all('tick').at(-1)!.sums.split(' ').length, 1);
  });

  it('says why a read failed, to the log, too, and goes on', async () => {
    const { kernel, feed, errors } = makeFeed();
    const page = new Watcher();
    feed.add(page);
    await page.until('tick', 1);
    kernel.fault = new KvmError('kvm_read', 'Bad address 0xffffffff81c00000');
    await page.until('trouble', 2);
    kernel.fault = new TypeError('secret detail');
    await page.until('trouble', 4);
    kernel.fault = undefined;
    await page.until('tick', 2);
    feed.remove(page);
    const reasons = page.all('trouble').map(({ reason }) => reason);
    assert.equal(reasons[0], 'the kernel cannot be read: kvm_read: Bad address 0x…');
    assert.equal(reasons.at(-1), 'internal error; the log says more');
    assert.equal(errors.length, reasons.length);
  });

  it('takes the snapshots of a loop as they come, and reads nothing itself', async () => {
    const { kernel, feed, snapshots } = makeFeed(new Counting(), 5 * INTERVAL);
    const page = new Watcher();
    feed.add(page);
    await page.until('tick', 3);
    const { reads } = kernel;
    feed.remove(page);
    snapshots.stop();
    const sequences = page.all('tick').map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
      'each once, in order',
    );
    // Only the loop's, which may be one further.
    assert.ok(reads <= sequences.at(-1)! + 1, `${reads} reads`);
    assert.equal(page.all('layout')[0]!.interval, 5 * INTERVAL);
  });
});

describe('LiveFeed on a kernel', () => {
  const config =
    'counters: [{symbol: dothits, metric: hits_total, help: H., type: counter}, {symbol: tcps_states, metric: states, help: H.}]';
  let simulated: Simulated;
  let source: LiveSource;

  before(async () => {
    simulated = await Simulated.open('amd64-14,cpus=3,absent=1', config);
    const { kernel, scraper } = simulated;
    const { snapshots } = publish({ config: configOf(config), kernel, scraper });
    source = { ...about, snapshots };
  });
  after(() => simulated.close());

  it('reads nothing before a page looks, and nothing after the last has gone', async () => {
    const { traffic } = simulated.kernel.memory;
    const before = { ...traffic };
    const feed = new LiveFeed(() => source, noError, INTERVAL);
    await sleep(5 * INTERVAL);
    assert.deepEqual({ ...traffic }, before);
    const page = new Watcher();
    feed.add(page);
    await page.until('tick', 3);
    feed.remove(page);
    const last = { ...traffic };
    assert.ok(last.reads > before.reads);
    await sleep(10 * INTERVAL);
    assert.deepEqual({ ...traffic }, last);
    // It begins anew for the next.
    const next = new Watcher();
    feed.add(next);
    await next.until('tick', 2);
    feed.remove(next);
    assert.ok(traffic.reads > last.reads);
  });

  it('tells what a scrape tells, and the ids of the CPUs that exist', async () => {
    const feed = new LiveFeed(() => source, noError, INTERVAL);
    const first = new Watcher();
    feed.add(first);
    await first.until('tick', 1);
    const { id, cpus } = first.all('layout')[0]!;
    assert.deepEqual(cpus, [0, 2, 3]);
    const page = new Watcher(id, [0, 1]);
    feed.add(page);
    await page.until('tick', 1);
    feed.remove(page);
    feed.remove(first);
    const sums = page.all('tick')[0]!.sums.split(' ');
    await source.snapshots.use((snapshot) => {
      const { rows } = snapshot.layout;
      assert.deepEqual(
        sums,
        rows.map((_, row) => String(sumOf(snapshot, row))),
      );
      assert.deepEqual(
        page.all('tick')[0]!.parts['0']!.split(' '),
        [0, 1, 2].map((cpu) => String(partOf(snapshot, 0, cpu))),
      );
    });
  });
});
