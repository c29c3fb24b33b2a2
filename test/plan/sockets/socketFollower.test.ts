/** Sockets that listen: found among all others, called as netstat calls them, and believed for as long as they say that they are the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKernelAddress } from '../../../src/kernel/address.js';
import type { Instance } from '../../../src/plan/instances/instance.js';
import type { SocketFollower } from '../../../src/plan/sockets/socketFollower.js';
import { offsetOf } from '../../../src/simulator/model/ctypes.js';
import { pcbFlags } from '../../../src/simulator/model/pcbTypes.js';
import type { ProfileName } from '../../../src/simulator/profiles.js';
import { noRests, NO_SOCKET, SmallSockets } from '../../support/smallSockets.js';

async function searched(follower: SocketFollower): Promise<readonly Instance[]> {
  await follower.prepare(noRests);
  return follower.look();
}

/** Asked anew each time, whatever an assertion said of it before. */
const troubleOf = ({ trouble }: SocketFollower): string => trouble ?? '';
const textOf = ({ labels }: Instance): string => labels.map(({ value }) => value).join(' ');
const textsOf = (instances: Iterable<Instance>): string[] => [...instances].map(textOf).sort();

/** Twenty connections in all chains, and three that listen. */
function busy(profile: ProfileName = 'amd64-14'): SmallSockets & { listening: bigint[] } {
  const sockets = new SmallSockets(profile);
  const listening = [80, 81, 82].map((port) => {
    for (let nth = 0; nth < 3; nth++) sockets.connect(sockets.newPcb(), port % 4);
    const pcb = sockets.newPcb();
    sockets.listen(pcb, sockets.newSocket(), { port });
    for (let nth = 0; nth < 3; nth++) sockets.connect(sockets.newPcb(), port % 4);
    return pcb;
  });
  return Object.assign(sockets, { listening });
}
const BUSY = ['tcp4 * 80', 'tcp4 * 81', 'tcp4 * 82'];

