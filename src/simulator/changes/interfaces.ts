/**
 * Interfaces that come and go while the kernel runs. Each change is written in the order in which the kernel writes it, so that whoever reads
 * meanwhile comes upon what a reader of a kernel comes upon: a freed interface's memory, and its counters, are those of the next one that comes.
 */
import { sizeOf } from '../model/ctypes.js';
import type { GetCounterFunction } from '../model/functions.js';
import { isDriversOwn, kindOf } from '../model/interfaces.js';
import {
  ADDRESS_AT,
  IFADDR_ROOM,
  IFF_DYING,
  ifaddrCounters,
  NETMASK_AT,
  writeHardware,
  writeIfaddr,
  writeIfnet,
  writeInet,
} from '../model/interfaceStructs.js';
import {
  ifaddr,
  IFCOUNTERS,
  IFNAMSIZ,
  ifnet,
  ifnetHead,
  simQueueStats,
  sockaddrDl,
  sockaddrIn,
} from '../model/interfaceTypes.js';
import { vnet as vnetType } from '../model/kernelTypes.js';
import type { StructType } from '../model/ctypes.js';
import { setCounters } from './counters.js';
import { fingerprint } from './fingerprint.js';
import type { IndexTable } from './indexTable.js';
import { DraftStruct, type LiveMemory } from './liveMemory.js';

/** A network stack, as far as its interfaces go. */
export interface InterfaceHome {
  readonly vnet: bigint;
  /** For addresses that no other vnet has. */
  readonly number: number;
  /** Of its V_ifnet. */
  readonly head: bigint;
  readonly indexes: IndexTable;
  /** In the order of the list. */
  readonly interfaces: LiveInterface[];
}

export interface LiveInterface {
  name: string;
  readonly address: bigint;
  readonly index: number;
  readonly addresses: readonly bigint[];
  /** Its driver's queues; 0n where it has none. */
  readonly softc: bigint;
  /** Of CPU 0's copies: those of if_counters, then those of each address. */
  readonly items: readonly bigint[];
}

export interface NewInterface {
  /** What its counters hold, by column as fingerprint() numbers them; that of its name unless it is given. */
  readonly counts?: readonly bigint[];
  /** Whose fingerprint it has; its name's unless it is given. */
  readonly owner?: string;
  readonly getCounter?: GetCounterFunction;
}

const BAUDRATE = 10_000_000_000n;
/** Counters of an interface and its address of IPv4: as many columns have a fingerprint. */
export const INTERFACE_COLUMNS = IFCOUNTERS + ifaddrCounters.length;

export class InterfaceChanges {
  private readonly ifnet: StructType;
  private readonly ifaddr: StructType;
  private readonly list: StructType;

  constructor(private readonly memory: LiveMemory) {
    const { release } = memory.profile;
    this.ifnet = ifnet(release);
    this.ifaddr = ifaddr(release);
    this.list = ifnetHead(release);
  }

  /** All that a vnet has by its list. */
  find(head: bigint): LiveInterface[] {
    const { memory } = this;
    const first = memory.word(head);
    return memory
      .list(first, (at) => memory.get(this.ifnet, at, 'if_link.cstqe_next'))
      .map((address) => {
        const addresses = memory.list(memory.get(this.ifnet, address, 'if_addrhead.cstqh_first'), (at) =>
          memory.get(this.ifaddr, at, 'ifa_link.cstqe_next'),
        );
        const cells = Array.from({ length: IFCOUNTERS }, (_, i) =>
          memory.get(this.ifnet, address, `if_counters[${i}]`),
        );
        for (const each of addresses)
          for (const member of ifaddrCounters) cells.push(memory.get(this.ifaddr, each, member));
        const isDefault = memory.get(this.ifnet, address, 'if_get_counter') === memory.symbol('if_get_counter_default');
        return {
          name: memory.text(this.ifnet, address, 'if_xname'),
          address,
          index: Number(memory.get(this.ifnet, address, 'if_index')),
          addresses,
          softc: isDefault ? 0n : memory.get(this.ifnet, address, 'if_softc'),
          items: cells.map((cell) => BigInt.asUintN(64, cell + memory.bias)),
        };
      });
  }

