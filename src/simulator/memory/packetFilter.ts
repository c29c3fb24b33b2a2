/**
 * What pf does to its structures in one vnet, in the order in which it writes: rulesets that are loaded beside the ones in use and then take their
 * place, anchors, interfaces and tables that come and go.
 */
import { offsetOf, sizeOf, type CType, type StructType } from '../model/ctypes.js';
import { placeOf } from '../model/members.js';
import {
  LABEL_SIZE,
  pfAnchor,
  pfInterface,
  pfRule,
  pfRulesets,
  pfTable,
  type PfRulesetName,
} from '../model/pfTypes.js';
import type { Release } from '../profiles.js';
import { RbTree } from './rbTree.js';
import type { Words } from './words.js';

/** Where pf's variables are. */
export interface PfPlaces {
  readonly mainAnchor: bigint;
  readonly anchors: bigint;
  readonly unlinked: bigint;
  readonly interfaces: bigint;
  readonly tables: bigint;
}

export function placesBy(find: (symbol: string) => bigint): PfPlaces {
  return {
    mainAnchor: find('pf_main_anchor'),
    anchors: find('pf_anchors'),
    unlinked: find('pf_unlinked_rules'),
    interfaces: find('pfi_ifs'),
    tables: find('pfr_ktables'),
  };
}

/** Beside its counters. */
export interface PfRuleDescription {
  readonly labels: readonly string[];
  /** `PF_PASS` and so on. */
  readonly action?: number;
  /** What two rules that say the same have in common; 16 bytes. Undefined where the release keeps none. */
  readonly digest?: Buffer;
  /** The anchor that it calls. */
  readonly anchor?: bigint;
}

type Half = 'active' | 'inactive';

export class PacketFilter {
  readonly types: Readonly<Record<'rule' | 'anchor' | 'interface' | 'table', StructType>>;
  /** Of the struct in a table that has what it counts. */
  readonly tableStats: string;
  private readonly anchorTree: RbTree;
  private readonly interfaceTree: RbTree;
  private readonly tableTree: RbTree;
  /** The queue's link in a rule. */
  private readonly link: bigint;

  constructor(
    private readonly words: Words,
    private readonly release: Release,
    private readonly places: PfPlaces,
  ) {
    const types = {
      rule: pfRule(release),
      anchor: pfAnchor(release),
      interface: pfInterface(release),
      table: pfTable(release),
    };
    this.types = types;
    this.link = BigInt(offsetOf(types.rule, 'entries'));
    this.tableStats = release === 12 ? 'pfrkt_ts' : 'pfrkt_kts';
    const byText =
      (type: StructType, ...paths: string[]) =>
      (a: bigint, b: bigint): number => {
        for (const path of paths) {
          const [x, y] = [this.text(type, a, path), this.text(type, b, path)];
          if (x !== y) return x < y ? -1 : 1;
        }
        return 0;
      };
    const tree = (type: StructType, entry: string, root: bigint, ...paths: string[]): RbTree =>
      new RbTree(words, release, type, entry, root, byText(type, ...paths));
    this.anchorTree = tree(types.anchor, 'entry_global', places.anchors, 'path');
    this.interfaceTree = tree(types.interface, '_pfik_glue._pfik_tree', places.interfaces, 'pfik_name');
    const told = `${this.tableStats}.pfrts_t`;
    this.tableTree = tree(types.table, 'pfrkt_tree', places.tables, `${told}.pfrt_name`, `${told}.pfrt_anchor`);
  }

  /** As pfattach_vnet(). */
  boot(): void {
    this.initRulesets(this.places.mainAnchor);
    this.words.store(this.places.unlinked, 0n);
    this.words.store(this.places.unlinked + 8n, this.places.unlinked);
  }

  get mainAnchor(): bigint {
    return this.places.mainAnchor;
  }

  /** In the order of their paths; without the main one. */
  anchors(): bigint[] {
    return this.anchorTree.elements();
  }

  pathOf(anchor: bigint): string {
    return this.text(this.types.anchor, anchor, 'path');
  }

