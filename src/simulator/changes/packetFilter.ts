/**
 * pf's rulesets, anchors, interfaces and tables while the kernel runs: those of the host. Each change is written as pf writes it, and what is freed
 * is used again by the next that comes.
 */
import { PacketFilter, placesBy } from '../memory/packetFilter.js';
import { PF_PLAIN_COLUMNS, pfInterfaceColumns, pfRuleColumns, pfTableColumns } from '../memory/pfColumns.js';
import { digestOf } from '../memory/ruleDigest.js';
import type { SpareName } from '../memory/spareNames.js';
import { pfRulesets, type PfRulesetName } from '../model/pfTypes.js';
import { CounterCells } from './counterCells.js';
import { fingerprint } from './fingerprint.js';
import type { LiveMemory } from './liveMemory.js';
import { LiveWords } from './liveWords.js';

export interface NewPfRule {
  /** Its counters hold fingerprint(mark, column). */
  readonly mark: string;
  readonly labels?: readonly string[];
  /** All that it says: that of two rules with the same is one digest. Default: its mark. */
  readonly says?: string;
}

/** Where a rule is. */
export interface PfPlace {
  /** The anchor's path; empty for the main one. */
  readonly anchor: string;
  readonly ruleset: PfRulesetName;
}

export interface LivePfRule extends PfPlace {
  readonly address: bigint;
  readonly nr: number;
  readonly labels: readonly string[];
}

export interface LivePfTable {
  readonly address: bigint;
  readonly name: string;
  readonly anchor: string;
}

const spareOf = { rule: 'pf rule', anchor: 'pf anchor', interface: 'pf interface', table: 'pf table' } as const;
type Kind = keyof typeof spareOf;

export class PacketFilterChanges {
  readonly filter: PacketFilter;
  readonly columns: Readonly<Record<'rule' | 'interface' | 'table', readonly string[]>>;
  private readonly words: LiveWords;
  private readonly cells: CounterCells;
  private readonly release;
  /** `time_second`: as if a second went by before each thing that is dated. */
  private seconds = 1_800_000_000;

  /** Of a kernel whose pf.ko is loaded. */
  constructor(private readonly memory: LiveMemory) {
    this.words = new LiveWords(memory.image);
    this.cells = new CounterCells(memory, this.words);
    this.release = memory.profile.release;
    this.filter = new PacketFilter(
      this.words,
      this.release,
      placesBy((name) => memory.symbol(name)),
    );
    this.columns = {
      rule: pfRuleColumns(this.release),
      interface: pfInterfaceColumns(),
      table: pfTableColumns(),
    };
    this.excludeUsed();
  }

  /** In the order of anchors, the main one first. */
  rules(): LivePfRule[] {
    const { filter } = this;
    return [filter.mainAnchor, ...filter.anchors()].flatMap((address) => {
      const anchor = filter.pathOf(address);
      return pfRulesets.flatMap((ruleset) => this.rulesOf(address, anchor, ruleset));
    });
  }

  /** Of one ruleset, which may not be there. */
  rulesIn(place: PfPlace): LivePfRule[] {
    const isThere = place.anchor === '' || this.filter.anchors().some((at) => this.filter.pathOf(at) === place.anchor);
    return isThere ? this.rulesAt(place) : [];
  }

  /** Of one ruleset. */
  rulesAt({ anchor, ruleset }: PfPlace): LivePfRule[] {
    return this.rulesOf(this.anchorAt(anchor), anchor, ruleset);
  }

  /**
   * As pfctl(8) loads a ruleset: all its rules are other ones then. Anchors come with their first rules and go with their last.
   * @param keepsCounters as `set keepcounters`: a rule goes on counting from what the one with its digest had
   * @param between what happens while the rules have changed places and the ticket has not
   */
  reload(
    { anchor: path, ruleset }: PfPlace,
    rules: readonly NewPfRule[],
    { keepsCounters = false, between }: { readonly keepsCounters?: boolean; readonly between?: () => void } = {},
  ): void {
    const { filter } = this;
    const anchor = this.anchorAt(path, true);
    const before = keepsCounters && this.release > 12 ? this.rulesOf(anchor, path, ruleset) : [];
    filter.begin(anchor, ruleset);
    for (const [nr, rule] of rules.entries()) {
      const address = this.makeRule(rule, nr);
      const kept = before.find((old) => this.digestAt(old.address).equals(this.digestAt(address)));
      if (kept !== undefined) {
        const counts = this.cellsOf('rule', kept.address).slice(0, PF_PLAIN_COLUMNS);
        const sums = counts.map((cell, nth) => fingerprint(rule.mark, nth) + this.valueOf(cell, nth));
        this.setCells(this.cellsOf('rule', address).slice(0, PF_PLAIN_COLUMNS), sums);
      }
      filter.append(anchor, ruleset, address);
    }
    filter.commit(anchor, ruleset, between);
    this.purge();
    this.removeIfEmpty(anchor);
  }

