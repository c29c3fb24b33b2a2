/** Keeps the instances of a VNET symbol in step with the vnets: one for each. */
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { Follower, FollowerTally, Instance } from '../instances/instance.js';
import { addressIn, type Vnet, type Vnets } from './vnets.js';
import type { WalkCost } from './walkCost.js';

export class VnetFollower implements Follower {
  /** As they were told last. */
  private told: readonly Vnet[] = [];
  /** The vnet of each of the instances. */
  private vnets: readonly Vnet[] = [];
  private instances: readonly Instance[] = [];

  /**
   * @param place of the symbol in the kernel's set
   * @param ownBase where this process's vnet has its data
   */
  constructor(
    private readonly source: Vnets,
    private readonly place: bigint,
    private readonly ownBase: bigint | undefined,
    private readonly origin: SymbolOrigin,
  ) {}

  get tally(): FollowerTally {
    return { published: this.instances.length, doubtful: 0, beyondLimit: 0, duplicates: 0, successors: 0 };
  }

  get trouble(): string | undefined {
    return this.source.broken;
  }

  get cost(): WalkCost {
    return { elements: this.instances.length, reads: 0, bytes: 0 };
  }

  look(): readonly Instance[] {
    const now = this.source.look();
    if (now === this.told) return this.instances;
    this.told = now;
    const known = new Map(this.vnets.map((vnet, index) => [vnet, this.instances[index]!]));
    const found = now.flatMap((vnet): [Vnet, Instance][] => {
      const cells = addressIn(vnet, this.place);
      if (cells === undefined) return [];
      const { labels } = vnet;
      const isElsewhere = vnet.dataBase !== this.ownBase;
      return [[vnet, known.get(vnet) ?? { labels, where: { cells }, origin: this.origin, isElsewhere }]];
    });
    this.vnets = found.map(([vnet]) => vnet);
    this.instances = found.map(([, instance]) => instance);
    return this.instances;
  }

  gone(): ReadonlySet<Instance> {
    const now = this.source.look();
    if (now === this.told) return new Set();
    const there = new Set(now);
    return new Set(this.instances.filter((_, index) => !there.has(this.vnets[index]!)));
  }
}