  /** Into memory that is all zeros. The anchors around it are there already. */
  addAnchor(memory: bigint, path: string): void {
    const { words, types } = this;
    const parent = this.anchors().find(
      (each) => path.startsWith(`${this.pathOf(each)}/`) && isParent(this.pathOf(each), path),
    );
    words.storeText(this.at(types.anchor, memory, 'name'), path.split('/').at(-1) ?? '');
    words.storeText(this.at(types.anchor, memory, 'path'), path);
    // pf puts it into the tree before its rulesets are more than zeros.
    this.anchorTree.insert(memory);
    if (parent !== undefined) {
      words.store(this.at(types.anchor, memory, 'parent'), parent);
      this.childrenOf(parent).insert(memory);
    }
    this.initRulesets(memory);
    words.store(this.at(types.anchor, memory, 'ruleset.anchor'), memory);
  }

  removeAnchor(anchor: bigint): void {
    this.anchorTree.remove(anchor);
    const parent = this.words.load(this.at(this.types.anchor, anchor, 'parent'));
    if (parent !== 0n) this.childrenOf(parent).remove(anchor);
  }

  /** The rules in use. */
  rules(anchor: bigint, ruleset: PfRulesetName): bigint[] {
    return this.queued(this.words.load(this.half(anchor, ruleset, 'active', 'ptr')));
  }

  unlinked(): bigint[] {
    return this.queued(this.places.unlinked);
  }

  /** All of a rule but its counters, into memory that is all zeros. */
  describeRule(memory: bigint, nr: number, { labels, action = 0, digest, anchor = 0n }: PfRuleDescription): void {
    const put = (path: string, value: bigint | number): void => {
      this.put(this.types.rule, memory, path, value);
    };
    for (const [index, label] of labels.entries()) {
      this.words.storeText(this.at(this.types.rule, memory, this.release === 12 ? 'label' : `label[${index}]`), label);
      if (this.release === 12) break;
    }
    put('nr', nr);
    put('action', action);
    put('anchor', anchor);
    if (digest !== undefined && this.release > 12) {
      for (let at = 0; at < digest.length; at += 4) {
        this.words.store(this.at(this.types.rule, memory, 'md5sum') + BigInt(at), BigInt(digest.readUInt32LE(at)), 4);
      }
    }
  }

  /** As DIOCXBEGIN: the inactive rules are gone. */
  begin(anchor: bigint, ruleset: PfRulesetName): void {
    const queue = this.words.load(this.half(anchor, ruleset, 'inactive', 'ptr'));
    for (const rule of this.queued(queue)) this.unlink(queue, rule);
    this.addTo(this.half(anchor, ruleset, 'inactive', 'ticket'), 1n);
    this.words.store(this.half(anchor, ruleset, 'inactive', 'open'), 1n, 4);
  }

  /** As DIOCADDRULE. */
  append(anchor: bigint, ruleset: PfRulesetName, rule: bigint): void {
    this.insertTail(this.words.load(this.half(anchor, ruleset, 'inactive', 'ptr')), rule);
    this.addTo(this.half(anchor, ruleset, 'inactive', 'rcount'), 1n);
  }

  /** As DIOCXCOMMIT: the rules change places, then the ticket is told, then the old ones go to those that states may still lead to. */
  commit(anchor: bigint, ruleset: PfRulesetName, between: () => void = () => undefined): void {
    const { words } = this;
    const at = (half: Half, member: string): bigint => this.half(anchor, ruleset, half, member);
    const old = words.load(at('active', 'ptr'));
    const count = this.load32(at('active', 'rcount'));
    words.store(at('active', 'ptr'), words.load(at('inactive', 'ptr')));
    words.store(at('active', 'rcount'), this.load32(at('inactive', 'rcount')), 4);
    between();
    words.store(at('inactive', 'ptr'), old);
    words.store(at('inactive', 'rcount'), count, 4);
    words.store(at('active', 'ticket'), this.load32(at('inactive', 'ticket')), 4);
    for (const rule of this.queued(old)) this.unlink(old, rule);
    words.store(at('inactive', 'rcount'), 0n, 4);
    words.store(at('inactive', 'open'), 0n, 4);
  }

