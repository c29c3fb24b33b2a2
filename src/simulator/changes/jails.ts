/** Jails that come and go, with network stacks of their own or without, in the order in which the kernel writes each change. */
import { sizeOf, type StructType } from '../model/ctypes.js';
import { writePrison, type JailModel } from '../model/jails.js';
import { MAXHOSTNAMELEN, prison, prisonFlags, prisonList, prisonState, tellsState } from '../model/jailTypes.js';
import type { InterfaceChanges, NewInterface } from './interfaces.js';
import { DraftStruct, type LiveMemory } from './liveMemory.js';
import type { LiveVnet, VnetChanges } from './vnets.js';

export interface LiveJail {
  name: string;
  readonly id: number;
  readonly address: bigint;
  /** Of the jail around it; 0 is the host. */
  readonly parent: number;
  /** Its own, or its parent's. */
  readonly vnet: LiveVnet;
  readonly hasVnet: boolean;
  isDying: boolean;
}

export interface NewJail {
  /** Of the jail around it, whose name begins its own; the host unless it is given. */
  readonly parent?: string;
  /** Left out, it has a network stack of its own, with lo0. */
  readonly sharesVnet?: boolean;
}

export class JailChanges {
  /** By allprison, but for those that the host itself is. */
  readonly all: LiveJail[] = [];
  readonly host: LiveJail;
  private readonly prison: StructType;
  private readonly list: StructType;
  private nextId: number;

  constructor(
    private readonly memory: LiveMemory,
    private readonly vnets: VnetChanges,
    private readonly interfaces: InterfaceChanges,
  ) {
    this.prison = prison(memory.profile.release);
    this.list = prisonList(memory.profile.release);
    const stacks = vnets.find();
    this.host = this.see(memory.symbol('prison0'), stacks);
    const first = memory.word(memory.symbol('allprison'));
    for (const address of memory.list(first, (at) => memory.get(this.prison, at, 'pr_list.tqe_next')))
      this.all.push(this.see(address, stacks));
    this.nextId = Math.max(0, ...this.all.map(({ id }) => id)) + 1;
  }

  /** The living one of that name. */
  get(name: string): LiveJail {
    const found = this.all.find((jail) => jail.name === name && !jail.isDying);
    if (found === undefined) throw new Error(`there is no jail ${name}`);
    return found;
  }

  /** As jail(8) -c: found on the list before it is alive. Its counters hold fingerprints, those of lo0 that of `name/lo0`. */
  add(name: string, { parent, sharesVnet = false }: NewJail = {}): LiveJail {
    const { memory } = this;
    const around = parent === undefined ? this.host : this.get(parent);
    if (name.length >= MAXHOSTNAMELEN) throw new Error('the name is too long for a jail');
    if (parent !== undefined && !name.startsWith(`${parent}.`)) throw new Error(`${name} is not within ${parent}`);
    if (this.all.some((jail) => jail.name === name && !jail.isDying)) throw new Error(`there is ${name} already`);
    const id = this.nextId++;
    const address = memory.take('prison');
    const model: JailModel = { id, name, parent: around.id, hasVnet: !sharesVnet, isDying: false };
    const built = new DraftStruct(this.prison, address);
    const last = memory.get(this.list, memory.symbol('allprison'), 'tqh_last');
    const children = new DraftStruct(this.prison, around.address).at('pr_children.lh_first');
    const older = memory.word(children);
    writePrison(built, memory.profile, model, around.vnet.vnet);
    built.put({
      pr_uref: 0,
      pr_parent: around.address,
      'pr_list.tqe_prev': last,
      'pr_sibling.le_next': older,
      'pr_sibling.le_prev': children,
      ...(tellsState(memory.profile.release) ? { pr_state: prisonState.invalid } : {}),
    });
    memory.image.write(address, built.bytes);
    memory.putWord(last, address);
    memory.put(this.list, memory.symbol('allprison'), 'tqh_last', built.at('pr_list.tqe_next'));
    if (older !== 0n) memory.put(this.prison, older, 'pr_sibling.le_prev', built.at('pr_sibling.le_next'));
    memory.putWord(children, address);
    this.countChildren(around, 1n);

    const vnet = sharesVnet ? around.vnet : this.vnets.add(name);
    memory.put(this.prison, address, 'pr_vnet', vnet.vnet);
    memory.put(this.prison, address, 'pr_uref', 1);
    this.tellState(address, prisonState.alive);
    const jail: LiveJail = { name, id, address, parent: around.id, vnet, hasVnet: !sharesVnet, isDying: false };
    this.all.push(jail);
    if (!sharesVnet) this.addInterface(jail, 'lo0');
    return jail;
  }

