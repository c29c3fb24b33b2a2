/**
 * The vnets of the kernel and the jails that they belong to: where each has its data, and by which labels its series are known. Network stacks
 * come and go with their jails; one that is dying keeps its place on the lists for minutes, under a name that another may have by now.
 */
import type { Label } from '../../config/model.js';
import { leaves } from '../../ctf/members.js';
import type { ObjectTypes } from '../../ctf/types.js';
import { isKernelAddress, isObjectAddress, type KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import { readInteger } from '../../kernel/integers.js';
import type { Kernel } from '../../kernel/kernel.js';
import { sameOr } from '../instances/sameOr.js';
import { compileList } from './compileList.js';
import type { ListPlan, Slice } from './listPlan.js';
import { textIn } from '../../kernel/texts.js';
import { costOf, NO_WALK } from './walkCost.js';
import { Walker, type Element, type ListHead } from './walker.js';
import { ShapeError, UntoldError } from '../shapes.js';

/** `VNET_MAGIC_N` of <net/vnet.h>. */
const VNET_MAGIC = 0x5e4a_6f28;

const RULES = {
  count: undefined,
  inside: undefined,
  keys: [],
  where: [],
  zpcpu: undefined,
  instead: undefined,
  limit: Infinity,
  duplicates: undefined,
} as const;

/** How the lists `vnet_head` and `allprison` are walked, in bytes. */
export interface VnetsPlan {
  readonly vnets: ListPlan;
  readonly dataBase: Slice;
  readonly prisons: ListPlan;
  readonly prison: Readonly<Record<'id' | 'name' | 'vnet' | 'parent', Slice>>;
  /** What tells a living prison: a state with this value, or, before FreeBSD 13, references of users. */
  readonly alive: { readonly slice: Slice; readonly state: bigint | undefined };
}

/** How often the lists are walked where a walk does not come to its end. */
const ATTEMPTS = 3;

/** One of them. */
export interface Vnet {
  readonly address: KernelAddress;
  /** `vnet_data_base`: what is added to the value of a VNET symbol in the kernel's set. */
  readonly dataBase: bigint;
  /** The name and id of its jail; none for the host's. */
  readonly labels: readonly Label[];
}

/** Where a vnet has the symbol that is at `place` in the kernel's set; undefined where that would be nowhere. */
export function addressIn({ dataBase }: Vnet, place: bigint): KernelAddress | undefined {
  const address = BigInt.asUintN(64, place + dataBase);
  return isObjectAddress(address) ? address : undefined;
}

/** Throws ShapeError where the kernel's types do not tell. */
export function compileVnets(file: ObjectTypes): VnetsPlan {
  const vnet = listOf(file, 'vnet_head', {
    link: 'vnet_le',
    check: [{ member: 'vnet_magic_n', equals: VNET_MAGIC }],
    same: ['vnet_data_base'],
  });
  const prisons = listOf(file, 'allprison', {
    link: 'pr_list',
    check: [],
    same: ['pr_id', 'pr_name', 'pr_vnet', 'pr_parent', livesBy(file)],
  });
  const [dataBase] = vnet.same as [Slice];
  const [id, name, inVnet, parent, life] = prisons.same as [Slice, Slice, Slice, Slice, Slice];
  return {
    vnets: vnet,
    dataBase,
    prisons,
    prison: { id, name, vnet: inVnet, parent },
    alive: { slice: life, state: aliveState(file) },
  };
}

/** The member of a prison that tells whether it lives. */
function livesBy(file: ObjectTypes): string {
  return aliveState(file) === undefined ? 'pr_uref' : 'pr_state';
}

/** `PRISON_STATE_ALIVE` of <sys/jail.h>; undefined where prisons have no state. */
function aliveState(file: ObjectTypes): bigint | undefined {
  const prison = file.findStruct('prison');
  const field = prison === undefined ? undefined : [...leaves(file, prison)].find(({ path }) => path === 'pr_state');
  const type = field === undefined ? undefined : file.resolve(field.type);
  const alive = type?.kind === 'enum' ? type.values.find(({ name }) => name === 'PRISON_STATE_ALIVE') : undefined;
  return alive === undefined ? undefined : BigInt(alive.value);
}

function listOf(
  file: ObjectTypes,
  symbol: string,
  rules: { link: string; check: { member: string; equals: number }[]; same: string[] },
): ListPlan {
  const type = file.typeOfObject(symbol);
  if (type === undefined)
    throw new UntoldError(`the kernel's types tell nothing of ${symbol}, which leads to the vnets`);
  try {
    return compileList(file, type, undefined, { ...RULES, ...rules }).plan;
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${symbol}: ${error.message}`);
    throw error;
  }
}

export class Vnets {
  /** Of the last walk. */
  cost = NO_WALK;
  private readonly vnetWalker: Walker;
  private readonly prisonWalker: Walker;
  private known: readonly Vnet[] = [];
  private isFresh = false;

  constructor(
    private readonly plan: VnetsPlan,
    private readonly kernel: Pick<Kernel, 'memory' | 'symbols'>,
  ) {
    const noLength = (): undefined => undefined;
    this.vnetWalker = new Walker(plan.vnets, kernel.memory, noLength);
    this.prisonWalker = new Walker(plan.prisons, kernel.memory, noLength);
  }

  /** What look() gave is asked for anew from now on. */
  forget(): void {
    this.isFresh = false;
  }

  /**
   * Those of the host and of living jails, the host's first. None where two would have the same labels: one of them is on its way out. The same objects where nothing changed. Throws KvmError where they cannot be read.
   */
  look(): readonly Vnet[] {
    if (!this.isFresh) {
      this.cost = costOf(this.kernel.memory, () => {
        this.read();
        return this.vnetWalker.elements.length + this.prisonWalker.elements.length;
      });
    }
    this.isFresh = true;
    return this.known;
  }

  /** Why some of them may not have been found; undefined where all were. */
  get broken(): string | undefined {
    return this.prisonWalker.broken ?? this.vnetWalker.broken;
  }

  private get isWorthAnother(): boolean {
    return this.broken !== undefined && !this.prisonWalker.isTooLong && !this.vnetWalker.isTooLong;
  }

  private read(): void {
    let now = this.readOnce();
    for (let attempt = 2; attempt <= ATTEMPTS && this.isWorthAnother; attempt++) now = this.readOnce();
    this.known = kept(now, this.known);
  }

  private readOnce(): Vnet[] {
    const [magic] = this.plan.vnets.check;
    const host = this.hostVnet();
    const jails = this.jailsByVnet(host);
    this.vnetWalker.walk([this.headOf('vnet_head')]);
    const now = this.vnetWalker.elements.flatMap((element): Vnet[] => {
      const isVnet = magic !== undefined && this.vnetWalker.valueOf(element, magic) === BigInt(VNET_MAGIC);
      const labels = element.address === host ? [] : jails.get(element.address);
      if (!isVnet || labels === undefined) return [];
      return [{ address: element.address, dataBase: this.vnetWalker.valueOf(element, this.plan.dataBase), labels }];
    });
    now.sort((a, b) => Number(b.address === host) - Number(a.address === host));
    return now.filter(({ labels }) => now.filter((other) => sameLabels(other.labels, labels)).length === 1);
  }

  /** The vnet that has its data there; undefined where none has. */
  withDataAt(base: bigint): Vnet | undefined {
    return this.look().find(({ dataBase }) => dataBase === base);
  }

  private hostVnet(): KernelAddress {
    const vnet = readInteger(this.kernel.memory, this.headOf('vnet0').address);
    if (!isKernelAddress(vnet)) throw new KvmError('kvm_read', 'vnet0 leads nowhere');
    return vnet;
  }

  /** The labels of the prison that has each vnet for itself: those in it have a parent with the same. */
  private jailsByVnet(host: KernelAddress): ReadonlyMap<bigint, readonly Label[]> {
    const { prisonWalker: walker, plan } = this;
    walker.walk([this.headOf('allprison')]);
    const { address: prison0 } = this.headOf('prison0');
    const vnetOf = (element: Element): bigint => walker.valueOf(element, plan.prison.vnet);
    const byAddress = new Map(walker.elements.map((element) => [element.address as bigint, vnetOf(element)]));
    // The host is no jail, and not on the list.
    byAddress.set(prison0, host);
    const jails = new Map<bigint, readonly Label[]>();
    for (const element of walker.elements) {
      const vnet = vnetOf(element);
      const parent = byAddress.get(walker.valueOf(element, plan.prison.parent));
      // Where the parent was not met, nobody knows whose vnet it is.
      if (parent === undefined || vnet === parent || !this.isAlive(element)) continue;
      const name = textIn(walker.bytesOf(element, plan.prison.name));
      const id = BigInt.asIntN(32, walker.valueOf(element, plan.prison.id));
      jails.set(vnet, [
        { name: 'jail', value: name },
        { name: 'jid', value: String(id) },
      ]);
    }
    return jails;
  }

  private isAlive(element: Element): boolean {
    const { slice, state } = this.plan.alive;
    const value = this.prisonWalker.valueOf(element, slice);
    return state === undefined ? BigInt.asIntN(32, value) > 0n : value === state;
  }

  private headOf(symbol: string): ListHead {
    const found = this.kernel.symbols.resolve(symbol);
    if (found === undefined) throw new KvmError('kldsym', `the kernel has no ${symbol}`);
    return { address: found.address, vnet: undefined };
  }
}

/** The array and the objects of before where they are the same. */
function kept(now: readonly Vnet[], before: readonly Vnet[]): readonly Vnet[] {
  const known = new Map(before.map((vnet) => [vnet.address, vnet]));
  const result = now.map((vnet) => {
    const same = known.get(vnet.address);
    return same?.dataBase === vnet.dataBase && sameLabels(same.labels, vnet.labels) ? same : vnet;
  });
  return sameOr(result, before);
}

function sameLabels(a: readonly Label[], b: readonly Label[]): boolean {
  return a.length === b.length && a.every(({ value }, index) => value === b[index]?.value);
}