  /** As DIOCCHANGERULE: one rule goes, or comes before the one of that number, the others are numbered anew, and then the ticket is told. */
  change(
    anchor: bigint,
    ruleset: PfRulesetName,
    which: { readonly remove: bigint } | { readonly add: bigint; readonly before: number },
  ): void {
    const queue = this.words.load(this.half(anchor, ruleset, 'active', 'ptr'));
    const count = this.half(anchor, ruleset, 'active', 'rcount');
    if ('remove' in which) {
      this.unlink(queue, which.remove);
      this.addTo(count, -1n);
    } else {
      const before = this.queued(queue)[which.before];
      if (before === undefined) this.insertTail(queue, which.add);
      else this.insertBefore(before, which.add);
      this.addTo(count, 1n);
    }
    for (const [nr, rule] of this.queued(queue).entries()) this.put(this.types.rule, rule, 'nr', nr);
    this.addTo(this.half(anchor, ruleset, 'active', 'ticket'), 1n);
  }

  /** As the thread that purges does: nothing leads to a rule any more. */
  forget(rule: bigint): void {
    this.takeOut(this.places.unlinked, rule);
  }

  interfaces(): bigint[] {
    return this.interfaceTree.elements();
  }

  /** @param since when it counts, in seconds; `group`: its struct ifg_group where it is a group of interfaces, and counts nothing itself */
  addInterface(memory: bigint, name: string, since: number, group = 0n): void {
    const { types } = this;
    this.put(types.interface, memory, 'pfik_group', group);
    this.words.storeText(this.at(types.interface, memory, 'pfik_name'), name);
    this.put(types.interface, memory, 'pfik_tzero', since);
    const addresses = this.at(types.interface, memory, 'pfik_dynaddrs');
    this.words.store(addresses + 8n, addresses);
    this.interfaceTree.insert(memory);
  }

  isGroup(memory: bigint): boolean {
    return this.words.load(this.at(this.types.interface, memory, 'pfik_group')) !== 0n;
  }

  removeInterface(memory: bigint): void {
    this.interfaceTree.remove(memory);
  }

  tables(): bigint[] {
    return this.tableTree.elements();
  }

  /** @param since when it counts, in seconds */
  addTable(memory: bigint, name: string, anchor: string, addresses: number, since: number): void {
    this.putTable(memory, name, anchor, since, TABLE_ACTIVE | TABLE_REFERENCED);
    this.put(this.types.table, memory, this.ofTable('cnt'), addresses);
    this.tableTree.insert(memory);
  }

  /** As pfr_attach_table(): one of the main anchor that stands for those of its name in other anchors, and is no table itself. */
  addRootTable(memory: bigint, name: string, since: number): void {
    this.putTable(memory, name, '', since, TABLE_REFDANCHOR);
    this.tableTree.insert(memory);
  }

  isActive(table: bigint): boolean {
    const flags = this.at(this.types.table, table, `${this.tableStats}.pfrts_t.pfrt_flags`);
    return (Number(this.load32(flags)) & TABLE_ACTIVE) !== 0;
  }

  private putTable(memory: bigint, name: string, anchor: string, since: number, flags: number): void {
    const { types, tableStats } = this;
    this.words.storeText(this.at(types.table, memory, `${tableStats}.pfrts_t.pfrt_name`), name);
    this.words.storeText(this.at(types.table, memory, `${tableStats}.pfrts_t.pfrt_anchor`), anchor);
    this.put(types.table, memory, `${tableStats}.pfrts_t.pfrt_flags`, flags);
    this.put(types.table, memory, this.ofTable('tzero'), since);
  }

  removeTable(memory: bigint): void {
    this.tableTree.remove(memory);
  }

  /** The path of a member of a table's statistics. */
  ofTable(member: string): string {
    return `${this.tableStats}.${this.release === 12 ? 'pfrts' : 'pfrkts'}_${member}`;
  }

  text(type: StructType, address: bigint, path: string): string {
    return this.textAt(this.at(type, address, path), placeOf(type, path).size);
  }

  labelsOf(rule: bigint): string[] {
    if (this.release === 12) return [this.text(this.types.rule, rule, 'label')].filter((label) => label !== '');
    const first = this.at(this.types.rule, rule, 'label');
    const all = [0, 1, 2, 3, 4].map((nth) => this.textAt(first + BigInt(nth * LABEL_SIZE), LABEL_SIZE));
    return all.filter((label) => label !== '');
  }