  /** As if_alloc() and if_attach(): all of it is made before anybody can find it. */
  add(home: InterfaceHome, name: string, given: NewInterface = {}): LiveInterface {
    const { memory } = this;
    const [, driver = name, unit = '0'] = /^([a-z_]+?)(\d+)[ab]?$/.exec(name) ?? [];
    if (name.length >= IFNAMSIZ) throw new Error(`${name} is too long for an interface`);
    if (home.interfaces.some((each) => each.name === name)) throw new Error(`there is ${name} already`);
    const getCounter = given.getCounter ?? 'if_get_counter_default';
    const owner = given.owner ?? name;
    const counts = given.counts ?? Array.from({ length: INTERFACE_COLUMNS }, (_, i) => fingerprint(owner, i));

    const address = memory.take('ifnet');
    const addresses = [memory.take('ifaddr'), memory.take('ifaddr')] as const;
    const items = Array.from({ length: IFCOUNTERS + 2 * ifaddrCounters.length }, () => memory.take('counter'));
    const softc = getCounter === 'if_get_counter_default' ? 0n : memory.take('queues');
    this.fillCounters(items, counts, getCounter);
    if (softc !== 0n) this.fillQueues(softc, counts, getCounter);

    const { index, generation } = home.indexes.next();
    const identity = {
      name,
      index,
      ...(memory.profile.release >= 14 ? { generation } : {}),
      model: { kind: kindOf(driver), unit: Number(unit), baudrate: driver === 'lo' ? 0n : BAUDRATE },
      vnet: home.vnet,
      vnetNumber: home.number,
      driverName: memory.look(`driver ${driver}`) ?? memory.look('driver epair') ?? 0n,
      softc,
      getCounter: memory.symbol(getCounter),
    };
    const [link, inet] = addresses.map((at) => new DraftStruct(this.ifaddr, at, Buffer.alloc(IFADDR_ROOM))) as [
      DraftStruct,
      DraftStruct,
    ];
    writeIfaddr(link, address, inet.address);
    writeIfaddr(inet, address, 0n);
    writeHardware(link.within(sockaddrDl, ADDRESS_AT), identity);
    writeInet(inet.within(sockaddrIn, ADDRESS_AT), inet.within(sockaddrIn, NETMASK_AT), identity);
    const built = new DraftStruct(this.ifnet, address);
    writeIfnet(built, identity, [link, inet]);
    const cell = (nth: number): bigint => (items[nth] ?? 0n) - memory.bias;
    for (let i = 0; i < IFCOUNTERS; i++) built.put({ [`if_counters[${i}]`]: cell(i) });
    for (const [nth, draft] of [link, inet].entries()) {
      const first = IFCOUNTERS + nth * ifaddrCounters.length;
      for (const [i, member] of ifaddrCounters.entries()) draft.put({ [member]: cell(first + i) });
    }
    for (const draft of [link, inet, built]) memory.image.write(draft.address, draft.bytes);

    home.indexes.set(index, address);
    const last = memory.get(this.list, home.head, 'cstqh_last');
    memory.putWord(last, address);
    memory.put(this.list, home.head, 'cstqh_last', built.at('if_link.cstqe_next'));
    const added = { name, address, index, addresses, softc, items };
    home.interfaces.push(added);
    this.tellCount(home);
    return added;
  }

  /** As if_detach() and if_free(), without the time in which the kernel waits for those who still look at it. */
  remove(home: InterfaceHome, name: string): void {
    const { memory } = this;
    const { found, nth } = this.get(home, name);
    const { address, addresses, items, softc, index } = found;
    const before = home.interfaces[nth - 1];
    const link = before === undefined ? home.head : before.address;
    const next = memory.get(this.ifnet, address, 'if_link.cstqe_next');
    memory.putWord(link, next);
    if (next === 0n) memory.put(this.list, home.head, 'cstqh_last', link);
    home.interfaces.splice(nth, 1);
    this.tellCount(home);

    const flags = memory.get(this.ifnet, address, 'if_flags');
    memory.put(this.ifnet, address, 'if_flags', flags | BigInt(IFF_DYING));
    for (const each of addresses) {
      const after = memory.get(this.ifaddr, each, 'ifa_link.cstqe_next');
      memory.put(this.ifnet, address, 'if_addrhead.cstqh_first', after);
    }
    home.indexes.clear(index);
    const queues = softc === 0n ? [] : Array.from({ length: IFCOUNTERS }, (_, i) => softc + BigInt(8 * i));
    memory.still([...items, ...queues]);
    for (const item of [...items].reverse()) memory.giveAsIs('counter', item);
    for (const each of [...addresses].reverse()) memory.give('ifaddr', each, IFADDR_ROOM);
    memory.give('ifnet', address, sizeOf(this.ifnet));
    if (softc !== 0n) memory.give('queues', softc, this.queuesSize());
  }

  /** As SIOCSIFNAME does it: the same interface, its index and its counters under another name. */
  rename(home: InterfaceHome, name: string, to: string): void {
    const { found } = this.get(home, name);
    if (to.length >= IFNAMSIZ) throw new Error(`${to} is too long for an interface`);
    if (home.interfaces.some((each) => each.name === to)) throw new Error(`there is ${to} already`);
    const bytes = Buffer.alloc(IFNAMSIZ);
    bytes.write(to, 'latin1');
    this.memory.image.write(new DraftStruct(this.ifnet, found.address).at('if_xname'), bytes);
    found.name = to;
  }

  private get(home: InterfaceHome, name: string): { found: LiveInterface; nth: number } {
    const nth = home.interfaces.findIndex((each) => each.name === name);
    const found = home.interfaces[nth];
    if (found === undefined) throw new Error(`there is no ${name}`);
    return { found, nth };
  }

  private tellCount({ vnet, interfaces }: InterfaceHome): void {
    this.memory.put(vnetType, vnet, 'vnet_ifcnt', interfaces.length);
  }

  /** Its address of the link layer counts nothing. */
  private fillCounters(items: readonly bigint[], counts: readonly bigint[], getCounter: GetCounterFunction): void {
    const own = items.slice(0, IFCOUNTERS).map((_, i) => (isDriversOwn(getCounter, i) ? 0n : (counts[i] ?? 0n)));
    const ofAddress = ifaddrCounters.map((_, i) => counts[IFCOUNTERS + i] ?? 0n);
    setCounters(this.memory, items, [...own, ...ifaddrCounters.map(() => 0n), ...ofAddress]);
  }

  /** All of it in the first queue. */
  private fillQueues(softc: bigint, counts: readonly bigint[], getCounter: GetCounterFunction): void {
    const bytes = Buffer.alloc(this.queuesSize());
    for (let i = 0; i < IFCOUNTERS; i++)
      if (isDriversOwn(getCounter, i)) bytes.writeBigUInt64LE(BigInt.asUintN(64, counts[i] ?? 0n), 8 * i);
    this.memory.image.write(softc, bytes);
  }

  private queuesSize(): number {
    return sizeOf(simQueueStats) * (this.memory.image.maxId + 1);
  }
}
