/** Covers: config/packs/iflib.yaml, plan/lists/structures/iflib.ts and changes/iflib.ts: what queues and their rings count, also while cards come and go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startScraper } from '../../../src/service/scraper.js';
import { fingerprint } from '../../../src/simulator/changes/elementFingerprint.js';
import { IflibChanges, type LiveContext } from '../../../src/simulator/changes/iflib.js';
import { KernelChanges } from '../../../src/simulator/changes/kernelChanges.js';
import { MOST_QUEUES, queueColumns, ringColumns } from '../../../src/simulator/memory/iflib.js';
import { offsetOf, sizeOf } from '../../../src/simulator/model/ctypes.js';
import { iflibCtx, iflibTxq, ifmpRing } from '../../../src/simulator/model/iflibTypes.js';
import { ifnet } from '../../../src/simulator/model/interfaceTypes.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { parseSimulatorSpec, profileNames } from '../../../src/simulator/spec.js';
import { ComeAndGo } from '../../support/comeAndGo.js';
import { beforeReads } from '../../support/kernelCalls.js';
import { publishedIn, type Published } from '../../support/published.js';
import { configOf, Simulated, withKernel } from '../../support/simulated.js';

const PACK = 'packs: [iflib]';
const ROUNDS = 16;
const PER_QUEUE = ringColumns.length + queueColumns.length;

function queueOf({ labels }: Published): string {
  return `${labels['interface']} ${labels['queue']}`;
}

describe('the pack iflib', () => {
  for (const profile of profileNames) {
    const kernelType = profileOf(profile);

    it(`tells what each queue of iflib's cards counts, and nothing of others: ${profile}`, async () => {
      const spec = `${profile},cpus=3,absent=1,iflib=2`;
      const simulated = await Simulated.open(spec, PACK);
      const changes = new KernelChanges(simulated.image, parseSimulatorSpec(spec));
      try {
        const { scraper, image } = simulated;
        const iflib = new IflibChanges(image);
        const found = publishedIn(await scraper.read());
        assert.deepEqual([...new Set(found.map(queueOf))], ['em0 0', 'ix0 0', 'ix0 1', 'ix0 2', 'ix0 3']);
        assert.equal(found.length, 5 * PER_QUEUE);
        const ix = changes.hostInterfaces.find(({ name }) => name === 'ix0')!;
        const { array, rings } = iflib.contextOf(ix.address);
        for (let queue = 0; queue < 4; queue++) {
          for (const column of queueColumns) {
            const at = array + BigInt(queue * sizeOf(iflibTxq(kernelType)) + offsetOf(iflibTxq(kernelType), column));
            const told = found.find((one) => queueOf(one) === `ix0 ${queue}` && one.member === column);
            assert.equal(told?.value, image.read(at, 8).readBigUInt64LE(), `${column} of ${queue}`);
          }
          for (const column of ringColumns) {
            const cell = rings[queue]! + BigInt(offsetOf(ifmpRing(kernelType), column));
            const item = BigInt.asUintN(64, image.read(cell, 8).readBigUInt64LE() + image.bias);
            const copies = [0, 2, 3].map((id) => image.read(item + BigInt(id * image.pageSize), 8).readBigUInt64LE());
            const told = found.find((one) => queueOf(one) === `ix0 ${queue}` && one.member === column);
            assert.equal(
              told?.value,
              copies.reduce((sum, copy) => sum + copy),
              `${column} of ${queue}`,
            );
          }
        }
        changes.addInterface('ix9');
        assert.equal(publishedIn(await scraper.read()).length, found.length, 'it is none of iflib');
        const context = iflib.attach(changes.hostInterfaces.at(-1)!.address, 3, 'new');
        const added = publishedIn(await scraper.read()).filter(({ labels }) => labels['interface'] === 'ix9');
        assert.equal(added.length, 3 * PER_QUEUE);
        for (const { labels, member, value } of added)
          assert.equal(value, fingerprint(`new ${labels['queue']}`, member!), `${member} of ${labels['queue']}`);
        iflib.reset(context);
        const reset = publishedIn(await scraper.read()).filter(({ labels }) => labels['interface'] === 'ix9');
        assert.deepEqual([reset.length, new Set(reset.map(({ value }) => value))], [3 * PER_QUEUE, new Set([0n])]);
        changes.removeInterface('ix9');
        iflib.free(context);
        const { report } = await scraper.read();
        assert.equal(report.symbols[0]?.up, true);
        assert.equal(publishedIn(await scraper.read()).length, found.length);
      } finally {
        await simulated.close();
      }
    });

    it(`reads nothing of an interface's softc that is not iflib's, and nothing beyond the queues that there are: ${profile}`, async () => {
      const spec = `${profile},cpus=2`;
      const simulated = await Simulated.open(spec, PACK);
      const changes = new KernelChanges(simulated.image, parseSimulatorSpec(spec));
      try {
        const { scraper, image, kernel } = simulated;
        const iflib = new IflibChanges(image);
        const others = changes.hostInterfaces.map(({ softc }) => softc).filter((softc) => softc !== 0n);
        assert.ok(others.length > 0);
        // Two whose memory lies side by side.
        const allowed: (readonly [bigint, number])[] = [];
        for (const name of ['ix8', 'ix9']) {
          changes.addInterface(name);
          const { address, array, rings } = iflib.attach(changes.hostInterfaces.at(-1)!.address, MOST_QUEUES, name);
          allowed.push([address, offsetOf(iflibCtx(kernelType), 'ifc_rxqs')]);
          allowed.push([array, MOST_QUEUES * sizeOf(iflibTxq(kernelType))]);
          allowed.push(...rings.map((ring) => [ring, sizeOf(ifmpRing(kernelType))] as const));
        }
        const heap = allowed.map(([at]) => at).reduce((least, at) => (at < least ? at : least));
        for (const one of changes.hostInterfaces) allowed.push([one.address, sizeOf(ifnet(kernelType.release))]);
        let looked = 0;
        await scraper.read();
        const stop = beforeReads(kernel, ({ call, address: at, length }) => {
          if (call !== 'kvm_read') return;
          const end = at + BigInt(length);
          for (const softc of others) assert.ok(end <= softc || at >= softc + 96n, 'a softc of another driver');
          // What is read of counters lies elsewhere.
          if (at < heap || at > heap + 0x10_0000n) return;
          looked++;
          assert.ok(
            allowed.some(([start, size]) => at >= start && end <= start + BigInt(size)),
            `${at.toString(16)}, ${length} bytes`,
          );
        });
        for (let round = 0; round < 3; round++)
          assert.equal(publishedIn(await scraper.read()).length, 2 * MOST_QUEUES * PER_QUEUE);
        stop();
        assert.ok(looked > 0);
      } finally {
        await simulated.close();
      }
    });
  }

  it('is down where the kernel has no iflib_if_init, and interfaces are there all the same', async () => {
    await withKernel(
      'amd64-14,cpus=2,iflib=1',
      async (kernel) => {
        const snapshot = await startScraper(kernel, configOf('packs: [iflib, interfaces]'), {}).read();
        assert.deepEqual(
          snapshot.report.groups.map(({ series, reason }) => [series, reason]),
          [
            [0, 'ifnet: kldsym: there is no iflib_if_init'],
            [9 * 12, ''],
          ],
        );
      },
      ({ image }) => {
        image.hideSymbol('iflib_if_init');
      },
    );
  });

  for (const profile of ['amd64-14', 'arm64-15'] as const) {
    it(`has no value under another's labels, nor labels twice, while cards come and go between any two reads: ${profile}`, async (test) => {
      const spec = `${profile},cpus=2,jails=0,spare=20`;
      const simulated = await Simulated.open(spec, PACK);
      const kernelChanges = new KernelChanges(simulated.image, parseSimulatorSpec(spec));
      try {
        const iflib = new IflibChanges(simulated.image);
        const changing = new ComeAndGo<{ name: string; context: LiveContext; queues: number }>(simulated, {
          most: 7,
          come: ({ below, now }) => {
            // Nothing tells one from the one before it of the same name in the same memory.
            const name = `ix${100 + now}`;
            kernelChanges.addInterface(name);
            const queues = 1 + below(4);
            return { name, context: iflib.attach(kernelChanges.hostInterfaces.at(-1)!.address, queues, name), queues };
          },
          go: ({ name, context }) => {
            kernelChanges.removeInterface(name);
            iflib.free(context);
          },
          ownersIn: (snapshot, { lives }, told) => {
            const byName = new Map(lives.map((life) => [life.name, life]));
            return publishedIn(snapshot).map((one) => {
              const life = byName.get(one.labels['interface']!);
              const series = `${one.metric} ${queueOf(one)}`;
              assert.ok(life !== undefined && Number(one.labels['queue']) < life.queues, `${told}: ${series}`);
              const value = fingerprint(`${life.name} ${one.labels['queue']}`, one.member!);
              assert.equal(one.value, value, `${told}: ${series}`);
              return { series, life };
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