  /** One more rule, as DIOCCHANGERULE adds it: those from there on have another number then. */
  insert({ anchor, ruleset }: PfPlace, before: number, rule: NewPfRule): void {
    this.filter.change(this.anchorAt(anchor), ruleset, { add: this.makeRule(rule, 0), before });
  }

  remove({ anchor, ruleset }: PfPlace, nr: number): void {
    const found = this.rulesAt({ anchor, ruleset })[nr];
    if (found === undefined) throw new Error(`there is no rule ${nr}`);
    this.filter.change(this.anchorAt(anchor), ruleset, { remove: found.address });
    this.purge();
  }

  /** As `pfctl -z`. */
  zero({ address }: LivePfRule): void {
    const cells = this.cellsOf('rule', address).slice(0, PF_PLAIN_COLUMNS);
    this.setCells(
      cells,
      cells.map(() => 0n),
    );
  }

  /** Without groups, which count nothing. */
  interfaces(): { address: bigint; name: string }[] {
    const { filter } = this;
    return filter
      .interfaces()
      .filter((address) => !filter.isGroup(address))
      .map((address) => ({ address, name: filter.text(filter.types.interface, address, 'pfik_name') }));
  }

  addInterface(name: string, mark = name): void {
    const address = this.take('interface');
    this.fillCells(this.cellsOf('interface', address), mark);
    this.filter.addInterface(address, name, ++this.seconds);
  }

  removeInterface(name: string): void {
    const found = this.interfaces().find((each) => each.name === name);
    if (found === undefined) throw new Error(`pf has no interface ${name}`);
    this.filter.removeInterface(found.address);
    this.give('interface', found.address);
  }

  /** Those that somebody made, as pfctl shows them. */
  tables(): LivePfTable[] {
    const { filter } = this;
    const text = (address: bigint, path: string): string =>
      filter.text(filter.types.table, address, `${filter.tableStats}.pfrts_t.${path}`);
    return filter
      .tables()
      .filter((address) => filter.isActive(address))
      .map((address) => ({ address, name: text(address, 'pfrt_name'), anchor: text(address, 'pfrt_anchor') }));
  }

  addTable(name: string, anchor = '', mark = `${anchor}/${name}`, addresses = 1): void {
    const address = this.take('table');
    this.fillCells(this.cellsOf('table', address), mark);
    this.filter.addTable(address, name, anchor, addresses, ++this.seconds);
  }

  removeTable(name: string, anchor = ''): void {
    const { address } = this.tableOf(name, anchor);
    this.filter.removeTable(address);
    this.give('table', address);
  }

  /** As `pfctl -T zero`: the counters stay as they are, and what they have counted is taken off from then on. */
  zeroTable(name: string, anchor = ''): void {
    const { address } = this.tableOf(name, anchor);
    for (const cell of this.cellsOf('table', address)) {
      if (this.release === 12) this.words.store(cell, 0n);
      else this.words.store(cell + 8n, this.cells.sum(cell));
    }
    this.filter.put(this.filter.types.table, address, this.filter.ofTable('tzero'), ++this.seconds);
  }

  /** What an element has counted, by column. */
  values(kind: 'rule' | 'interface' | 'table', address: bigint): bigint[] {
    return this.cellsOf(kind, address).map((cell, nth) => {
      const value = this.valueOf(cell, kind === 'rule' ? nth : 0);
      const zero = kind === 'table' && this.release > 12 ? this.words.load(cell + 8n) : 0n;
      return BigInt.asUintN(64, value - zero);
    });
  }

  /** Has an element's counters hold the fingerprints of that mark: those of what was there at boot are 0 once the module is loaded. */
  mark(kind: 'rule' | 'interface' | 'table', address: bigint, mark: string): void {
    const cells = this.cellsOf(kind, address);
    const isPlain = (nth: number): boolean => this.isPlain(kind, nth);
    const sums = cells.map((_, nth) => fingerprint(mark, nth));
    for (const [nth, cell] of cells.entries()) if (isPlain(nth)) this.words.store(cell, sums[nth] ?? 0n);
    const counted = [...cells.keys()].filter((nth) => !isPlain(nth));
    this.cells.set(
      counted.map((nth) => cells[nth] ?? 0n),
      counted.map((nth) => sums[nth] ?? 0n),
    );
  }

  /** How many addresses a table has. */
  addressesIn(table: bigint): bigint {
    const { filter } = this;
    return BigInt.asIntN(32, this.words.load(filter.at(filter.types.table, table, filter.ofTable('cnt'))));
  }

  private rulesOf(address: bigint, anchor: string, ruleset: PfRulesetName): LivePfRule[] {
    return this.filter.rules(address, ruleset).map((rule) => ({
      anchor,
      ruleset,
      address: rule,
      nr: this.filter.numberOf(rule),
      labels: this.filter.labelsOf(rule),
    }));
  }

