/**
 * Keeps the instances of a list in step with it: one for each element that is believed and wanted, the same object for as long as the element
 * is the same. Elements are judged one by one, by what each says of itself: under load two walks of a long list never agree.
 */
import type { Label } from '../../config/model.js';
import { valueFormats } from '../../config/valueFormats.js';
import type { KernelAddress } from '../../kernel/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { Follower, FollowerTally, Instance, Told } from '../instances/instance.js';
import { firstOnes, isTold, numbered, rank, type Known } from './known.js';
import type { Condition, Key, ListPlan, Slice } from './listPlan.js';
import { textIn } from '../../kernel/texts.js';
import { costOf, NO_WALK } from './walkCost.js';
import { Walker, type Element, type ListHead } from './walker.js';

/** How often a list is walked where a walk does not come to its end. */
const ATTEMPTS = 3;
/** Walks cut short after which an element is forgotten that none of them has met. */
const FORGOTTEN_AFTER = 64;
const NONE: ReadonlySet<Instance> = new Set();

/** Where a list begins, and what all its elements are labelled with. */
export interface LabelledHead extends ListHead {
  readonly labels: readonly Label[];
  /** True where it is in the vnet of this process, or in none. */
  readonly isOwn: boolean;
}

export class ListFollower implements Follower {
  tally: FollowerTally = { published: 0, doubtful: 0, beyondLimit: 0, duplicates: 0 };
  cost = NO_WALK;
  private readonly walker: Walker;
  private readonly fixed: readonly Slice[];
  private readonly known = new Map<bigint, Known>();
  /** Of elements with the same labels that are added up, by these labels. */
  private readonly sums = new Map<string, { readonly members: readonly Known[]; readonly instance: Instance }>();
  private instances: readonly Instance[] = [];
  /** The elements that each of the instances is made of, in their order. */
  private members: readonly (readonly Known[])[] = [];
  private walks = 0;

  /**
   * @param heads where the lists begin now. Throws KvmError where that cannot be told
   * @param origin of the symbol
   * @param headTrouble why there may be more heads
   */
  constructor(
    private readonly plan: ListPlan,
    private readonly kernel: Pick<Kernel, 'memory' | 'symbols'>,
    private readonly heads: () => readonly LabelledHead[],
    private readonly origin: SymbolOrigin,
    private readonly headTrouble: () => string | undefined = () => undefined,
  ) {
    const addressOf = (symbol: string): KernelAddress | undefined => this.kernel.symbols.resolve(symbol)?.address;
    const remembered = new Map<string, KernelAddress | undefined>();
    this.walker = new Walker(plan, kernel.memory, (symbol) => {
      if (!remembered.has(symbol)) remembered.set(symbol, addressOf(symbol));
      return remembered.get(symbol);
    });
    const { instead } = plan;
    const told = instead === undefined ? [] : [...instead.unless, instead.index, instead.name];
    this.fixed = [...plan.keys, ...plan.where, ...plan.check, ...plan.same, ...told];
  }

  /** Why some elements may not have been met; undefined where all were. */
  get trouble(): string | undefined {
    const { published, doubtful } = this.tally;
    const isNoneBelieved = published === 0 && doubtful > 0;
    return (
      this.walker.broken ??
      this.headTrouble() ??
      (isNoneBelieved ? `of its ${doubtful} elements none holds what it must` : undefined)
    );
  }

  look(): readonly Instance[] {
    const walk = this.walk();
    const strangers = this.walker.elements.filter((element) => !this.isMet(element, walk));
    for (const element of strangers) {
      const known = this.known.get(element.address);
      // One that comes twice in a walk was moved, or is not what it seems.
      if (known?.walk === walk && known.isBelieved) continue;
      // As the youngest of all.
      this.known.delete(element.address);
      this.known.set(element.address, this.meet(element, walk));
    }
    this.forget(walk);
    // What a sum lacks, nobody would see.
    if (this.plan.duplicates === 'sum' && this.walker.broken !== undefined) this.doubtAll();
    else this.choose(walk);
    return this.instances;
  }

