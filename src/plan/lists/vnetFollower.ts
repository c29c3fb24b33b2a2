/** Keeps the instances of a VNET symbol in step with the vnets: one for each. */
import { kernelAddress } from '../../kernel/address.js';
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { Follower, FollowerTally, Instance } from '../instances/instance.js';
import type { Vnet, Vnets } from './vnets.js';
import type { WalkCost } from './walkCost.js';

export class VnetFollower implements Follower {
  readonly trouble = undefined;
  private vnets: readonly Vnet[] = [];
  private instances: readonly Instance[] = [];

  /** @param place of the symbol in the kernel's set */
  constructor(
    private readonly source: Vnets,
    private readonly place: bigint,
    private readonly origin: SymbolOrigin,
  ) {}

  get tally(): FollowerTally {
    return { published: this.instances.length, doubtful: 0, beyondLimit: 0, duplicates: 0 };
  }

  get cost(): WalkCost {
    return { elements: this.instances.length, reads: 0, bytes: 0 };
  }

  look(): readonly Instance[] {
    const now = this.source.look();
    if (now === this.vnets) return this.instances;
    const known = new Map(this.vnets.map((vnet, index) => [vnet, this.instances[index]!]));
    this.vnets = now;
    this.instances = now.map(
      (vnet) =>
        known.get(vnet) ?? {
          labels: vnet.labels,
          where: { cells: kernelAddress(this.place + vnet.dataBase) },
          origin: this.origin,
        },
    );
    return this.instances;
  }

  gone(): ReadonlySet<Instance> {
    const now = this.source.look();
    if (now === this.vnets) return new Set();
    const there = new Set(now);
    return new Set(this.instances.filter((_, index) => !there.has(this.vnets[index]!)));
  }
}