  private makeRule({ mark, labels = [], says = mark }: NewPfRule, nr: number): bigint {
    const address = this.take('rule');
    this.filter.describeRule(address, nr, { labels, digest: digestOf(says) });
    this.fillCells(this.cellsOf('rule', address), mark, (nth) => this.isPlain('rule', nth));
    return address;
  }

  private anchorAt(path: string, isWanted = false): bigint {
    const { filter } = this;
    if (path === '') return filter.mainAnchor;
    const found = filter.anchors().find((anchor) => filter.pathOf(anchor) === path);
    if (found !== undefined) return found;
    if (!isWanted) throw new Error(`pf has no anchor ${path}`);
    const outer = path.split('/').slice(0, -1).join('/');
    if (outer !== '') this.anchorAt(outer, true);
    const address = this.take('anchor');
    filter.addAnchor(address, path);
    return address;
  }

  private removeIfEmpty(anchor: bigint): void {
    const { filter } = this;
    if (anchor === filter.mainAnchor) return;
    const path = filter.pathOf(anchor);
    if (filter.anchors().some((each) => filter.pathOf(each).startsWith(`${path}/`))) return;
    if (pfRulesets.some((ruleset) => filter.rules(anchor, ruleset).length > 0)) return;
    const outer = this.words.load(filter.at(filter.types.anchor, anchor, 'parent'));
    filter.removeAnchor(anchor);
    this.memory.give(spareOf.anchor, anchor, filter.bytesOf('anchor'));
    if (outer !== 0n) this.removeIfEmpty(outer);
  }

  private purge(): void {
    for (const rule of this.filter.unlinked()) {
      this.filter.forget(rule);
      this.give('rule', rule);
    }
  }

  private tableOf(name: string, anchor: string): LivePfTable {
    const found = this.tables().find((each) => each.name === name && each.anchor === anchor);
    if (found === undefined) throw new Error(`pf has no table ${name}`);
    return found;
  }

  private digestAt(rule: bigint): Buffer {
    if (this.release === 12) return Buffer.alloc(0);
    return this.memory.image.read(this.filter.at(this.filter.types.rule, rule, 'md5sum'), 16);
  }

  private cellsOf(kind: 'rule' | 'interface' | 'table', address: bigint): bigint[] {
    const { filter, release } = this;
    const path = (column: string): string =>
      kind !== 'table' ? column : `${filter.ofTable(column)}${release === 12 ? '' : '.pkc_pcpu'}`;
    return this.columns[kind].map((column) => filter.at(filter.types[kind], address, path(column)));
  }

  /** In 12 all but a rule's last columns are words of the element. */
  private isPlain(kind: Kind, column: number): boolean {
    return this.release === 12 && (kind !== 'rule' || column < PF_PLAIN_COLUMNS);
  }

  private valueOf(cell: bigint, column: number): bigint {
    return this.isPlain('rule', column) ? this.words.load(cell) : this.cells.sum(cell);
  }

  private setCells(cells: readonly bigint[], sums: readonly bigint[]): void {
    if (this.release > 12) this.cells.set(cells, sums);
    else for (const [nth, cell] of cells.entries()) this.words.store(cell, sums[nth] ?? 0n);
  }

  private fillCells(
    cells: readonly bigint[],
    mark: string,
    isPlain: (nth: number) => boolean = () => this.release === 12,
  ): void {
    const counted = [...cells.keys()].filter((nth) => !isPlain(nth));
    for (const [nth, cell] of cells.entries()) if (isPlain(nth)) this.words.store(cell, fingerprint(mark, nth));
    this.cells.fill(
      counted.map((nth) => cells[nth] ?? 0n),
      counted.map((nth) => fingerprint(mark, nth)),
    );
  }

  private take(kind: Kind): bigint {
    const address = this.memory.take(spareOf[kind]);
    this.memory.image.write(address, Buffer.alloc(this.filter.bytesOf(kind)));
    return address;
  }

  private give(kind: 'rule' | 'interface' | 'table', address: bigint): void {
    const cells = this.cellsOf(kind, address);
    this.cells.free(cells.filter((_, nth) => !this.isPlain(kind, nth)));
    this.memory.still(cells);
    this.memory.give(spareOf[kind], address, this.filter.bytesOf(kind));
  }

  /** In an image that was changed before. */
  private excludeUsed(): void {
    const { filter } = this;
    const used: Readonly<Record<Kind, readonly bigint[]>> = {
      rule: this.rules().map(({ address }) => address),
      anchor: filter.anchors(),
      interface: filter.interfaces(),
      table: filter.tables(),
    };
    for (const kind of ['rule', 'interface', 'table'] as const) {
      const cells = used[kind].flatMap((address) =>
        this.cellsOf(kind, address).filter((_, nth) => !this.isPlain(kind, nth)),
      );
      this.memory.exclude('counter', new Set(this.cells.itemsOf(cells)));
    }
    for (const [kind, addresses] of Object.entries(used)) {
      this.memory.exclude(spareOf[kind as Kind] satisfies SpareName, new Set(addresses));
    }
  }
}