  gone(): ReadonlySet<Instance> {
    if (this.instances.length === 0) return NONE;
    const walk = this.walk();
    const strangers = this.walker.elements.filter((element) => !this.isMet(element, walk));
    const joined = new Set<string>();
    if (this.plan.duplicates === 'sum') {
      for (const { labels, name } of strangers.map((element) => this.meet(element, walk)))
        if (labels !== undefined) joined.add(name);
    }
    const gone = this.instances.filter((_, index) => {
      const members = this.members[index]!;
      // The first walk may have come past one that belongs to the sum.
      return members.some((member) => member.walk !== walk) || joined.has(members[0]!.name);
    });
    return gone.length === 0 ? NONE : new Set(gone);
  }

  /** True where it is one that is known, which then counts as met. */
  private isMet(element: Element, walk: number): boolean {
    const known = this.known.get(element.address);
    if (known === undefined || !this.isSame(known, element)) return false;
    known.walk = walk;
    return true;
  }

  /** Where the walk was cut short, those that it did not come to may be there: they keep their numbers and places. */
  private forget(walk: number): void {
    const oldest = this.walker.broken === undefined ? walk : walk - FORGOTTEN_AFTER;
    for (const [address, { walk: met }] of this.known) if (met < oldest) this.known.delete(address);
  }

  private doubtAll(): void {
    this.members = [];
    if (this.instances.length > 0) this.instances = [];
    this.tally = { published: 0, doubtful: this.walker.elements.length, beyondLimit: 0, duplicates: 0 };
  }

