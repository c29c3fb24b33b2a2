/** Covers: config/packs/listen.yaml: what it publishes on each simulated kernel is what the list of all sockets holds, and nothing else is looked at. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openKernelTypes } from '../../../src/ctf/kernelFile.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { jailsOf, TypedKernel } from '../../simulator/typedKernel.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { overlaps, watchReads } from '../../support/readSpans.js';
import { Simulated } from '../../support/simulated.js';

const SO_ACCEPTCONN = 2n;
const QUEUE = {
  queue_connections: 'sol_qlen',
  incomplete_connections: 'sol_incqlen',
  queue_limit_connections: 'sol_qlimit',
};

function typedKernelOf({ simulator, kernel }: Simulated): TypedKernel {
  const { types } = openKernelTypes(simulator.source.execfile, kernel.sysctls.text('kern.build_id'));
  return new TypedKernel(simulator, kernel, types);
}

const u32 = (typed: TypedKernel, address: bigint): bigint => BigInt(typed.bytes(address, 4).readUInt32LE());

/** The series of a socket that listens; none of another. */
function seriesOf(
  typed: TypedKernel,
  socket: bigint,
  family: string,
  labels: Record<string, string>,
): [string, bigint][] {
  if ((u32(typed, typed.at(socket, 'socket', 'so_options')) & SO_ACCEPTCONN) === 0n) return [];
  return Object.entries(QUEUE).map(([metric, member]) => [
    seriesName({ metric: `${family}_listen_${metric}`, labels }),
    u32(typed, typed.at(socket, 'socket', member)),
  ]);
}

/** Of one vnet, by the list of all its sockets and not by the hash. */
function tcpSeries(typed: TypedKernel, vnet: bigint, own: Record<string, string>): [string, bigint][] {
  const base = typed.word(typed.at(vnet, 'vnet', 'vnet_data_base'));
  const info = BigInt.asUintN(64, typed.kernel.symbols.lookUp('vnet_entry_tcbinfo')!.value + base);
  const isOld = typed.simulator.image.release <= 13;
  const first = isOld
    ? typed.word(typed.at(info, 'inpcbinfo', 'ipi_listhead'))
    : typed.at(info, 'inpcbinfo', 'ipi_listhead.clh_first');
  return typed.list(first, 'inpcb', 'inp_list.cle_next').flatMap((pcb) => {
    const inc = typed.bytes(typed.at(pcb, 'inpcb', 'inp_inc.inc_ie.ie_fport'), 4);
    const flags = typed.bytes(typed.at(pcb, 'inpcb', 'inp_vflag'), 1)[0]!;
    const local = typed.bytes(
      typed.at(pcb, 'inpcb', 'inp_inc.inc_ie.ie_dependladdr.id6_addr.__u6_addr.__u6_addr8'),
      16,
    );
    if (inc.readUInt16BE() !== 0) return [];
    const socket = typed.word(typed.at(pcb, 'inpcb', 'inp_socket'));
    if (socket === 0n) return [];
    const text = { 1: 'tcp4', 2: 'tcp6', 3: 'tcp46' }[flags];
    assert.ok(text !== undefined);
    const v6 = ['::1', '2001:db8::beef', 'fe80::1%2'][[0, 0x20, 0xfe].indexOf(local[0]!)]!;
    const isAny = local.every((byte) => byte === 0);
    const address = isAny ? '*' : flags === 1 ? [...local.subarray(12)].join('.') : v6;
    return seriesOf(typed, socket, 'tcp', { ...own, protocol: text, address, port: String(inc.readUInt16BE(2)) });
  });
}

function unixSeries(typed: TypedKernel): [string, bigint][] {
  return ['unp_shead', 'unp_sphead'].flatMap((head) =>
    typed.list(typed.kernel.symbols.lookUp(head)!.value, 'unpcb', 'unp_link.le_next').flatMap((pcb) => {
      const address = typed.word(typed.at(pcb, 'unpcb', 'unp_addr'));
      if (address === 0n) return [];
      const length = typed.bytes(address, 1)[0]!;
      const path = typed.bytes(address + 2n, length - 2).toString();
      return seriesOf(typed, typed.word(typed.at(pcb, 'unpcb', 'unp_socket')), 'unix', { path });
    }),
  );
}

/** Those of the same name are added up. */
function summed(series: readonly [string, bigint][]): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const [name, value] of series) sums[name] = (sums[name] ?? 0n) + value;
  return sums;
}

describe('the pack listen', () => {
  for (const profile of profileNames) {
    it(`tells of each socket that listens what netstat -Lan does: ${profile}`, async (context) => {
      const simulated = await Simulated.open(`${profile},cpus=2,jails=3`, 'packs: [{ pack: listen, vnet: all }]');
      try {
        const typed = typedKernelOf(simulated);
        const reads = watchReads(simulated.kernel.memory);
        const snapshot = await simulated.scraper.read();
        reads.end();
        const published = publishedIn(snapshot).map((each): [string, bigint] => [seriesName(each), each.value]);
        const { host, jails } = jailsOf(typed);
        const expected = [
          ...tcpSeries(typed, host.vnet, {}),
          ...jails
            .filter(({ id }) => id !== 1)
            .flatMap(({ vnet, name, id }) => tcpSeries(typed, vnet, { jail: name, jid: String(id) })),
          ...unixSeries(typed),
        ];
        assert.deepEqual(Object.fromEntries(published), summed(expected));
        assert.equal(new Set(published.map(([name]) => name)).size, published.length);
        // A path ends where its address says; what comes then is another's.
        for (const head of ['unp_shead', 'unp_sphead']) {
          for (const pcb of typed.list(typed.kernel.symbols.lookUp(head)!.value, 'unpcb', 'unp_link.le_next')) {
            const address = typed.word(typed.at(pcb, 'unpcb', 'unp_addr'));
            if (address === 0n) continue;
            assert.ok(!overlaps(reads.spans, address + BigInt(typed.bytes(address, 1)[0]!), 8));
          }
        }
        context.diagnostic(`${published.length} values compared`);
      } finally {
        await simulated.close();
      }
    });
  }

  it('has its queues within their limits while all move', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', 'packs: [listen]', 'believable');
    try {
      for (let round = 0; round < 10; round++) {
        const values = new Map(
          publishedIn(await simulated.scraper.read()).map((each) => [seriesName(each), each.value]),
        );
        assert.equal(values.size, 42);
        for (const [name, waiting] of values) {
          const limit = values.get(name.replace('queue_connections', 'queue_limit_connections'));
          assert.ok(limit !== undefined && waiting <= limit, name);
        }
      }
    } finally {
      await simulated.close();
    }
  });

  it('publishes no more than its limit, and says how many there are beyond', async () => {
    const yaml = `structures:
  - { structure: tcp_listeners, type: gauge, limit: 5, members: [{ name: sol_qlen, metric: queue, help: h }] }
`;
    const simulated = await Simulated.open('amd64-15,cpus=1,listeners=40', yaml);
    try {
      const first = publishedIn(await simulated.scraper.read()).map(seriesName);
      const snapshot = await simulated.scraper.read();
      assert.deepEqual(publishedIn(snapshot).map(seriesName), first);
      assert.equal(first.length, 5);
      // Three of the forty are on one address.
      assert.equal(snapshot.report.lists[0]?.elements.beyond_limit, 40 - 2 - 5);
    } finally {
      await simulated.close();
    }
  });
});
