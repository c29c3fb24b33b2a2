/** Jails and their network stacks in a small kernel. */
import type { Label } from '../../src/config/model.js';
import { compileVnets, Vnets } from '../../src/plan/lists/vnets.js';
import { pointer, uint64, type CType } from '../../src/simulator/model/ctypes.js';
import { prison, prisonList, prisonState } from '../../src/simulator/model/jailTypes.js';
import { vnet, VNET_MAGIC } from '../../src/simulator/model/kernelTypes.js';
import { listHead } from '../../src/simulator/model/queues.js';
import type { Release } from '../../src/simulator/profiles.js';
import { SmallKernel, type Values } from './smallKernel.js';

/** Bytes of the data of one vnet: the symbols of vnets lie in it as they do in the kernel's image. */
const DATA_BYTES = 8192;

export class SmallJails {
  readonly kernel: SmallKernel;
  readonly vnets: Vnets;
  /** The host's. */
  readonly host: bigint;
  readonly type: CType;
  private hostBase = 0n;
  private jails: bigint[] = [];
  private stacks: bigint[] = [];

  /** @param objects further ones by symbol, those of vnets as `vnet_entry_NAME` */
  constructor(
    private readonly release: Release = 14,
    objects: Readonly<Record<string, CType>> = { vnet_entry_it: uint64 },
    others: readonly CType[] = [],
  ) {
    const type = prison(release);
    this.type = type;
    this.kernel = new SmallKernel(
      {
        vnet_head: listHead('', vnet),
        vnet0: pointer(vnet),
        allprison: prisonList(release),
        prison0: type,
        ...objects,
      },
      [type, vnet, ...others],
      () => this.hostBase,
    );
    const { kernel } = this;
    this.host = this.addVnet();
    this.hostBase = this.baseOf(this.host);
    kernel.memory.store(kernel.addressOf('vnet0'), this.host);
    kernel.set('prison0', { pr_vnet: this.host, pr_name: '0', ...this.alive(true) });
    this.vnets = new Vnets(compileVnets(kernel.types), kernel);
  }

  /** A vnet with data of its own, at the head of the list. */
  addVnet(values: Values = {}): bigint {
    const data = this.kernel.allocate(DATA_BYTES);
    const base = BigInt.asUintN(64, data - this.kernel.addressOf('vnet_head'));
    const at = this.kernel.make(
      vnet,
      { vnet_magic_n: VNET_MAGIC, vnet_data_mem: data, vnet_data_base: base, ...values },
      true,
    );
    this.stacks = [at, ...this.stacks];
    this.link();
    return at;
  }

  removeVnet(at: bigint): void {
    this.stacks = this.stacks.filter((one) => one !== at);
    this.link();
  }

  /** A jail at the end of the list. */
  addJail(
    id: number,
    name: string,
    inVnet: bigint,
    parent: bigint = this.kernel.addressOf('prison0'),
    values: Values = {},
  ): bigint {
    const more = { pr_id: id, pr_name: name, pr_vnet: inVnet, pr_parent: parent, ...this.alive(true), ...values };
    const at = this.kernel.make(this.type, more, true);
    this.jails = [...this.jails, at];
    this.link();
    return at;
  }

  removeJail(at: bigint): void {
    this.jails = this.jails.filter((one) => one !== at);
    this.link();
  }

  /** It stays on the list. */
  kill(at: bigint): void {
    this.kernel.put(this.type, at, this.alive(false));
  }

  baseOf(at: bigint): bigint {
    return this.kernel.memory.word(at + 40n);
  }

  /** What is found now: each by its labels. */
  names(): string[] {
    this.vnets.forget();
    return this.vnets.look().map(({ labels }) => textOf(labels));
  }

  private alive(isAlive: boolean): Values {
    if (this.release < 13) return { pr_uref: isAlive ? 1 : 0 };
    return { pr_uref: 1, pr_state: isAlive ? prisonState.alive : prisonState.dying };
  }

  private link(): void {
    const { kernel, stacks, jails } = this;
    kernel.set('vnet_head', { lh_first: stacks[0] ?? 0n });
    stacks.forEach((at, index) => {
      kernel.put(vnet, at, { 'vnet_le.le_next': stacks[index + 1] ?? 0n });
    });
    kernel.set('allprison', { tqh_first: jails[0] ?? 0n });
    jails.forEach((at, index) => {
      kernel.put(this.type, at, { 'pr_list.tqe_next': jails[index + 1] ?? 0n });
    });
  }
}

export function textOf(labels: readonly Label[]): string {
  return labels.length === 0 ? 'host' : labels.map(({ name, value }) => `${name}=${value}`).join(' ');
}
