/**
 * Keeps the instances of the table of interrupts in step with it: one for each counter that is used, and one for all of those that each CPU has
 * its own of (`cpu0:timer`, `cpu1:timer` and so on).
 */
import { costOf, NO_WALK } from './walkCost.js';
import type { KernelAddress } from '../../kernel/address.js';
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { Follower, FollowerTally, Instance, Where } from '../instances/instance.js';
import { sameOr } from '../instances/sameOr.js';
import { labelsKey } from '../labelsKey.js';
import type { InterruptTable, Slot } from './interruptTable.js';

const NONE: ReadonlySet<Instance> = new Set();

/** The counters with the same labels. */
interface Group {
  readonly slots: readonly Slot[];
  readonly instance: Instance;
}

export class InterruptFollower implements Follower {
  readonly trouble = undefined;
  /** Of several that share the table the first reads it. */
  cost = NO_WALK;
  tally: FollowerTally = { published: 0, doubtful: 0, beyondLimit: 0, duplicates: 0, successors: 0 };
  /** By index, as they were at the last look. */
  private slots: readonly (Slot | undefined)[] = [];
  private groups: ReadonlyMap<string, Group> = new Map();
  private instances: readonly Instance[] = [];

  /**
   * @param ofStray true where the counters are meant of interrupts that no handler owned up to; else all others are
   * @param maxId the highest CPU id: there may be counters for more
   */
  constructor(
    private readonly ofStray: boolean,
    private readonly table: InterruptTable,
    private readonly maxId: number,
    private readonly origin: SymbolOrigin,
  ) {}

  look(): readonly Instance[] {
    this.cost = costOf(this.table.memory, () => {
      const slots = this.table.look();
      if (slots !== this.slots) this.choose(slots);
      return this.instances.length;
    });
    return this.instances;
  }

  gone(): ReadonlySet<Instance> {
    const now = this.table.look();
    if (now === this.slots) return NONE;
    const gone = [...this.groups.values()].filter(({ slots }) => slots.some((slot) => now[slot.index] !== slot));
    return gone.length === 0 ? NONE : new Set(gone.map(({ instance }) => instance));
  }

  private choose(slots: readonly (Slot | undefined)[]): void {
    const byLabels = new Map<string, Slot[]>();
    for (const slot of slots) {
      if (slot?.isStray !== this.ofStray) continue;
      if (slot.cpu !== undefined && slot.cpu > this.maxId) continue;
      const key = labelsKey(slot.labels);
      const known = byLabels.get(key);
      if (known === undefined) byLabels.set(key, [slot]);
      else known.push(slot);
    }
    const groups = new Map<string, Group>();
    for (const [key, own] of byLabels) {
      const known = this.groups.get(key);
      const same = sameOr(own, known?.slots ?? []);
      groups.set(key, known?.slots === same ? known : this.groupOf(own));
    }
    this.slots = slots;
    this.groups = groups;
    // What has parts of CPUs comes first: so these lie side by side.
    const all = [...groups.values()].map(({ instance }) => instance);
    const now = [...all.filter(hasCopies), ...all.filter((instance) => !hasCopies(instance))];
    this.instances = sameOr(now, this.instances);
    const { doubtful } = this.table;
    this.tally = { published: now.length, doubtful, beyondLimit: 0, duplicates: 0, successors: 0 };
  }

  private groupOf(slots: readonly Slot[]): Group {
    const [first] = slots as [Slot];
    return { slots, instance: { labels: first.labels, where: this.whereOf(slots), origin: this.origin } };
  }

  private whereOf(slots: readonly Slot[]): Where {
    const copies = new Map<number, KernelAddress>();
    for (const { cpu, index } of slots) if (cpu !== undefined) copies.set(cpu, this.table.counterAt(index));
    if (copies.size === slots.length) return { copies };
    // That of stray interrupts is reached from the counter before it, which is that of all from the same source.
    const [cells, ...others] = slots.map(({ index }) => this.table.counterAt(this.ofStray ? index - 1 : index));
    return { ...(cells === undefined ? {} : { cells }), ...(others.length === 0 ? {} : { others }) };
  }
}

function hasCopies({ where }: Instance): boolean {
  return where.copies !== undefined;
}
