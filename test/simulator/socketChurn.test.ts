/**
 * Covers: the program that has sockets come and go as fast as it can: it leaves the hash and the list whole, and what is scraped meanwhile is what its
 * log says of who listened when.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { buildNative } from '../../src/simulator/build.js';
import { HOST_LISTENERS } from '../../src/simulator/model/listeners.js';
import { firstOf } from '../support/clients.js';
import { publishedIn, seriesName, type Published } from '../support/published.js';
import { Simulated } from '../support/simulated.js';
import { soon } from '../support/until.js';
import { TypedKernel } from './typedKernel.js';

/** Scrapes while sockets come and go as fast as they can, and values of sockets that came, to be seen while they do so slowly. */
const SCRAPES = 40;
const SIGHTINGS = 300;
/** Three of those that listen at boot are on one address. */
const AT_BOOT = HOST_LISTENERS - 2;
const QUEUE = { sol_qlen: 7919, sol_incqlen: 104_729, sol_qlimit: 1_299_709 };

/** As listen_one() of sockets.c has it. */
function expectedOf({ member, labels }: Published, serial: number): number {
  assert.equal(labels['port'], String(20_000 + (serial % 10_000)));
  return Number((BigInt(serial) * BigInt(QUEUE[member as keyof typeof QUEUE])) % 1_000_003n);
}

function serialOf({ labels }: Published): number | undefined {
  const [first, ...rest] = (labels['address'] ?? '').split('.').map(Number);
  return first === 10 && rest.length === 3
    ? ((rest[0] ?? 0) << 16) | ((rest[1] ?? 0) << 8) | (rest[2] ?? 0)
    : undefined;
}

/** Changes a second; 0 for as many as it can, of which each is over before the next scrape. */
const RATES = { 'amd64-14': 4000, 'amd64-15': 4000, 'amd64-12': 0 };

for (const [profile, rate] of Object.entries(RATES)) {
  describe(`sockets that come and go on ${profile}`, () => {
    it('are published as who they are, and none that is at rest is missing', async (context) => {
      const simulated = await Simulated.open(`${profile},cpus=2,sockets=600`, 'packs: [listen]');
      try {
        const { simulator, scraper, kernel } = simulated;
        const { socketChurn } = await buildNative(simulator.dir);
        const log = join(simulator.dir, 'sockets.log');
        const atRest = new Map(publishedIn(await scraper.read()).map((each) => [seriesName(each), each.value]));
        assert.equal([...atRest.keys()].filter((name) => name.startsWith('tcp_listen_queue_c')).length, AT_BOOT);
        const child = spawn(socketChurn, [simulator.image.path, log, String(rate)], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        const exited = once(child, 'exit');
        await firstOf(child.stdout);
        const seen: { readonly from: bigint; readonly to: bigint; readonly serials: ReadonlySet<number> }[] = [];
        let sightings = 0;
        while (rate === 0 ? seen.length < SCRAPES : sightings < SIGHTINGS) {
          await delay(1);
          const from = process.hrtime.bigint();
          const published = publishedIn(await scraper.read());
          const to = process.hrtime.bigint();
          assert.equal(new Set(published.map(seriesName)).size, published.length);
          const now = new Map(published.map((each) => [seriesName(each), each.value]));
          for (const [name, value] of atRest) assert.equal(now.get(name), value, name);
          const serials = new Set<number>();
          for (const each of published) {
            const serial = serialOf(each);
            if (serial === undefined) continue;
            serials.add(serial);
            sightings++;
            assert.equal(Number(each.value), expectedOf(each, serial), seriesName(each));
          }
          seen.push({ from, to, serials });
        }
        child.stdin.end();
        await soon(exited, 'its end');
        const born = new Map<number, bigint>();
        const died = new Map<number, bigint>();
        for (const line of readFileSync(log, 'utf8').trimEnd().split('\n')) {
          const [begin = '0', end = '0', what, serial] = line.split(' ');
          if (what === 'add') born.set(Number(serial), BigInt(begin));
          else died.set(Number(serial), BigInt(end));
        }
        let others = 0;
        for (const { from, to, serials } of seen) {
          for (const serial of serials) {
            assert.ok(born.get(serial)! < to && (died.get(serial) ?? to) >= from, `${serial} did not listen then`);
            others++;
          }
        }
        const { types } = openKernelTypes(simulator.source.execfile, kernel.sysctls.text('kern.build_id'));
        wholeLists(new TypedKernel(simulator, kernel, types));
        context.diagnostic(`${born.size} began to listen, ${others} of them were seen in ${seen.length} scrapes`);
      } finally {
        await simulated.close();
      }
    });
  });
}

/** Each element points back to what leads to it, and all that are in the hash are on the list. */
function wholeLists(typed: TypedKernel): void {
  const info = typed.kernel.symbols.resolve('tcbinfo')!.address;
  const isOld = typed.simulator.image.release <= 13;
  const head = typed.at(info, 'inpcbinfo', isOld ? 'ipi_listhead' : 'ipi_listhead.clh_first');
  const listed = chain(typed, isOld ? typed.word(head) : head, 'inp_list');
  const isSplit = typed.simulator.image.release >= 15;
  const hashes = isSplit ? (['exact', 'wild'] as const) : (['base'] as const);
  const buckets = Number(typed.word(typed.at(info, 'inpcbinfo', 'ipi_hashmask'))) + 1;
  const hashed = hashes.flatMap((which) => {
    const base = typed.word(typed.at(info, 'inpcbinfo', isSplit ? `ipi_hash_${which}` : 'ipi_hashbase'));
    const link = isSplit ? `inp_hash_${which}` : 'inp_hash';
    return Array.from({ length: buckets }, (_, bucket) => chain(typed, base + BigInt(8 * bucket), link)).flat();
  });
  assert.deepEqual([...hashed].sort(), [...listed].sort());
}

function chain(typed: TypedKernel, head: bigint, link: string): bigint[] {
  const found: bigint[] = [];
  let from = head;
  for (let at = typed.word(head); at !== 0n; at = typed.word(from)) {
    assert.equal(typed.word(typed.at(at, 'inpcb', `${link}.cle_prev`)), from);
    found.push(at);
    from = typed.at(at, 'inpcb', `${link}.cle_next`);
  }
  return found;
}