  /** Another interface in its network stack, with the fingerprint of `jail/name`. */
  addInterface(jail: LiveJail, name: string, given: NewInterface = {}): void {
    this.interfaces.add(jail.vnet, name, { owner: `${jail.name}/${name}`, ...given });
  }

  /** As jail(8) -r where something still holds it: it stays on the list under its name, and so does its network stack. */
  kill(name: string): LiveJail {
    const jail = this.get(name);
    if (this.all.some(({ parent, isDying }) => parent === jail.id && !isDying))
      throw new Error(`${name} has jails in it`);
    this.tellState(jail.address, prisonState.dying);
    this.memory.put(this.prison, jail.address, 'pr_uref', 0);
    jail.isDying = true;
    return jail;
  }

  /** What holds a dying jail lets go: it is unlinked, then its network stack is destroyed, then its memory is freed. */
  free(jail: LiveJail): void {
    const { memory } = this;
    if (!jail.isDying) throw new Error(`${jail.name} is alive`);
    if (this.all.some(({ parent }) => parent === jail.id)) throw new Error(`${jail.name} has jails in it`);
    this.tellState(jail.address, prisonState.invalid);
    const head = memory.symbol('allprison');
    const next = memory.get(this.prison, jail.address, 'pr_list.tqe_next');
    const link = memory.get(this.prison, jail.address, 'pr_list.tqe_prev');
    if (next === 0n) memory.put(this.list, head, 'tqh_last', link);
    else memory.put(this.prison, next, 'pr_list.tqe_prev', link);
    memory.putWord(link, next);
    const younger = memory.get(this.prison, jail.address, 'pr_sibling.le_prev');
    const older = memory.get(this.prison, jail.address, 'pr_sibling.le_next');
    if (older !== 0n) memory.put(this.prison, older, 'pr_sibling.le_prev', younger);
    memory.putWord(younger, older);
    this.all.splice(this.all.indexOf(jail), 1);
    const around = [this.host, ...this.all].find(({ id }) => id === jail.parent);
    if (around !== undefined) this.countChildren(around, -1n);
    if (jail.hasVnet) {
      for (const { name } of [...jail.vnet.interfaces]) this.interfaces.remove(jail.vnet, name);
      this.vnets.remove(jail.vnet);
    }
    memory.give('prison', jail.address, sizeOf(this.prison));
  }

  remove(name: string): void {
    this.free(this.kill(name));
  }

  /** As jail(8) -m with another name: its own and what is in it. */
  rename(name: string, to: string): void {
    const jail = this.get(name);
    if (this.all.some((each) => each.name === to && !each.isDying)) throw new Error(`there is ${to} already`);
    const within = this.all.filter((each) => each === jail || each.name.startsWith(`${name}.`));
    for (const each of within) {
      each.name = to + each.name.slice(name.length);
      const bytes = Buffer.alloc(MAXHOSTNAMELEN);
      bytes.write(each.name, 'latin1');
      this.memory.image.write(new DraftStruct(this.prison, each.address).at('pr_name'), bytes);
    }
  }

  private tellState(address: bigint, state: number): void {
    if (tellsState(this.memory.profile.release)) this.memory.put(this.prison, address, 'pr_state', state);
  }

  private countChildren({ address }: LiveJail, by: bigint): void {
    const count = this.memory.get(this.prison, address, 'pr_childcount');
    this.memory.put(this.prison, address, 'pr_childcount', count + by);
  }

  private see(address: bigint, stacks: readonly LiveVnet[]): LiveJail {
    const { memory } = this;
    const get = (path: string): bigint => memory.get(this.prison, address, path);
    const at = get('pr_vnet');
    const vnet = stacks.find((stack) => stack.vnet === at);
    if (vnet === undefined) throw new Error('a jail has a network stack that is not on the list');
    const parent = get('pr_parent');
    return {
      name: memory.text(this.prison, address, 'pr_name'),
      id: Number(get('pr_id')),
      address,
      parent: parent === 0n ? 0 : Number(memory.get(this.prison, parent, 'pr_id')),
      vnet,
      hasVnet: (Number(get('pr_flags')) & prisonFlags.vnet) !== 0,
      isDying: get('pr_uref') === 0n,
    };
  }
}