  numberOf(rule: bigint): number {
    return Number(this.load32(this.at(this.types.rule, rule, 'nr')));
  }

  at(type: CType, address: bigint, path: string): bigint {
    return address + BigInt(offsetOf(type, path));
  }

  put(type: CType, address: bigint, path: string, value: bigint | number): void {
    this.words.store(this.at(type, address, path), BigInt(value), placeOf(type, path).size);
  }

  bytesOf(kind: keyof PacketFilter['types']): number {
    return sizeOf(this.types[kind]);
  }

  /** As pf_init_ruleset(). */
  private initRulesets(anchor: bigint): void {
    const { words } = this;
    for (const [nth, name] of pfRulesets.entries()) {
      const queues = [0, 1].map((queue) =>
        this.at(this.types.anchor, anchor, `ruleset.rules[${nth}].queues[${queue}]`),
      );
      for (const queue of queues) {
        words.store(queue, 0n);
        words.store(queue + 8n, queue);
      }
      words.store(this.half(anchor, name, 'active', 'ptr'), queues[0] ?? 0n);
      words.store(this.half(anchor, name, 'inactive', 'ptr'), queues[1] ?? 0n);
    }
  }

  private half(anchor: bigint, ruleset: PfRulesetName, half: Half, member: string): bigint {
    return this.at(this.types.anchor, anchor, `ruleset.rules[${pfRulesets.indexOf(ruleset)}].${half}.${member}`);
  }

  private childrenOf(anchor: bigint): RbTree {
    const root = this.at(this.types.anchor, anchor, 'children');
    return new RbTree(this.words, this.release, this.types.anchor, 'entry_node', root, (a, b) =>
      this.pathOf(a) < this.pathOf(b) ? -1 : 1,
    );
  }

  private queued(queue: bigint): bigint[] {
    const found: bigint[] = [];
    if (queue === 0n) return found;
    for (let at = this.words.load(queue); at !== 0n; at = this.words.load(at + this.link)) found.push(at);
    return found;
  }

  private unlink(queue: bigint, rule: bigint): void {
    this.takeOut(queue, rule);
    this.insertTail(this.places.unlinked, rule);
  }

  /** TAILQ_REMOVE: the rule's own links stay. */
  private takeOut(queue: bigint, rule: bigint): void {
    const next = this.words.load(rule + this.link);
    const link = this.words.load(rule + this.link + 8n);
    this.words.store(next === 0n ? queue + 8n : next + this.link + 8n, link);
    this.words.store(link, next);
  }

  private insertTail(queue: bigint, rule: bigint): void {
    const last = this.words.load(queue + 8n);
    this.words.store(rule + this.link, 0n);
    this.words.store(rule + this.link + 8n, last);
    this.words.store(last, rule);
    this.words.store(queue + 8n, rule + this.link);
  }

  private insertBefore(next: bigint, rule: bigint): void {
    const link = this.words.load(next + this.link + 8n);
    this.words.store(rule + this.link + 8n, link);
    this.words.store(rule + this.link, next);
    this.words.store(link, rule);
    this.words.store(next + this.link + 8n, rule + this.link);
  }

  /** A text of so many bytes at most, a multiple of 8. */
  private textAt(address: bigint, size: number): string {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += 8) {
      bytes.writeBigUInt64LE(this.words.load(address + BigInt(at)), at);
      const end = bytes.indexOf(0, at);
      if (end >= 0 && end < at + 8) return bytes.toString('latin1', 0, end);
    }
    return bytes.toString('latin1');
  }

  private load32(address: bigint): bigint {
    return BigInt.asUintN(32, this.words.load(address));
  }

  private addTo(address: bigint, step: bigint): void {
    this.words.store(address, this.load32(address) + step, 4);
  }
}

/** `PFR_TFLAG_*`. */
const TABLE_ACTIVE = 0x4;
const TABLE_REFERENCED = 0x10;
const TABLE_REFDANCHOR = 0x20;

function isParent(outer: string, path: string): boolean {
  return !path.slice(outer.length + 1).includes('/');
}