  private walk(): number {
    const heads = this.heads();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      this.cost = costOf(this.kernel.memory, () => {
        this.walker.walk(heads);
        return this.walker.elements.length;
      });
      if (this.walker.broken === undefined || this.walker.isTooLong) break;
    }
    return ++this.walks;
  }

  private isSame(known: Known, element: Element): boolean {
    if (known.outer !== element.outer?.address || known.headLabels !== (element.head as LabelledHead).labels)
      return false;
    let at = 0;
    for (const slice of this.fixed) {
      if (this.walker.differs(element, slice, known.fixed, at)) return false;
      at += slice.size;
    }
    return known.texts.every((text, index) => text === element.texts[index]);
  }

  private meet(element: Element, walk: number): Known {
    const { labels: headLabels } = element.head as LabelledHead;
    const isBelieved = this.holds(this.plan.check, element);
    const told = this.toldOf(element);
    // Of another vnet than this process's nobody tells.
    const isTold = told === undefined || (element.head as LabelledHead).isOwn;
    const isWanted = isBelieved && isTold && this.holds(this.plan.where, element);
    const labels = isWanted ? this.labelsOf(element) : undefined;
    return {
      address: element.address,
      fixed: Buffer.concat(this.fixed.map((slice) => this.walker.bytesOf(element, slice))),
      texts: [...element.texts],
      outer: element.outer?.address,
      headLabels,
      labels,
      name: labels === undefined ? '' : JSON.stringify(labels.map(({ name, value }) => [name, value])),
      // A text that could not be read leaves an element without its name.
      isBelieved: isBelieved && isTold && !(isWanted && labels === undefined),
      told,
      number: 0,
      instance: undefined,
      walk,
      isPublished: false,
    };
  }

  private toldOf(element: Element): Told | undefined {
    const { instead } = this.plan;
    if (instead === undefined || this.holds(instead.unless, element)) return undefined;
    return {
      index: Number(this.walker.valueOf(element, instead.index)),
      name: textIn(this.walker.bytesOf(element, instead.name)),
      counters: instead.counters,
    };
  }

  private holds(conditions: readonly Condition[], element: Element): boolean {
    return conditions.every(
      (condition) => this.walker.valueOf(element, condition) === this.expected(condition, element),
    );
  }

  /** Undefined where nothing fits: a symbol that does not exist. */
  private expected(condition: Condition, { address, outer, head }: Element): bigint | undefined {
    switch (condition.is) {
      case 'value':
        return condition.value;
      case 'symbol':
        return this.kernel.symbols.lookUp(condition.symbol)?.value;
      case 'self':
        return address;
      case 'outer':
        return outer?.address;
      case 'vnet':
        return head.vnet ?? 0n;
    }
  }

  /** Undefined where one of its texts could not be read. */
  private labelsOf(element: Element): readonly Label[] | undefined {
    const labels = [...(element.head as LabelledHead).labels];
    let text = 0;
    for (const key of this.plan.keys) {
      const value = key.as === 'text' ? element.texts[text++] : this.valueOf(key, element);
      if (value === undefined) return undefined;
      // Prometheus takes an empty value for no label.
      if (value !== '') labels.push({ name: key.label, value });
    }
    return labels;
  }

  private valueOf(key: Exclude<Key, { as: 'text' }>, element: Element): string {
    if (key.as === 'characters') return textIn(this.walker.bytesOf(element, key));
    const bits = this.walker.valueOf(element, key);
    if (key.as === 'name') {
      const value = String(BigInt.asIntN(32, bits));
      return key.names[value] ?? value;
    }
    return String(valueFormats[key.format].signed ? BigInt.asIntN(8 * key.size, bits) : bits);
  }

  /** Which of the elements are published, and as what. */
  private choose(walk: number): void {
    const { limit, duplicates } = this.plan;
    const groups = new Map<string, Known[]>();
    /** The labels of those that are published and were not met. */
    const held: string[] = [];
    let doubtful = 0;
    for (const known of this.known.values()) {
      if (known.walk !== walk) {
        if (known.isPublished) held.push(known.name);
        continue;
      }
      if (!known.isBelieved) doubtful++;
      if (known.labels === undefined) continue;
      const group = groups.get(known.name);
      if (group === undefined) groups.set(known.name, [known]);
      else group.push(known);
    }
    const chosen: (readonly Known[])[] = [];
    if (duplicates === 'sum') chosen.push(...groups.values());
    else if (duplicates === undefined) chosen.push(...firstOnes(groups, new Set(held)));
    else chosen.push(...numbered(groups, this.known.values()).map((one) => [one]));
    // Those that are published stay so for as long as they live.
    const places = Math.max(0, limit - held.length);
    const published = chosen.length <= places ? chosen : [...chosen].sort((a, b) => rank(b) - rank(a)).slice(0, places);
    this.publish(published, walk);
    const wanted = duplicates === undefined ? [...groups.values()].reduce((sum, group) => sum + group.length, 0) : 0;
    this.tally = {
      published: published.length,
      doubtful,
      beyondLimit: chosen.length - published.length,
      duplicates: Math.max(0, wanted - chosen.length),
    };
  }

  private publish(chosen: readonly (readonly Known[])[], walk: number): void {
    let groups = chosen;
    for (const known of this.known.values()) if (known.walk === walk) known.isPublished = false;
    // What has no parts of CPUs comes last: so the others' lie side by side.
    if (this.plan.instead !== undefined) groups = [...groups].sort((a, b) => isTold(a) - isTold(b));
    const instances = groups.map((group) => {
      for (const known of group) known.isPublished = true;
      return group.length === 1 ? this.instanceOf(group[0]!) : this.sumOf(group);
    });
    const summed = new Set(groups.filter(({ length }) => length > 1).map(([first]) => first!.name));
    for (const name of this.sums.keys()) if (!summed.has(name)) this.sums.delete(name);
    this.members = groups;
    const isSame =
      instances.length === this.instances.length && instances.every((one, index) => one === this.instances[index]);
    if (!isSame) this.instances = instances;
  }

  private instanceOf(known: Known): Instance {
    const { duplicates } = this.plan;
    const { labels = [], number, address } = known;
    const isNumbered = duplicates !== undefined && duplicates !== 'sum' && number > 1;
    // It has had its number since before it was published.
    known.instance ??= {
      labels: isNumbered ? [...labels, { name: duplicates, value: String(number) }] : labels,
      where: known.told === undefined ? { cells: address } : { cells: address, told: known.told },
      origin: this.origin,
    };
    return known.instance;
  }

  private sumOf(group: readonly Known[]): Instance {
    const [first, ...others] = group as [Known, ...Known[]];
    const known = this.sums.get(first.name);
    const isSame = known?.members.length === group.length && known.members.every((one, index) => one === group[index]);
    if (known !== undefined && isSame) return known.instance;
    const where = { cells: first.address, others: others.map(({ address }) => address) };
    const instance = { labels: first.labels ?? [], where, origin: this.origin };
    this.sums.set(first.name, { members: group, instance });
    return instance;
  }
}
