/**
 * Covers: config/packs/ipsec_sa.yaml, plan/lists/structures/ipsecSas.ts and changes/ipsecSas.ts: what went through each association, also while
 * they come and go, and that nothing of keys is read.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/elementFingerprint.js';
import { SaChanges, type LiveSa } from '../../../src/simulator/changes/ipsecSas.js';
import { saRoom, type Association } from '../../../src/simulator/memory/ipsecSas.js';
import { layoutOf, offsetOf, sizeOf, type StructType } from '../../../src/simulator/model/ctypes.js';
import { secashead, secasvar } from '../../../src/simulator/model/ipsecTypes.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { ComeAndGo } from '../../support/comeAndGo.js';
import { beforeReads } from '../../support/kernelCalls.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { Simulated } from '../../support/simulated.js';

const PACK = 'packs: [ipsec_sa]';
const ROUNDS = 32;
const AT_BOOT = ['0x0b2e77d1', '0xc4a109f3'];

const association = (last: number, proto = 50): Association => ({
  source: [10, 0, 0, last],
  destination: [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last],
  proto,
  mode: 1,
});

describe('the pack ipsec_sa', () => {
  for (const profile of profileNames) {
    const { release } = profileOf(profile);

    it(`tells what went through each association while ipsec.ko is loaded: ${profile}`, async () => {
      const simulated = await Simulated.open(`${profile},cpus=3,absent=1,modules=ipsec`, PACK);
      try {
        const { scraper, image } = simulated;
        const changes = new SaChanges(image);
        changes.add(association(7, 51), 0x12ab, 'added');
        const published = publishedIn(await scraper.read());
        assert.deepEqual([...new Set(published.map(({ labels }) => labels['spi']))].sort(), ['0x000012ab', ...AT_BOOT]);
        const added = published.filter(({ labels }) => labels['spi'] === '0x000012ab');
        assert.deepEqual(
          added.map(({ metric, value }) => [metric, value]),
          [
            ['freebsd_ipsec_sa_packets_total', fingerprint('added', 'allocations')],
            ['freebsd_ipsec_sa_bytes_total', fingerprint('added', 'bytes')],
          ],
        );
        assert.deepEqual(added[0]?.labels, {
          spi: '0x000012ab',
          source: '10.0.0.7',
          destination: 'fd00::7',
          protocol: 'ah',
          mode: 'transport',
        });
        image.unloadModule('ipsec');
        assert.equal((await scraper.read()).layout.rows.length, 0);
        image.loadModule('ipsec');
        const { report, layout } = await scraper.read();
        assert.deepEqual([report.symbols[0]?.up, layout.rows.length], [true, 0], 'loaded again it has none');
      } finally {
        await simulated.close();
      }
    });

    it(`reads no byte of an association but of what it publishes or holds it against: ${profile}`, async () => {
      const simulated = await Simulated.open(
        `${profile},cpus=2,modules=ipsec`,
        `${PACK}\nvalues: [{symbol: ticks, help: h}]`,
      );
      try {
        const { scraper, image, kernel } = simulated;
        const changes = new SaChanges(image);
        // Side by side, some with the same addresses: between them there are keys.
        const sas: LiveSa[] = [];
        for (let nth = 0; nth < 12; nth++) {
          const shared = nth % 3 === 0 ? undefined : sas.at(-1)?.head;
          sas.push(changes.add(association(1 + Math.floor(nth / 3)), 0x1000 + nth, `sa ${nth}`, shared));
        }
        const sa = secasvar(release);
        const head = secashead(release);
        const saidx = offsetOf(head, 'saidx');
        const idx = head.members.find(({ name }) => name === 'saidx')!.type as StructType;
        const allowed = new Set<bigint>();
        const allow = (at: bigint, size: number): void => {
          for (let byte = 0; byte < size; byte++) allowed.add(at + BigInt(byte));
        };
        const rooms: (readonly [bigint, number])[] = [];
        for (const one of sas) {
          rooms.push([one.address, saRoom(release)], [one.head, sizeOf(head)]);
          for (const [path, size] of [
            ['spi', 4],
            ['sah', 8],
            ['lft_c', 8],
            ['chain', 8],
          ] as const)
            allow(one.address + BigInt(offsetOf(sa, path)), size);
          for (const path of ['chain', 'savtree_alive']) allow(one.head + BigInt(offsetOf(head, path)), 8);
          for (const { name, offset, type } of layoutOf(idx)) {
            if (name !== 'reqid') allow(one.head + BigInt(saidx + offset), sizeOf(type));
          }
        }
        let looked = 0;
        const stop = beforeReads(kernel, ({ call, address, length }) => {
          // A zpcpu pointer leads to the page of counters only.
          if (call !== 'kvm_read') return;
          for (const [start, size] of rooms) {
            const from = address > start ? address : start;
            const to =
              address + BigInt(length) < start + BigInt(size) ? address + BigInt(length) : start + BigInt(size);
            for (let byte = from; byte < to; byte++) {
              assert.ok(allowed.has(byte), `byte ${byte - start} of ${size}`);
              looked++;
            }
          }
        });
        for (let round = 0; round < 3; round++) assert.ok(publishedIn(await scraper.read()).length >= 2 * sas.length);
        stop();
        assert.ok(looked > 0);
      } finally {
        await simulated.close();
      }
    });
  }

  for (const profile of ['amd64-14', 'arm64-15'] as const) {
    it(`has no value under another's labels, nor labels twice, while associations come and go between any two reads: ${profile}`, async (test) => {
      const simulated = await Simulated.open(`${profile},cpus=2,modules=ipsec`, PACK);
      try {
        const changes = new SaChanges(simulated.image);
        const changing = new ComeAndGo<LiveSa & { mark: string; spi: string; last: number }>(simulated, {
          most: 40,
          come: ({ below, now, living }) => {
            const last = 1 + below(5);
            const mark = `life ${now}`;
            const shared = living.find((each) => each.last === last)?.head;
            // The kernel gives no two the same.
            const spi = 0x5000_0000 + now;
            return { ...changes.add(association(last), spi, mark, shared), mark, spi: `0x${spi.toString(16)}`, last };
          },
          go: (live) => {
            changes.remove(live);
          },
          ownersIn: (snapshot, { lives }, told) => {
            const bySpi = new Map(lives.map((life) => [life.spi, life]));
            return publishedIn(snapshot).flatMap((one) => {
              const { spi, source } = one.labels;
              if (AT_BOOT.includes(spi!)) return [];
              const life = bySpi.get(spi!);
              assert.ok(life !== undefined, `${told}: ${spi} is not there`);
              assert.equal(one.value, fingerprint(life.mark, one.member!), `${told}: ${spi}`);
              assert.equal(source, `10.0.0.${life.last}`);
              return [{ series: seriesName(one), life }];
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
