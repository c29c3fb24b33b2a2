/**
 * What happens to a simulated kernel's lists while it runs: interfaces and jails that come, go and change their names. There is one of these at a
 * time for an image; it knows what it has freed.
 */
import type { ImageFile } from '../image.js';
import type { SimulatorSpec } from '../spec.js';
import { IpfwChanges } from './ipfw.js';
import { InterfaceChanges, type LiveInterface, type NewInterface } from './interfaces.js';
import { JailChanges } from './jails.js';
import { LiveMemory } from './liveMemory.js';
import { PacketFilterChanges } from './packetFilter.js';
import { VnetChanges } from './vnets.js';

export class KernelChanges {
  readonly jails: JailChanges;
  private ownFilter: PacketFilterChanges | undefined;
  private ownIpfw: IpfwChanges | undefined;
  private readonly memory: LiveMemory;
  private readonly interfaces: InterfaceChanges;

  constructor(image: ImageFile, spec: SimulatorSpec) {
    this.memory = new LiveMemory(image, spec);
    this.interfaces = new InterfaceChanges(this.memory);
    const vnets = new VnetChanges(this.memory, (head) => this.interfaces.find(head));
    this.jails = new JailChanges(this.memory, vnets, this.interfaces);
    this.excludeUsed();
  }

  /** Of pf, which must be loaded, and stay so. */
  get packetFilter(): PacketFilterChanges {
    return (this.ownFilter ??= new PacketFilterChanges(this.memory));
  }

  /** Of ipfw, likewise. */
  get ipfw(): IpfwChanges {
    return (this.ownIpfw ??= new IpfwChanges(this.memory));
  }

  /** Those of the host, in the order of their list. */
  get hostInterfaces(): readonly LiveInterface[] {
    return this.jails.host.vnet.interfaces;
  }

  /** @param jail whose network stack it comes to; the host's unless it is given */
  addInterface(name: string, given: NewInterface = {}, jail?: string): void {
    if (jail === undefined) this.interfaces.add(this.jails.host.vnet, name, given);
    else this.jails.addInterface(this.jails.get(jail), name, given);
  }

  removeInterface(name: string, jail?: string): void {
    this.interfaces.remove(this.home(jail), name);
  }

  renameInterface(name: string, to: string, jail?: string): void {
    this.interfaces.rename(this.home(jail), name, to);
  }

  /** Whether there is room for another. */
  get canAddInterface(): boolean {
    return this.memory.has('ifnet') && this.memory.has('ifaddr', 2);
  }

  get canAddJail(): boolean {
    return this.memory.has('prison');
  }

  /** With a network stack of its own. */
  get canAddVnet(): boolean {
    return this.canAddJail && this.memory.has('vnet') && this.canAddInterface;
  }

  private home(jail: string | undefined) {
    return (jail === undefined ? this.jails.host : this.jails.get(jail)).vnet;
  }

  private excludeUsed(): void {
    const jails = [this.jails.host, ...this.jails.all];
    const vnets = [...new Set(jails.map(({ vnet }) => vnet))];
    const interfaces = vnets.flatMap((vnet) => vnet.interfaces);
    const used = (addresses: readonly bigint[]): Set<bigint> => new Set(addresses);
    this.memory.exclude('prison', used(jails.map(({ address }) => address)));
    this.memory.exclude('vnet', used(vnets.map(({ vnet }) => vnet)));
    this.memory.exclude('vnet data', used(vnets.map(({ data }) => data)));
    this.memory.exclude('index table', used(vnets.map(({ indexes }) => indexes.base)));
    this.memory.exclude('ifnet', used(interfaces.map(({ address }) => address)));
    this.memory.exclude('ifaddr', used(interfaces.flatMap(({ addresses }) => addresses)));
    this.memory.exclude('queues', used(interfaces.map(({ softc }) => softc)));
    this.memory.exclude('counter', used([...vnets, ...interfaces].flatMap(({ items }) => items)));
  }
}
