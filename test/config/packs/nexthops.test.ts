/** Covers: config/packs/nexthops.yaml, plan/lists/structures/nexthops.ts and changes/nextHops.ts: packets by next hop, also while routes come and go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/elementFingerprint.js';
import { NEXT_HOP_COLUMN, NextHopChanges, type LiveNextHop } from '../../../src/simulator/changes/nextHops.js';
import type { FamilyName } from '../../../src/simulator/memory/nextHops.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { ComeAndGo } from '../../support/comeAndGo.js';
import { publishedIn } from '../../support/published.js';
import { Simulated } from '../../support/simulated.js';

const PACK = 'packs: [nexthops]';
const ROUNDS = 32;
const TABLES: readonly (readonly [FamilyName, number])[] = [
  ['ipv4', 0],
  ['ipv6', 0],
  ['ipv4', 1],
];

interface OwnHop {
  readonly table: (typeof TABLES)[number];
  readonly card: string;
  readonly live: LiveNextHop;
  readonly series: string;
  readonly value: bigint;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join();
}

describe('the pack nexthops', () => {
  for (const profile of profileNames) {
    it(`tells of each next hop where it leads, in every table and jail: ${profile}`, async () => {
      const simulated = await Simulated.open(
        `${profile},cpus=3,absent=1,jails=1`,
        'packs: [{pack: nexthops, vnet: all}]',
      );
      try {
        const { scraper, image } = simulated;
        const snapshot = await scraper.read();
        if (profileOf(profile).release < 13) {
          const [symbol] = snapshot.report.symbols;
          assert.equal(symbol?.reason, "the kernel's types have no struct rib_head");
          return;
        }
        const names = publishedIn(snapshot).map(({ labels }) => labelsOf(labels));
        assert.equal(new Set(names).size, 2 * 2 * 5 + 2 * 2);
        for (const name of [
          'fib=0,family=ipv4,nexthop=1,interface=mce0',
          'fib=1,family=ipv4,nexthop=2,gateway=192.0.2.2,interface=mce1',
          'fib=0,family=ipv6,nexthop=2,gateway=fe80::1,interface=mce1',
          'jail=j1,jid=1,fib=0,family=ipv4,nexthop=2,gateway=192.0.2.1,interface=epair0b',
        ]) {
          assert.ok(names.includes(name), `${name} in ${names.join('; ')}`);
        }
        const changes = new NextHopChanges(image);
        const card = changes.interfaces[1]!;
        const gateway = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 1];
        const { index } = changes.add('ipv6', 1, gateway, card.address, 'new');
        const added = publishedIn(await scraper.read()).find(({ labels }) => labels['gateway'] === '2001:db8::ff01');
        assert.equal(added?.value, fingerprint('new', NEXT_HOP_COLUMN));
        assert.deepEqual(added.labels, {
          fib: '1',
          family: 'ipv6',
          nexthop: String(index),
          gateway: '2001:db8::ff01',
          interface: card.name,
        });
      } finally {
        await simulated.close();
      }
    });
  }

  it('leaves the one that took the labels of another out, once, so that nobody takes it for that', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2,jails=0', PACK);
    try {
      const { scraper, image } = simulated;
      const changes = new NextHopChanges(image);
      const { address } = changes.interfaces[0]!;
      const at = async (): Promise<bigint | undefined> =>
        publishedIn(await scraper.read()).find(({ labels }) => labels['gateway'] === '10.0.0.9')?.value;
      const first = changes.add('ipv4', 0, [10, 0, 0, 9], address, 'first');
      assert.equal(await at(), fingerprint('first', NEXT_HOP_COLUMN));
      changes.remove('ipv4', 0, first);
      // The same in the same memory would be the same as far as anybody can tell.
      changes.add('ipv4', 1, undefined, address, 'in its place');
      assert.equal(changes.add('ipv4', 0, [10, 0, 0, 9], address, 'second').index, first.index);
      assert.equal(await at(), undefined);
      assert.equal(await at(), fingerprint('second', NEXT_HOP_COLUMN));
    } finally {
      await simulated.close();
    }
  });

  for (const profile of ['amd64-13', 'arm64-15'] as const) {
    it(`has no value under another's labels, nor labels twice, while routes come and go between any two reads: ${profile}`, async (test) => {
      const simulated = await Simulated.open(`${profile},cpus=2,jails=0`, PACK);
      try {
        const { scraper, image } = simulated;
        const changes = new NextHopChanges(image);
        const { interfaces } = changes;
        const atBoot = new Set(publishedIn(await scraper.read()).map(({ value }) => value));
        const changing = new ComeAndGo<OwnHop>(simulated, {
          most: 60,
          besides: ({ below }) => {
            changes.resize(...TABLES[below(TABLES.length)]!);
          },
          come: ({ below, now, justGone }) => {
            const table = TABLES[below(TABLES.length)]!;
            const card = interfaces[below(interfaces.length)]!;
            // Without a gateway it leads to the same as another of this table and card.
            const isDirect = below(3) === 0 && !justGone.some((one) => one.table === table && one.card === card.name);
            const last = 1 + (now % 200);
            const [family, fib] = table;
            const bytes = family === 'ipv4' ? [10, 0, 0, last] : [0xfd, ...Array<number>(14).fill(0), last];
            const mark = `life ${now}`;
            const live = changes.add(family, fib, isDirect ? undefined : bytes, card.address, mark);
            const text = family === 'ipv4' ? `10.0.0.${last}` : `fd00::${last.toString(16)}`;
            const series = [
              `fib=${fib},family=${family},nexthop=${live.index}`,
              ...(isDirect ? [] : [`gateway=${text}`]),
              `interface=${card.name}`,
            ].join();
            return { table, card: card.name, live, series, value: fingerprint(mark, NEXT_HOP_COLUMN) };
          },
          go: ({ table, live }) => {
            changes.remove(...table, live);
          },
          ownersIn: (snapshot, { lives }, told) => {
            const byValue = new Map(lives.map((life) => [life.value, life]));
            return publishedIn(snapshot).flatMap(({ labels, value }) => {
              if (atBoot.has(value)) return [];
              const series = labelsOf(labels);
              const life = byValue.get(value);
              assert.equal(life?.series, series, `${told}: ${value}`);
              return [{ series, life: life }];
            });
          },
        });
        await changing.run(test, ROUNDS);
      } finally {
        await simulated.close();
      }
    });
  }
});
