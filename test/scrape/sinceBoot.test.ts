import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kernelAddress } from '../../src/kernel/address.js';
import type { SymbolOrigin } from '../../src/kernel/symbols.js';
import type { ImageFile } from '../../src/simulator/image.js';
import { KernelChanges } from '../../src/simulator/changes/kernelChanges.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { CountersSeen, SinceBoot } from '../../src/scrape/sinceBoot.js';
import { startScraper } from '../../src/service/scraper.js';
import { entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../support/entries.js';
import { configOf, Simulated, withKernel } from '../support/simulated.js';

const config = `
counters:
  - {symbol: numneghits, metric: a_total, help: H., type: counter}
  - {symbol: nummiss, metric: b_total, help: H., type: counter}
  - {symbol: carpstats, optional: true, members: [{index: 0, metric: carp_in_total, help: H., type: counter}]}
`;

function zero(image: ImageFile, symbol: string): void {
  for (let cpu = 0; cpu <= image.maxId; cpu++) image.write(image.copyAddress(symbol, 0, cpu), Buffer.alloc(8));
}

describe('SinceBoot', () => {
  it('leaves out modules, and for good what was seen to go back, also after a reload', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', config);
    try {
      const { image, kernel, scraper } = simulated;
      if (image.symbol('carpstats') === undefined) image.loadModule('carp');
      assert.deepEqual([...(await scraper.read()).sinceBoot!], [1, 1, 0]);
      zero(image, 'numneghits');
      assert.deepEqual([...(await scraper.read()).sinceBoot!], [0, 1, 0]);
      assert.deepEqual([...(await scraper.read()).sinceBoot!], [0, 1, 0], 'it does not become true again');
      const next = startScraper(kernel, configOf(config), { before: scraper });
      assert.deepEqual([...(await next.read()).sinceBoot!], [0, 1, 0], 'nor by a reload');
      const last = startScraper(kernel, configOf(config), { before: next });
      assert.deepEqual([...(await last.read()).sinceBoot!], [0, 1, 0]);
      zero(image, 'nummiss');
      await scraper.read();
      assert.deepEqual([...(await last.read()).sinceBoot!], [0, 0, 0], 'the first one saw it go back');
    } finally {
      await simulated.close();
    }
  });

  it('sees what is zeroed between two configs, be there another one in between that does not read it', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', config);
    try {
      const { image, kernel, scraper: first } = simulated;
      if (image.symbol('carpstats') === undefined) image.loadModule('carp');
      await first.read();
      const second = startScraper(kernel, configOf(config), { before: first });
      zero(image, 'numneghits');
      assert.deepEqual([...(await second.read()).sinceBoot!], [0, 1, 0]);
      const other = 'counters: [{symbol: numchecks, metric: c_total, help: H., type: counter}]';
      const third = startScraper(kernel, configOf(other), { before: second });
      zero(image, 'nummiss');
      assert.deepEqual([...(await third.read()).sinceBoot!], [1]);
      const fourth = startScraper(kernel, configOf(config), { before: third });
      assert.deepEqual([...(await fourth.read()).sinceBoot!], [0, 0, 0]);
    } finally {
      await simulated.close();
    }
  });

  it('sees what is zeroed while a row becomes another one of its name', () => {
    const sinceBoot = new SinceBoot({ isJailed: false }, new CountersSeen());
    const family = familyOf('freebsd_a_total', { type: 'counter', cpu: 'sum' });
    const origin: SymbolOrigin = { name: 'a', value: 0n, inModule: false, size: 8, file: undefined };
    const instance = { labels: [], where: { cells: kernelAddress(1n << 63n) }, origin };
    const look = (sum: bigint, fieldsBefore = 0): number[] => {
      const others = Array.from({ length: fieldsBefore }, (_, nth) => fieldOf(familyOf(`freebsd_b${nth}`)));
      const layout = layoutOf([entryOf('b', others), entryOf('a', [fieldOf(family)])], [0]);
      const { words, states } = snapshotOf(layout, [...others.flatMap(() => [0n, 0n]), sum, sum]);
      return [...sinceBoot.look(layout, [[instance], [instance]], words, states)].slice(fieldsBefore);
    };
    assert.deepEqual(look(7n), [1]);
    assert.deepEqual(look(8n), [1]);
    assert.deepEqual(look(9n, 1), [1]);
    assert.deepEqual(look(5n), [0]);
    assert.deepEqual(look(10n, 1), [0]);
  });

  it('takes no vnet for as old as the kernel in a jail', async () => {
    const yaml = `counters:
  - {symbol: numneghits, metric: a_total, help: H., type: counter}
  - {symbol: ipstat, struct: ipstat, members: [ips_total]}
`;
    const told = (jailed: bigint): Promise<number[]> => {
      let found: number[] = [];
      return withKernel(
        'amd64-14,cpus=2',
        async (kernel) => {
          found = [...(await startScraper(kernel, configOf(yaml)).read()).sinceBoot!];
        },
        ({ image }) => {
          image.lie('security.jail.jailed', jailed);
        },
      ).then(() => found);
    };
    assert.deepEqual(await told(0n), [1, 1]);
    assert.deepEqual(await told(1n), [1, 0]);
  });

  it('looks at the parts that are published, too: what was zeroed may have passed its old sum', async () => {
    const both = config
      .replace('metric: a_total', 'metric: a_total, cpu: both')
      .replace('b_total', 'b_total, cpu: sum');
    const simulated = await Simulated.open('amd64-14,cpus=2', both);
    try {
      const { image, scraper } = simulated;
      await scraper.read();
      for (const symbol of ['numneghits', 'nummiss']) {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(image.counterSum(symbol) + 5n);
        image.write(image.copyAddress(symbol, 0, 0), bytes);
        image.write(image.copyAddress(symbol, 0, 1), Buffer.alloc(8));
      }
      assert.deepEqual([...(await scraper.read()).sinceBoot!].slice(0, 2), [0, 1]);
    } finally {
      await simulated.close();
    }
  });

  it('goes on looking at what stays when rows come', async () => {
    const yaml = `packs: [interfaces]\n${config.replaceAll('type: counter', 'type: counter, cpu: both')}`;
    const simulated = await Simulated.open('amd64-14,cpus=2,spare=2', yaml);
    const { image, scraper, simulator } = simulated;
    const changes = new KernelChanges(image, simulator.spec);
    try {
      const before = await scraper.read();
      const told = (snapshot: Snapshot): (readonly [string, number])[] =>
        snapshot.layout.rows.flatMap(({ entry }, row): [string, number][] => {
          const { symbol } = snapshot.layout.entries[entry]!;
          return symbol.startsWith('num') ? [[symbol, snapshot.sinceBoot![row]!]] : [];
        });
      assert.deepEqual(Object.fromEntries(told(before)), { numneghits: 1, nummiss: 1 });
      zero(image, 'numneghits');
      changes.addInterface('tap7');
      const after = await scraper.read();
      assert.notEqual(after.layout, before.layout);
      assert.deepEqual(Object.fromEntries(told(after)), { numneghits: 0, nummiss: 1 });
      changes.removeInterface('tap7');
      assert.deepEqual(Object.fromEntries(told(await scraper.read())), { numneghits: 0, nummiss: 1 });
    } finally {
      await simulated.close();
    }
  });
});
