/** Next hops that come and go with routes, in the tables of the host; the tables grow and shrink with them. */
import type { ImageFile } from '../image.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { ifnet } from '../model/interfaceTypes.js';
import { nhControl, nhopItem, nhopObject, nhopPriv, ribHead } from '../model/routeTypes.js';
import {
  BUCKETS,
  bucketOf,
  families,
  linkNextHop,
  MORE_BUCKETS,
  writeNextHop,
  type FamilyName,
} from '../memory/nextHops.js';
import { KernelChange } from './kernelChange.js';

/** The counter's member, of whose sum an added next hop has fingerprint(mark, COLUMN). */
export const NEXT_HOP_COLUMN = 'nh_pksent';

export interface LiveNextHop {
  /** Of its nhop_priv. */
  readonly address: bigint;
  readonly index: number;
}

export class NextHopChanges {
  private readonly change: KernelChange;
  private readonly vnet: bigint;

  constructor(private readonly image: ImageFile) {
    this.change = new KernelChange(image);
    this.vnet = this.change.load(this.change.address('vnet0'));
  }

  /** Interfaces of the host, in their order. */
  get interfaces(): { readonly address: bigint; readonly name: string }[] {
    const { change } = this;
    const type = ifnet(change.kernel.release);
    const found = [];
    let at = change.load(change.address('ifnet'));
    for (; at !== 0n; at = change.load(at + BigInt(offsetOf(type, 'if_link.cstqe_next'))))
      found.push({ address: at, name: change.text(at + BigInt(offsetOf(type, 'if_xname'))) });
    return found;
  }

  /** With the lowest number that is free. */
  add(
    family: FamilyName,
    fib: number,
    gateway: readonly number[] | undefined,
    ifnetAt: bigint,
    mark: string,
  ): LiveNextHop {
    const { change, image } = this;
    const control = this.controlOf(family, fib);
    const taken = new Set(this.all(family, fib).map(({ index }) => index));
    let index = 1;
    while (taken.has(index)) index++;
    const item = change.spares.take('nextHop');
    const counter = change.spares.take('counter');
    change.clear(item, sizeOf(nhopItem(change.kernel)));
    change.clearItem(counter, 8);
    change.mark(counter, image.pageSize, mark, NEXT_HOP_COLUMN);
    const { vnet } = this;
    const hop = { index, fib, family: families[family], gateway, ifnet: ifnetAt, interfaceIndex: 1, vnet };
    change.store(writeNextHop(change, change.kernel, item, hop), counter - image.bias);
    linkNextHop(change, change.kernel, control, item);
    return { address: item + BigInt(offsetOf(nhopItem(change.kernel), 'priv')), index };
  }

  /** As unlink_nhop(), and then destroy_nhop(): its number is free at once, and its memory after that. */
  remove(family: FamilyName, fib: number, { address }: Pick<LiveNextHop, 'address'>): void {
    const { change } = this;
    const { kernel } = change;
    const control = this.controlOf(family, fib);
    const next = BigInt(offsetOf(nhopPriv(kernel), 'nh_next'));
    let link = bucketOf(change, kernel, control, address);
    while (change.load(link) !== address) {
      link = change.load(link);
      if (link === 0n) throw new Error('there is no such next hop');
      link += next;
    }
    change.store(link, change.load(address + next));
    const count = control + BigInt(offsetOf(nhControl(kernel), 'nh_head.items_count'));
    change.store(count, (change.load(count) & 0xffff_ffffn) - 1n, 4);
    change.store(address + BigInt(offsetOf(nhopPriv(kernel), 'nh_idx')), 0n, 4);
    change.store(address + BigInt(offsetOf(nhopPriv(kernel), 'nh_linked')), 1n, 4);
    const item = address - BigInt(offsetOf(nhopItem(kernel), 'priv'));
    const cell = item + BigInt(offsetOf(nhopItem(kernel), 'object') + offsetOf(nhopObject(kernel), 'nh_pksent'));
    const counter = change.itemOf(change.load(cell));
    change.poisonItem(counter, 8);
    change.poison(item, sizeOf(nhopItem(kernel)));
    change.spares.give('counter', counter);
    change.spares.give('nextHop', item);
  }

  /** Gives a table more buckets, or as few as at boot, and frees those that it had. */
  resize(family: FamilyName, fib: number): void {
    const { change } = this;
    const { kernel } = change;
    const control = this.controlOf(family, fib);
    const head = (path: string): bigint => control + BigInt(offsetOf(nhControl(kernel), `nh_head.${path}`));
    const before = this.all(family, fib);
    const size = Number(change.load(head('hash_size')) & 0xffff_ffffn);
    const old = change.load(head('ptr'));
    const table = change.spares.take('nextHopTable');
    change.clear(table, 8 * MORE_BUCKETS);
    change.store(head('ptr'), table);
    change.store(head('hash_size'), BigInt(size === BUCKETS ? MORE_BUCKETS : BUCKETS), 4);
    change.store(head('items_count'), 0n, 4);
    const within = BigInt(offsetOf(nhopItem(kernel), 'priv'));
    for (const { address } of before) linkNextHop(change, kernel, control, address - within);
    change.poison(old, 8 * size);
    change.spares.give('nextHopTable', old);
  }

  /** Those of a table, in the order of a walk. */
  all(family: FamilyName, fib: number): LiveNextHop[] {
    const { change } = this;
    const { kernel } = change;
    const control = this.controlOf(family, fib);
    const head = (path: string): bigint => control + BigInt(offsetOf(nhControl(kernel), `nh_head.${path}`));
    const size = Number(change.load(head('hash_size')) & 0xffff_ffffn);
    const member = (path: string): bigint => BigInt(offsetOf(nhopPriv(kernel), path));
    const found: LiveNextHop[] = [];
    for (let bucket = 0; bucket < size; bucket++) {
      let address = change.load(change.load(head('ptr')) + BigInt(8 * bucket));
      for (; address !== 0n; address = change.load(address + member('nh_next')))
        found.push({ address, index: Number(change.load(address + member('nh_idx')) & 0xffff_ffffn) });
    }
    return found;
  }

  private controlOf(family: FamilyName, fib: number): bigint {
    const { change } = this;
    const tables = change.load(change.address('rt_tables'));
    const type = ribHead(change.kernel);
    // As in rt_tables_get_rnh_ptr(): by what is in the tables themselves, whatever the number of families.
    for (let at = tables; ; at += 8n) {
      const rib = change.load(at);
      if (rib === 0n) continue;
      const member = (path: string): number => Number(change.load(rib + BigInt(offsetOf(type, path))) & 0xffff_ffffn);
      if (member('rib_family') === families[family] && member('rib_fibnum') === fib)
        return change.load(rib + BigInt(offsetOf(type, 'nh_control')));
    }
  }
}
