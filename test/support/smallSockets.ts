/** Sockets of TCP in a small kernel: a hash of a few chains, and control blocks that come, go and are used again as the kernel's are. */
import { compileTcp } from '../../src/plan/sockets/compileSockets.js';
import { SocketFollower } from '../../src/plan/sockets/socketFollower.js';
import type { KnownPlace } from '../../src/plan/lists/known.js';
import { offsetOf, sizeOf, type StructType } from '../../src/simulator/model/ctypes.js';
import { hasOwnHash, inpcb, inpcbinfo, pcbFlags } from '../../src/simulator/model/pcbTypes.js';
import { socket } from '../../src/simulator/model/socketTypes.js';
import { profileOf, type ProfileName } from '../../src/simulator/profiles.js';
import { SmallKernel } from './smallKernel.js';

export const CHAINS = 4;
/** What a connection has for a socket: nobody is to look there. */
export const NO_SOCKET = 0xffff_fe00_dead_0000n;
const GARBAGE = 0xdead_c0den;
const INFO = 'inp_inc.inc_ie';

export interface Listening {
  readonly port: number;
  readonly address?: readonly number[];
  readonly vflag?: number;
  readonly queue?: readonly [number, number, number];
}

export class SmallSockets {
  readonly kernel: SmallKernel;
  readonly isSplit: boolean;
  readonly pcb: StructType;
  readonly socket: StructType;
  readonly info: StructType;
  /** Chains of connections, and those of what is connected to nobody. */
  readonly exact: bigint;
  readonly wild: bigint;
  private generation = 100n;

  constructor(profile: ProfileName = 'amd64-14') {
    const kernel = profileOf(profile);
    this.isSplit = hasOwnHash(kernel);
    this.pcb = inpcb(kernel);
    this.socket = socket(kernel);
    this.info = inpcbinfo(kernel);
    this.kernel = new SmallKernel({ tcbinfo: this.info }, [this.pcb, this.socket]);
    this.exact = this.kernel.allocate(8 * CHAINS);
    this.wild = this.isSplit ? this.kernel.allocate(8 * CHAINS) : this.exact;
    this.kernel.set('tcbinfo', {
      ipi_hashmask: CHAINS - 1,
      ...(this.isSplit ? { ipi_hash_exact: this.exact, ipi_hash_wild: this.wild } : { ipi_hashbase: this.exact }),
    });
  }

  get head(): bigint {
    return this.kernel.addressOf('tcbinfo');
  }

  newPcb(): bigint {
    return this.kernel.allocate(sizeOf(this.pcb));
  }

  newSocket(ownPage = false): bigint {
    return this.kernel.make(this.socket, {}, ownPage);
  }

  connect(pcb: bigint, chain: number, own = NO_SOCKET): void {
    this.come(pcb, own, { [`${INFO}.ie_fport`]: Buffer.from([1, 187]), [`${INFO}.ie_lport`]: Buffer.from([4, chain]) });
    this.insert(pcb, this.exact, chain, this.exactLink);
  }

  /** To a port, without listen(2). */
  bind(pcb: bigint, own: bigint, { port, address = [0, 0, 0, 0], vflag = pcbFlags.ipv4 }: Listening): void {
    const lport = Buffer.alloc(2);
    lport.writeUInt16BE(port);
    const local = `${INFO}.ie_dependladdr.${address.length === 16 ? 'id6_addr' : 'id46_addr.ia46_addr4'}`;
    this.come(pcb, own, { [`${INFO}.ie_fport`]: 0, [`${INFO}.ie_lport`]: lport, inp_vflag: vflag });
    this.kernel.put(this.pcb, pcb, { [local]: Buffer.from(address) });
    this.kernel.put(this.socket, own, {
      so_options: 0,
      so_pcb: pcb,
      so_gencnt: ++this.generation,
      'use.sol.sol_qlen': GARBAGE,
      'use.sol.sol_incqlen': GARBAGE,
      'use.sol.sol_qlimit': GARBAGE,
    });
    this.insert(pcb, this.wild, port % CHAINS, this.wildLink);
  }

  listen(pcb: bigint, own: bigint, listening: Listening): void {
    this.bind(pcb, own, listening);
    const [waiting, incomplete, limit] = listening.queue ?? [0, 0, 10];
    this.kernel.put(this.socket, own, {
      'use.sol.sol_qlen': waiting,
      'use.sol.sol_incqlen': incomplete,
      'use.sol.sol_qlimit': limit,
      so_options: 2,
    });
  }

  /** Out of its chain, and given back: what it held stays in it but for its socket. */
  free(pcb: bigint, wasConnected: boolean): void {
    this.remove(pcb, wasConnected ? this.exactLink : this.wildLink);
    const own = this.kernel.memory.word(pcb + BigInt(offsetOf(this.pcb, 'inp_socket')));
    if (own !== NO_SOCKET) this.kernel.put(this.socket, own, { so_pcb: 0, 'use.sol.sol_qlen': 0 });
    this.kernel.put(this.pcb, pcb, { inp_gencnt: ++this.generation, inp_socket: 0 });
  }

  follow({
    limit = 100,
    place,
    now = () => 0,
  }: { limit?: number; place?: KnownPlace; now?: () => number } = {}): SocketFollower {
    const { kernel } = this;
    const { origin } = kernel.found('tcbinfo');
    const plan = { ...compileTcp(kernel.types).sockets, limit };
    const heads = [{ address: kernel.addressOf('tcbinfo'), vnet: undefined, labels: [], isOwn: true }];
    return new SocketFollower(plan, kernel, () => heads, origin, place, undefined, now);
  }

  private get exactLink(): bigint {
    return BigInt(offsetOf(this.pcb, this.isSplit ? 'inp_hash_exact' : 'inp_hash'));
  }

  private get wildLink(): bigint {
    return BigInt(offsetOf(this.pcb, this.isSplit ? 'inp_hash_wild' : 'inp_hash'));
  }

  private come(pcb: bigint, own: bigint, values: Parameters<SmallKernel['put']>[2]): void {
    this.kernel.memory.write(pcb, Buffer.alloc(sizeOf(this.pcb)));
    this.kernel.put(this.pcb, pcb, {
      inp_vflag: pcbFlags.ipv4,
      inp_pcbinfo: this.head,
      inp_socket: own,
      inp_gencnt: ++this.generation,
      ...values,
    });
  }

  private insert(pcb: bigint, base: bigint, chain: number, link: bigint): void {
    const { memory } = this.kernel;
    const head = base + BigInt(8 * chain);
    const next = memory.word(head);
    memory.store(pcb + link, next);
    memory.store(pcb + link + 8n, head);
    if (next !== 0n) memory.store(next + link + 8n, pcb + link);
    memory.store(head, pcb);
  }

  private remove(pcb: bigint, link: bigint): void {
    const { memory } = this.kernel;
    const next = memory.word(pcb + link);
    const previous = memory.word(pcb + link + 8n);
    if (next !== 0n) memory.store(next + link + 8n, previous);
    memory.store(previous, next);
  }
}

/** Which are never asked for. */
export const noRests = { due: (): boolean => false, rest: (): Promise<void> => Promise.resolve() };
