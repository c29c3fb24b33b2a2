/** Network stacks that come and go with their jails. */
import { counterU64, holdsCounters, leavesOf, sizeOf } from '../model/ctypes.js';
import { ifindexEntry, ifnetHead } from '../model/interfaceTypes.js';
import { vnet as vnetType, VNET_MAGIC } from '../model/kernelTypes.js';
import { placeOf } from '../model/members.js';
import { dataSymbols } from '../model/symbols.js';
import { SPARE_INDEX_LIMIT } from '../memory/spares.js';
import { setCounters } from './counters.js';
import { fingerprint } from './fingerprint.js';
import { IndexTable } from './indexTable.js';
import type { InterfaceHome, LiveInterface } from './interfaces.js';
import { DraftStruct, type LiveMemory } from './liveMemory.js';

export interface LiveVnet extends InterfaceHome {
  /** Where its data is, vnet_data_mem. */
  readonly data: bigint;
  /** Of CPU 0's copies. */
  readonly items: readonly bigint[];
}

interface Cells {
  readonly symbol: string;
  readonly offsets: readonly bigint[];
}

/** What vnet_destroy() leaves for vnet_magic_n, until the memory is freed. */
const NO_MAGIC = 0xdead_beef;

export class VnetChanges {
  private readonly start: bigint;
  private readonly size: number;
  private readonly host: bigint;
  /** What the host's addresses of VNET variables are ahead of those of the set that every vnet is copied from. */
  private readonly hostShift: bigint;
  /** Since 14 all vnets have one. */
  private readonly shared: IndexTable | undefined;
  private readonly known: readonly Cells[];
  private count = 0;

  constructor(
    private readonly memory: LiveMemory,
    private readonly findInterfaces: (head: bigint) => LiveInterface[],
  ) {
    this.start = memory.symbol('__start_set_vnet');
    this.size = Number(memory.symbol('__stop_set_vnet') - this.start);
    this.host = memory.word(memory.symbol('vnet0'));
    this.hostShift = BigInt.asIntN(64, memory.get(vnetType, this.host, 'vnet_data_base'));
    this.shared = memory.profile.release >= 14 ? new IndexTable(memory, 0n) : undefined;
    this.known = dataSymbols(memory.spec, (layout) => layout)
      .filter(({ section, type }) => section === 'vnet' && holdsCounters(type))
      .map(({ name, type }) => ({
        symbol: name,
        offsets: leavesOf(type)
          .filter((leaf) => leaf.type === counterU64)
          .map(({ offset }) => BigInt(offset)),
      }));
  }

  /** All there are, the host's first. */
  find(): LiveVnet[] {
    const { memory } = this;
    const first = memory.word(memory.symbol('vnet_head'));
    const all = memory.list(first, (at) => memory.get(vnetType, at, 'vnet_le.le_next')).reverse();
    return all.map((address) => this.see(address, memory.get(vnetType, address, 'vnet_data_mem')));
  }

  /**
   * As vnet_alloc(): a copy of the set, with counters of its own, at the head of the list. They hold the fingerprints of `owner/symbol`.
   * Those of modules are there if their module is loaded.
   */
  add(owner: string): LiveVnet {
    const { memory } = this;
    const address = memory.take('vnet');
    const data = memory.take('vnet data');
    const shift = data - this.start - this.hostShift;
    const bytes = memory.image.read(this.start, this.size);
    const putAt = (place: bigint, value: bigint): void => {
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value), Number(place + shift - data));
    };
    const sums: bigint[] = [];
    const items: bigint[] = [];
    for (const { symbol, offsets } of this.known) {
      const place = memory.image.symbol(symbol)?.address;
      if (place === undefined) continue;
      for (const [index, offset] of offsets.entries()) {
        const item = memory.take('counter');
        items.push(item);
        sums.push(fingerprint(`${owner}/${symbol}`, index));
        putAt(place + offset, item - memory.bias);
      }
    }
    setCounters(memory, items, sums);
    const head = memory.symbol('ifnet') + shift;
    putAt(memory.symbol('ifnet') + BigInt(placeOf(ifnetHead(memory.profile.release), 'cstqh_last').offset), head);
    if (this.shared === undefined) {
      const table = memory.take('index table');
      memory.image.write(table, Buffer.alloc(SPARE_INDEX_LIMIT * sizeOf(ifindexEntry)));
      putAt(memory.symbol('ifindex_table'), table);
      bytes.writeInt32LE(SPARE_INDEX_LIMIT, Number(memory.symbol('if_indexlim') + shift - data));
    }
    memory.image.write(data, bytes);

    const link = memory.symbol('vnet_head');
    const older = memory.word(link);
    const built = new DraftStruct(vnetType, address);
    built.put({
      'vnet_le.le_next': older,
      'vnet_le.le_prev': link,
      vnet_magic_n: VNET_MAGIC,
      vnet_state: 0x0fff_ffff,
      vnet_data_mem: data,
      vnet_data_base: data - this.start,
    });
    memory.image.write(address, built.bytes);
    if (older !== 0n) memory.put(vnetType, older, 'vnet_le.le_prev', address);
    memory.putWord(link, address);
    return this.see(address, data, items);
  }

  /** As vnet_destroy(), for one whose interfaces are gone. */
  remove({ vnet, data, items }: LiveVnet): void {
    const { memory } = this;
    if (vnet === this.host) throw new Error('the host does not come and go');
    const next = memory.get(vnetType, vnet, 'vnet_le.le_next');
    const link = memory.get(vnetType, vnet, 'vnet_le.le_prev');
    if (next !== 0n) memory.put(vnetType, next, 'vnet_le.le_prev', link);
    memory.putWord(link, next);
    memory.put(vnetType, vnet, 'vnet_shutdown', 1);
    memory.still(items);
    for (const item of [...items].reverse()) memory.giveAsIs('counter', item);
    if (this.shared === undefined) {
      const table = memory.word(memory.symbol('ifindex_table') + data - this.start - this.hostShift);
      memory.give('index table', table, SPARE_INDEX_LIMIT * sizeOf(ifindexEntry));
    }
    memory.give('vnet data', data, this.size);
    memory.put(vnetType, vnet, 'vnet_data_mem', 0);
    memory.put(vnetType, vnet, 'vnet_data_base', 0);
    memory.put(vnetType, vnet, 'vnet_magic_n', NO_MAGIC);
    memory.give('vnet', vnet, sizeOf(vnetType));
  }

  private see(vnet: bigint, data: bigint, items = this.itemsOf(data)): LiveVnet {
    const { memory } = this;
    const shift = data - this.start - this.hostShift;
    const head = memory.symbol('ifnet') + shift;
    const indexes = this.shared ?? new IndexTable(memory, shift);
    return { vnet, number: this.count++, data, head, indexes, items, interfaces: this.findInterfaces(head) };
  }

  private itemsOf(data: bigint): bigint[] {
    const { memory } = this;
    const bytes = memory.image.read(data, this.size);
    return this.known.flatMap(({ symbol, offsets }) => {
      const place = memory.image.symbol(symbol)?.address;
      if (place === undefined) return [];
      const at = Number(place - this.hostShift - this.start);
      return offsets.map((offset) => BigInt.asUintN(64, bytes.readBigUInt64LE(at + Number(offset)) + memory.bias));
    });
  }
}
