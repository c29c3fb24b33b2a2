import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageFile } from '../../src/simulator/image.js';
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
});
