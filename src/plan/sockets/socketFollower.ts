/**
 * Keeps the instances of sockets that listen in step with them. They are searched for among all sockets now and then, since there may be a hundred
 * thousand; those that are known are looked at before each read and after it, so that none at rest is ever missing.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Label } from '../../config/model.js';
import type { KernelAddress } from '../../kernel/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { Follower, FollowerTally, Instance, Rests, Where } from '../instances/instance.js';
import { sameOr } from '../instances/sameOr.js';
import type { KnownPlace } from '../lists/known.js';
import type { LabelledHead } from '../lists/labelledHead.js';
import { costOf, NO_WALK } from '../lists/walkCost.js';
import { Glance } from './glance.js';
import { Judge, type Listener } from './listener.js';
import type { SocketPlan } from './socketPlan.js';
import { SocketSearch } from './socketSearch.js';

/** The part of the time that may go into searches. */
const SEARCH_SHARE = 0.02;
const NONE: ReadonlySet<Instance> = new Set();

/** Those with the same labels: several sockets on one address (SO_REUSEPORT_LB), or of one path. */
interface Group {
  readonly listeners: readonly Listener[];
  readonly instance: Instance;
}

export class SocketFollower implements Follower {
  tally: FollowerTally = { published: 0, doubtful: 0, beyondLimit: 0, duplicates: 0, successors: 0 };
  cost = NO_WALK;
  private readonly judge: Judge;
  private readonly search: SocketSearch;
  /** By name: those that are published come first, and stay so for as long as they live. */
  private groups = new Map<string, Group>();
  private glance: Glance;
  private instances: readonly Instance[] = [];
  /** What the last search met; undefined once that is taken into account. */
  private met: readonly Listener[] | undefined;
  private searched: { readonly at: number; readonly milliseconds: number } | undefined;
  /** Of the search before this look. */
  private searchCost = NO_WALK;

  /**
   * @param heads where they are searched for now. Throws KvmError where that cannot be told
   * @param origin of the symbol
   * @param place as of ListFollower
   * @param headTrouble why there may be more heads
   * @param now milliseconds of a clock that is never set
   */
  constructor(
    private readonly plan: SocketPlan,
    private readonly kernel: Pick<Kernel, 'memory'>,
    private readonly heads: () => readonly LabelledHead[],
    private readonly origin: SymbolOrigin,
    private readonly place: KnownPlace = {},
    private readonly headTrouble: () => string | undefined = () => undefined,
    private readonly now = (): number => performance.now(),
  ) {
    this.judge = new Judge(plan, kernel.memory);
    this.search = new SocketSearch(plan, kernel.memory, this.judge);
    this.glance = this.glanceAt(place.listeners ?? []);
    this.group(this.glance.listeners);
  }

  get trouble(): string | undefined {
    return this.search.trouble ?? this.headTrouble();
  }

  async prepare(rests: Rests): Promise<void> {
    const start = this.now();
    if (this.searched !== undefined) {
      const { at, milliseconds } = this.searched;
      if (start - at < milliseconds * (1 / SEARCH_SHARE - 1)) return;
    }
    let rested = 0;
    const timed: Rests = {
      due: () => rests.due(),
      rest: async () => {
        const from = this.now();
        await rests.rest();
        rested += this.now() - from;
      },
    };
    const { traffic } = this.kernel.memory;
    const { reads, bytes } = traffic;
    this.met = await this.search.run(this.heads(), this.glance.listeners, timed);
    const at = this.now();
    this.searched = { at, milliseconds: at - start - rested };
    this.searchCost = { elements: this.search.steps, reads: traffic.reads - reads, bytes: traffic.bytes - bytes };
  }

  look(): readonly Instance[] {
    const { searchCost } = this;
    this.searchCost = NO_WALK;
    const walk = costOf(this.kernel.memory, () => {
      this.take();
      return 0;
    });
    this.cost = {
      elements: searchCost.elements + this.glance.listeners.length,
      reads: searchCost.reads + walk.reads,
      bytes: searchCost.bytes + walk.bytes,
    };
    return this.instances;
  }

  gone(): ReadonlySet<Instance> {
    if (this.instances.length === 0) return NONE;
    const lost = this.lost();
    if (lost.size === 0) return NONE;
    const gone = [...this.groups.values()].filter(({ listeners }) => listeners.some((one) => lost.has(one)));
    return new Set(gone.map(({ instance }) => instance));
  }

  /** Has the instances follow what the last search met, and what has gone since. */
  private take(): void {
    const { met } = this;
    this.met = undefined;
    const known = this.glance.listeners;
    const kept = new Set(known);
    const news = (met ?? []).filter((listener) => !kept.has(listener));
    if (news.length > 0) {
      // One of these may have the control block of one that is gone.
      const blocks = new Set(news.map(({ pcb }) => pcb));
      this.glance = this.glanceAt([...known.filter(({ pcb }) => !blocks.has(pcb)), ...news]);
    }
    const lost = this.lost();
    if (lost.size > 0) this.glance = this.glanceAt(this.glance.listeners.filter((one) => !lost.has(one)));
    if (this.glance.listeners !== known) this.group(this.glance.listeners);
    this.publish();
  }

  /** Of those that are known: what has gone, or whose table has. */
  private lost(): ReadonlySet<Listener> {
    const lost = this.glance.gone();
    const heads = new Map<KernelAddress, readonly Label[]>(
      this.heads().map(({ address, labels }) => [address, labels]),
    );
    for (const listener of this.glance.listeners) {
      const labels = heads.get(listener.head);
      const isThere = labels === listener.headLabels || isDeepStrictEqual(labels, listener.headLabels);
      if (!isThere) lost.add(listener);
    }
    return lost;
  }

  private glanceAt(listeners: readonly Listener[]): Glance {
    return new Glance(this.plan, listeners, this.kernel.memory, this.judge);
  }

  private group(listeners: readonly Listener[]): void {
    const byName = new Map<string, Listener[]>();
    // In the order that they had, those that are gone left out.
    for (const name of this.groups.keys()) byName.set(name, []);
    for (const listener of listeners) {
      const own = byName.get(listener.name);
      if (own === undefined) byName.set(listener.name, [listener]);
      else own.push(listener);
    }
    const groups = new Map<string, Group>();
    for (const [name, own] of byName) {
      if (own.length === 0) continue;
      const known = this.groups.get(name);
      const same = sameOr(own, known?.listeners ?? []);
      const instance = (): Instance => this.instanceOf(own as [Listener, ...Listener[]]);
      groups.set(name, known?.listeners === same ? known : { listeners: own, instance: instance() });
    }
    this.groups = groups;
    this.place.listeners = [...groups.values()].flatMap((group) => group.listeners);
  }

  private instanceOf([first, ...others]: [Listener, ...Listener[]]): Instance {
    const more = others.length === 0 ? {} : { others: others.map(({ socket }) => socket) };
    const where: Where = { cells: first.socket, ...more };
    return { labels: first.labels, where, origin: this.origin };
  }

  private publish(): void {
    const published = [...this.groups.values()].slice(0, this.plan.limit).map(({ instance }) => instance);
    this.instances = sameOr(published, this.instances);
    this.tally = {
      published: published.length,
      doubtful: 0,
      beyondLimit: this.groups.size - published.length,
      duplicates: 0,
      successors: 0,
    };
  }
}
