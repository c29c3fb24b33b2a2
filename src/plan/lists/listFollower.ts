/**
 * Keeps the instances of a list in step with it: one for each element that is believed and wanted, the same object for as long as the element
 * is the same. Elements are judged one by one, by what each says of itself: under load two walks of a long list never agree.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Label } from '../../config/model.js';
import type { KernelAddress } from '../../kernel/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { Follower, FollowerTally, Instance, Told } from '../instances/instance.js';
import { sameOr } from '../instances/sameOr.js';
import { labelsKey } from '../labelsKey.js';
import { firstOnes, KnownElements, type Known, type KnownPlace } from './known.js';
import { labelValue } from './labelValue.js';
import type { LabelledHead } from './labelledHead.js';
import type { Condition, ListPlan, Slice } from './listPlan.js';
import { oldestFirst } from './oldestFirst.js';
import { textIn } from '../../kernel/texts.js';
import { costOf, NO_WALK } from './walkCost.js';
import { isMet, nodeAt, Walker, type Element } from './walker.js';

/** How often a list is walked where a walk does not come to its end. */
const ATTEMPTS = 3;
const NONE: ReadonlySet<Instance> = new Set();
const NOBODY: readonly Element[] = [];

export class ListFollower implements Follower {
  tally: FollowerTally = { published: 0, doubtful: 0, beyondLimit: 0, duplicates: 0, successors: 0 };
  cost = NO_WALK;
  private readonly walker: Walker;
  private readonly fixed: readonly Slice[];
  private readonly placeKeys: readonly Slice[];
  private readonly known: KnownElements;
  private instances: readonly Instance[] = [];
  /** The element of each of the instances. */
  private published: readonly Known[] = [];
  /** True where all that is known was met when it was chosen what is published: while all of it is met again, that stays the same. */
  private isSettled = false;
  private walks = 0;

  /**
   * @param heads where the lists begin now. Throws KvmError where that cannot be told
   * @param origin of the symbol
   * @param place what was known of the list before, and what is known of it from now on
   * @param headTrouble why there may be more heads
   */
  constructor(
    private readonly plan: ListPlan,
    private readonly kernel: Pick<Kernel, 'memory' | 'symbols'>,
    private readonly heads: () => readonly LabelledHead[],
    private readonly origin: SymbolOrigin,
    private readonly place: KnownPlace = {},
    private readonly headTrouble: () => string | undefined = () => undefined,
  ) {
    this.known = place.last?.copy() ?? new KnownElements();
    const addressOf = (symbol: string): KernelAddress | undefined => this.kernel.symbols.resolve(symbol)?.address;
    const remembered = new Map<string, KernelAddress | undefined>();
    this.walker = new Walker(plan, kernel.memory, (symbol) => {
      if (!remembered.has(symbol)) remembered.set(symbol, addressOf(symbol));
      return remembered.get(symbol);
    });
    const { instead } = plan;
    const told = instead === undefined ? [] : [...instead.unless, instead.index, instead.name];
    const digest = plan.succession?.digest;
    const looked = [...plan.keys, ...plan.where, ...plan.check, ...plan.same, ...plan.cells, ...told];
    this.fixed = [...looked, ...(digest === undefined ? [] : [digest])];
    this.placeKeys = plan.keys.filter(({ as }) => as === 'index');
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
    const strangers = this.strangersOf(walk);
    this.place.last = this.known;
    if (strangers.length === 0 && this.isSettled && this.isWhole && this.known.areAll(walk)) return this.instances;
    for (const element of oldestFirst(strangers, this.plan)) {
      const known = this.known.at(element.address);
      // One that comes twice in a walk was moved, or is not what it seems.
      if (known?.walk === walk && known.isBelieved) continue;
      this.known.add(this.meet(element, walk));
    }
    this.known.forget(walk, this.isWhole);
    this.choose(walk);
    this.isSettled = this.isWhole && this.known.areAll(walk) && this.tally.successors === 0;
    return this.instances;
  }

  gone(): ReadonlySet<Instance> {
    if (this.instances.length === 0) return NONE;
    const walk = this.walk();
    this.strangersOf(walk);
    if (!this.isWhole || !this.known.areAll(walk)) {
      this.isSettled = false;
      this.known.forget(walk, this.isWhole);
    }
    // Asked several times in one scrape: what is forgotten by now is among the instances all the same.
    const gone = this.instances.filter((_, index) => this.published[index]!.walk !== walk);
    return gone.length === 0 ? NONE : new Set(gone);
  }

  /** Those of the last walk that are not known; the others count as met. */
  private strangersOf(walk: number): readonly Element[] {
    let strangers: Element[] | undefined;
    for (const element of this.walker.elements) if (!this.isMet(element, walk)) (strangers ??= []).push(element);
    return strangers ?? NOBODY;
  }

  /** True where the last walk came to the end of each list. */
  private get isWhole(): boolean {
    return this.walker.broken === undefined;
  }

