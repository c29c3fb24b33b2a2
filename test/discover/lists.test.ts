/** Covers: lists.ts, observe.ts: which lists are proposed, by what can be read of their elements now. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PackEntry } from '../../src/config/packConfigs.js';
import { discover, type DiscoveredFile } from '../../src/discover/discover.js';
import { entryText } from '../../src/discover/listEntry.js';
import { openLayouts, startScraper } from '../../src/service/scraper.js';
import { offsetOf } from '../../src/simulator/model/ctypes.js';
import { ifnet, ifnetHead } from '../../src/simulator/model/interfaceTypes.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { packConfigs } from '../support/shippedPacks.js';
import { withKernel } from '../support/simulated.js';

const SPEC = 'amd64-14,cpus=2,interfaces=9';

/** What is found of the kernel's interfaces once `prepare` has changed its memory. */
async function found(
  packs: readonly PackEntry[],
  prepare: (simulator: Simulator, head: bigint) => void = () => undefined,
  beforeRead: (simulator: Simulator, head: bigint, read: number) => void = () => undefined,
): Promise<DiscoveredFile> {
  let file: DiscoveredFile | undefined;
  await withKernel(SPEC, async (kernel, simulator) => {
    const head = kernel.symbols.resolve('ifnet')!.address;
    prepare(simulator, head);
    [file] = await discover(kernel, {
      symbols: 'ifnet',
      module: undefined,
      kernelPath: undefined,
      layouts: openLayouts(kernel),
      packs,
      pause: 0,
      open: (config) => {
        const scraper = startScraper(kernel, config);
        let reads = 0;
        return {
          read: () => {
            beforeRead(simulator, head, ++reads);
            return scraper.read();
          },
          get tallies() {
            return scraper.tallies;
          },
        };
      },
    });
  });
  return file!;
}

function word(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

const first = (head: bigint): bigint => head + BigInt(offsetOf(ifnetHead(14), 'cstqh_first'));

describe('lists', () => {
  it('are proposed where their elements hold counters, with what a pack knows of them', async () => {
    const { lists, entries, listRemarks } = await found(packConfigs.entriesOf('list'));
    assert.deepEqual(entries, []);
    assert.deepEqual(listRemarks, []);
    const [list, ...others] = lists;
    assert.deepEqual(others, []);
    const { proposal, type, elements, readable, problem, doubtful } = list!;
    assert.deepEqual(
      { packs: proposal.packs, members: proposal.members, type, elements, readable, problem, doubtful },
      {
        packs: ['interfaces'],
        members: ['if_counters'],
        type: 'counter',
        elements: 9,
        readable: 9 * 12,
        problem: '',
        doubtful: 0,
      },
    );
    assert.ok(proposal.rules.instead !== undefined, 'or the counters of some drivers would be 0');
  });

  it('are proposed by their types alone where no pack has them', async () => {
    const { lists } = await found([]);
    const { proposal, elements, readable } = lists[0]!;
    assert.deepEqual({ elements, readable }, { elements: 9, readable: 9 * 12 });
    assert.equal(
      entryText(proposal, { type: 'counter' }, false),
      '- {symbol: ifnet, link: if_link, keys: {name: if_xname}, duplicates: element, type: counter, members: [if_counters]}',
    );
  });

  it('are not to be published where they have no elements now, go round in circles, or lead nowhere', async () => {
    const problemAfter = async (prepare: (simulator: Simulator, head: bigint) => void): Promise<string> =>
      (await found([], prepare)).lists[0]!.problem;
    assert.equal(
      await problemAfter(({ image }, head) => {
        image.write(first(head), word(0n));
      }),
      'it has no elements now',
    );
    assert.match(
      await problemAfter(({ image }, head) => {
        const element = image.read(first(head), 8).readBigUInt64LE();
        image.write(element + BigInt(offsetOf(ifnet(14), 'if_link.cstqe_next')), word(element));
      }),
      /not all of its list could be read: it leads in a circle/,
    );
    assert.match(
      await problemAfter(({ image }, head) => {
        image.write(first(head), word(4096n));
      }),
      /leads out of the kernel's memory/,
    );
    assert.match(
      await problemAfter(({ image }, head) => {
        const element = image.read(first(head), 8).readBigUInt64LE();
        image.write(element + BigInt(offsetOf(ifnet(14), 'if_counters[3]')), word(0n));
      }),
      /1 of 108 values, the first of name=mce0: .*NULL/,
    );
  });

  it('have members that are gauges where one of any element was seen to go down', async () => {
    const { lists } = await found([], undefined, ({ image }, head, read) => {
      const element = image.read(first(head), 8).readBigUInt64LE();
      const pointer = image.read(element + BigInt(offsetOf(ifnet(14), 'if_counters[5]')), 8).readBigUInt64LE();
      const pcpu = image.read(image.symbol('__pcpu')!.address, 8).readBigUInt64LE();
      image.write(BigInt.asUintN(64, pointer + pcpu), word(BigInt(1000 - read)));
    });
    const { type, gauges } = lists[0]!;
    assert.equal(type, 'gauge', 'its only member is one');
    assert.deepEqual(gauges, [{ name: 'if_counters', why: 'it was seen to go down' }]);
  });
});
