import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageFile } from '../../src/simulator/image.js';
import { KernelChanges } from '../../src/simulator/changes/kernelChanges.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { startScraper } from '../../src/service/scraper.js';
import { configOf, Simulated } from '../support/simulated.js';

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