  /** True where it is one that is known, which then counts as met. */
  private isMet(element: Element, walk: number): boolean {
    const known = this.known.at(element.address);
    if (known === undefined || !this.isSame(known, element)) return false;
    known.walk = walk;
    return true;
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
    if (known.outer !== element.outer?.address || !isOfHead(known, element.head as LabelledHead)) return false;
    let at = 0;
    for (const slice of this.fixed) {
      if (this.walker.differs(element, slice, known.fixed, at)) return false;
      at += slice.size;
    }
    for (let index = 0; index < known.texts.length; index++) {
      if (known.texts[index] !== element.texts[index]) return false;
    }
    for (let index = 0; index < known.places.length; index++) {
      if (known.places[index] !== nodeAt(element, this.placeKeys[index]!.up).index) return false;
    }
    return true;
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
      places: this.placeKeys.map(({ up }) => nodeAt(element, up).index),
      outer: element.outer?.address,
      headLabels,
      labels,
      name: labels === undefined ? '' : labelsKey(labels),
      // A text that could not be read leaves an element without its name.
      isBelieved: isBelieved && isTold && !(isWanted && labels === undefined),
      told,
      held: new Map(this.plan.cells.map((cell) => [cell.offset, this.walker.valueOf(element, cell)])),
      number: 0,
      instance: undefined,
      walk,
      missed: 0,
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
    return conditions.every((condition) => {
      const value = this.walker.valueOf(element, condition);
      if (condition.is === 'vnet') return value === (element.head.vnet ?? 0n);
      // Nothing fits a symbol that does not exist.
      if (condition.is === 'symbol') return value === this.kernel.symbols.lookUp(condition.symbol)?.value;
      return isMet(condition, value, element);
    });
  }

  /** Undefined where one of its texts could not be read. */
  private labelsOf(element: Element): readonly Label[] | undefined {
    const labels = [...(element.head as LabelledHead).labels];
    let text = 0;
    for (const key of this.plan.keys) {
      const value =
        key.as === 'text'
          ? element.texts[text++]
          : labelValue(key, this.walker.bytesOf(element, key), nodeAt(element, key.up).index);
      if (value === undefined) return undefined;
      // Prometheus takes an empty value for no label.
      if (value !== '') labels.push({ name: key.label, value });
    }
    return labels;
  }

  /** Which of the elements are published, and as what. */
  private choose(walk: number): void {
    const { limit, duplicates } = this.plan;
    if (duplicates !== undefined) this.known.number();
    const wanted: Known[] = [];
    /** The labels of those that are published and were not met. */
    const held: string[] = [];
    let doubtful = 0;
    for (const known of this.known.all()) {
      if (known.walk !== walk) {
        // It may be there where the walk did not come to its end.
        known.isPublished &&= !this.isWhole;
        if (known.isPublished) held.push(known.name);
        continue;
      }
      if (!known.isBelieved) doubtful++;
      if (known.labels !== undefined) wanted.push(known);
    }
    const singles = duplicates === undefined ? firstOnes(wanted, new Set(held)) : wanted;
    const chosen = this.plan.succession === undefined ? singles : this.withoutSuccessors(singles);
    // Those that are published stay so for as long as they live.
    const places = Math.max(0, limit - held.length);
    const published = chosen.length <= places ? chosen : [...chosen].sort(publishedFirst).slice(0, places);
    this.publish(published, wanted);
    this.tally = {
      published: published.length,
      doubtful,
      beyondLimit: chosen.length - published.length,
      duplicates: wanted.length - singles.length,
      successors: singles.length - chosen.length,
    };
  }

  /** Those of which the labels were not another one's when the list was looked at last, unless a digest says that this makes no difference. */
  private withoutSuccessors(singles: readonly Known[]): readonly Known[] {
    const before = new Map(this.published.map((known) => [known.name, known]));
    return singles.filter((known) => {
      const last = before.get(known.name);
      return last === undefined || last === known || this.isAlike(last, known);
    });
  }

  /** The digest is the last of what stays the same. */
  private isAlike(last: Known, next: Known): boolean {
    const size = this.plan.succession?.digest?.size ?? 0;
    const [before, now] = [last, next].map(({ fixed }) => fixed.subarray(fixed.length - size)) as [Buffer, Buffer];
    return before.equals(now) && now.some((byte) => byte !== 0);
  }

  private publish(chosen: readonly Known[], wanted: readonly Known[]): void {
    for (const known of wanted) known.isPublished = false;
    for (const known of chosen) known.isPublished = true;
    // What has no parts of CPUs comes last: so the others' lie side by side.
    this.published = this.plan.instead === undefined ? chosen : [...chosen].sort(toldLast);
    this.instances = sameOr(
      this.published.map((known) => this.instanceOf(known)),
      this.instances,
    );
  }

  private instanceOf(known: Known): Instance {
    const { duplicates } = this.plan;
    const { labels = [], number, address, held } = known;
    const isNumbered = duplicates !== undefined && number > 1;
    // It has had its number since before it was published.
    known.instance ??= {
      labels: isNumbered ? [...labels, { name: duplicates, value: String(number) }] : labels,
      where: known.told === undefined ? { cells: address, held } : { cells: address, told: known.told },
      origin: this.origin,
    };
    return known.instance;
  }
}

/** True where it was met in the list with this head. */
function isOfHead(known: Known, { labels }: LabelledHead): boolean {
  if (known.headLabels === labels) return true;
  // What another follower met had labels from another look at the vnets.
  if (known.walk !== 0 || !isDeepStrictEqual(known.headLabels, labels)) return false;
  known.headLabels = labels;
  return true;
}

function publishedFirst(a: Known, b: Known): number {
  return Number(b.isPublished) - Number(a.isPublished);
}

function toldLast(a: Known, b: Known): number {
  return Number(a.told !== undefined) - Number(b.told !== undefined);
}