describe('following sockets that listen', () => {
  for (const profile of ['amd64-14', 'amd64-12', 'amd64-15'] as const) {
    it(`finds them among connections, and never looks at the socket of one: ${profile}`, async () => {
      const sockets = busy(profile);
      // Bound, and not listening; and one whose socket is going.
      sockets.bind(sockets.newPcb(), sockets.newSocket(), { port: 99 });
      const going = sockets.newPcb();
      sockets.bind(going, sockets.newSocket(), { port: 98 });
      sockets.kernel.put(sockets.pcb, going, { inp_socket: 0 });
      sockets.kernel.memory.before = (address) => {
        assert.ok(address < NO_SOCKET || address >= NO_SOCKET + 4096n);
        if (sockets.isSplit) assert.ok(address < sockets.exact || address >= sockets.exact + 32n, 'the other hash');
      };
      const follower = sockets.follow();
      assert.deepEqual(textsOf(await searched(follower)), BUSY);
      assert.equal(follower.trouble, undefined);
      assert.equal(follower.gone().size, 0);
    });
  }

  it('calls them as netstat does', async () => {
    const sockets = new SmallSockets();
    const v6 = (text: string): number[] => [...Buffer.from(text.replaceAll(' ', ''), 'hex')];
    const all = [
      { port: 22, vflag: pcbFlags.ipv4 | pcbFlags.ipv6 },
      { port: 25, address: [127, 0, 0, 1] },
      { port: 53, address: v6('20010db8 00000000 00000000 0000beef'), vflag: pcbFlags.ipv6 },
      // fe80::1%em0, where em0 has the index 3.
      { port: 54, address: v6('fe800003 00000000 00000000 00000001'), vflag: pcbFlags.ipv6 },
      { port: 65_535, vflag: pcbFlags.ipv6 },
    ];
    for (const one of all) sockets.listen(sockets.newPcb(), sockets.newSocket(), one);
    assert.deepEqual(textsOf(await searched(sockets.follow())), [
      'tcp4 127.0.0.1 25',
      'tcp46 * 22',
      'tcp6 * 65535',
      'tcp6 2001:db8::beef 53',
      'tcp6 fe80::1%3 54',
    ]);
  });

  it('takes those on one address together, and what is left when one of them goes', async () => {
    const sockets = new SmallSockets();
    const pcbs = [1, 2, 3].map(() => {
      const pcb = sockets.newPcb();
      sockets.listen(pcb, sockets.newSocket(), { port: 443 });
      return pcb;
    });
    const follower = sockets.follow();
    const [three] = await searched(follower);
    assert.equal(three?.where.others?.length, 2);
    sockets.free(pcbs[1]!, false);
    assert.deepEqual([...follower.gone()], [three]);
    const [two] = follower.look();
    assert.equal(two?.where.others?.length, 1);
    assert.notEqual(two, three);
    assert.equal(follower.look()[0], two);
  });

  it('keeps the same objects for as long as nothing changes', async () => {
    const sockets = busy();
    const follower = sockets.follow();
    const first = await searched(follower);
    sockets.connect(sockets.newPcb(), 1);
    assert.equal(await searched(follower), first);
  });

  const ends: Readonly<Record<string, (sockets: SmallSockets, pcb: bigint, socket: bigint) => void>> = {
    'is freed': (sockets, pcb) => {
      sockets.free(pcb, false);
    },
    'is freed, and its control block is a connection’s': (sockets, pcb) => {
      sockets.free(pcb, false);
      sockets.connect(pcb, 2);
    },
    'is freed, and both are those of another listener': (sockets, pcb, socket) => {
      sockets.free(pcb, false);
      sockets.listen(pcb, socket, { port: 80 });
    },
    'has a socket that is another’s': (sockets, _pcb, socket) => {
      sockets.kernel.put(sockets.socket, socket, { so_pcb: 0xffff_fe00_1234_0000n });
    },
    'has a socket that does not listen': (sockets, _pcb, socket) => {
      sockets.kernel.put(sockets.socket, socket, { so_options: 4 });
    },
    'has a socket of another generation': (sockets, _pcb, socket) => {
      sockets.kernel.put(sockets.socket, socket, { so_gencnt: 9 });
    },
    'is connected': (sockets, pcb) => {
      sockets.kernel.put(sockets.pcb, pcb, { 'inp_inc.inc_ie.ie_fport': 7 });
    },
    'is another protocol’s': (sockets, pcb) => {
      sockets.kernel.put(sockets.pcb, pcb, { inp_pcbinfo: 0xffff_fe00_1234_0000n });
    },
    'cannot be read': (sockets, _pcb, socket) => {
      sockets.kernel.memory.unmap(socket);
    },
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`tells that one is gone which ${what}`, async () => {
      const sockets = busy();
      const [pcb, other] = [sockets.newPcb(), sockets.newPcb()];
      const own = sockets.newSocket(true);
      sockets.listen(pcb, own, { port: 8080 });
      sockets.listen(other, sockets.newSocket(), { port: 8081 });
      const follower = sockets.follow();
      const before = await searched(follower);
      assert.equal(before.length, 5);
      end(sockets, pcb, own);
      assert.deepEqual(textsOf(follower.gone()), ['tcp4 * 8080']);
      assert.deepEqual(textsOf(follower.look()), [...BUSY, 'tcp4 * 8081'].sort());
    });
  }

  it('meets those at rest in a chain that changes while it is followed', async () => {
    const sockets = busy();
    const { memory } = sockets.kernel;
    // A connection before each of them moves to another chain as soon as it was read.
    const link = BigInt(offsetOf(sockets.pcb, 'inp_hash.cle_next'));
    let moves = 0;
    memory.before = (address) => {
      for (let chain = 0; chain < 4 && moves < 12; chain++) {
        const first = memory.word(sockets.exact + BigInt(8 * chain));
        if (first === 0n || address !== first || !isKernelAddress(first)) continue;
        const next = memory.word(first + link);
        if (next === 0n || sockets.listening.includes(first)) continue;
        moves++;
        sockets.free(first, true);
        sockets.connect(first, (chain + 1) % 4);
      }
    };
    const follower = sockets.follow();
    assert.deepEqual(textsOf(await searched(follower)), BUSY);
    assert.equal(follower.trouble, undefined);
    assert.equal(moves, 12);
  });

  it('says so where a chain changes whenever it is followed', async () => {
    const sockets = busy();
    const { memory } = sockets.kernel;
    const chain = sockets.exact + 8n;
    memory.before = (address) => {
      const first = memory.word(chain);
      if (address !== first) return;
      sockets.free(first, true);
      sockets.connect(first, 3);
      sockets.connect(sockets.newPcb(), 1);
    };
    const follower = sockets.follow();
    await searched(follower);
    assert.match(troubleOf(follower), /changed whenever/);
    memory.before = undefined;
    assert.deepEqual(textsOf(await searched(follower)), BUSY);
    assert.equal(follower.trouble, undefined);
  });

  it('publishes no more than the limit, and the same ones for as long as they live', async () => {
    const sockets = busy();
    const place = {};
    const follower = sockets.follow({ limit: 2, place });
    const chosen = textsOf(await searched(follower));
    assert.equal(follower.tally.beyondLimit, 1);
    sockets.listen(sockets.newPcb(), sockets.newSocket(), { port: 79 });
    assert.deepEqual(textsOf(await searched(follower)), chosen);
    assert.deepEqual(textsOf(await searched(sockets.follow({ limit: 2, place }))), chosen);
    const [gone] = sockets.listening.filter((_, nth) => chosen.includes(BUSY[nth]!));
    sockets.free(gone!, false);
    const after = textsOf(follower.look());
    assert.equal(after.length, 2);
    assert.ok(after.includes(chosen.find((one) => one !== BUSY[sockets.listening.indexOf(gone!)])!));
  });

  it('searches again when that takes little of the time, and knows of those in between', async () => {
    const sockets = busy();
    let now = 0;
    // A search takes ten milliseconds.
    const follower = sockets.follow({ now: () => (now += 5) });
    await searched(follower);
    sockets.listen(sockets.newPcb(), sockets.newSocket(), { port: 83 });
    now += 100;
    assert.deepEqual(textsOf(await searched(follower)), BUSY);
    now += 500;
    assert.deepEqual(textsOf(await searched(follower)), [...BUSY, 'tcp4 * 83']);
  });

  it('knows what another follower knew before it has searched', async () => {
    const sockets = busy();
    const place = {};
    await searched(sockets.follow({ place }));
    sockets.free(sockets.listening[0]!, false);
    assert.deepEqual(textsOf(sockets.follow({ place }).look()), BUSY.slice(1));
  });

  it('takes no hash for one that is none', async () => {
    const sockets = busy();
    const follower = sockets.follow();
    sockets.kernel.set('tcbinfo', { ipi_hashbase: 0 });
    assert.deepEqual(await searched(follower), []);
    assert.equal(follower.trouble, undefined);
    sockets.kernel.set('tcbinfo', { ipi_hashbase: 0x1234 });
    await searched(follower);
    assert.match(troubleOf(follower), /hash/);
    sockets.kernel.set('tcbinfo', { ipi_hashbase: sockets.exact, ipi_hashmask: 0xffff_ffff });
    await searched(follower);
    assert.match(troubleOf(follower), /hash/);
  });
});
