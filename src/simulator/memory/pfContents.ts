/** pf's rules, interfaces and tables as the host's vnet and a jail's have them when pf.ko is loaded, at either of the places where it may lie. */
import {
  jailPfRules,
  PACKET_BYTES,
  pfAnchorPaths,
  pfClass,
  pfGroupNames,
  pfInterfaceNames,
  pfRootTables,
  pfRules,
  pfTableModels,
  type PfRuleModel,
} from '../model/firewallRules.js';
import type { Activity } from '../model/traffic.js';
import { UPTIME_SECONDS } from '../model/traffic.js';
import type { KernelImage } from './kernelImage.js';
import { PacketFilter, placesBy } from './packetFilter.js';
import { PF_PLAIN_COLUMNS, pfInterfaceColumns, pfRuleColumns, pfTableColumns } from './pfColumns.js';
import { digestOf } from './ruleDigest.js';

/** Seconds since 1970. */
const BOOTED = 1_700_000_000;
/** As much as a struct ifg_group takes, of which nothing is read. */
const GROUP_BYTES = 64;

export function fillPacketFilters(image: KernelImage): void {
  const { release } = image.profile;
  for (const place of [0, 1]) {
    for (const [nth, vnet] of image.vnets.entries()) {
      const where = placesBy((name) => image.inVnet(image.placesOf(name)[place] ?? 0n, nth));
      const filter = new PacketFilter(image.memory, release, where);
      filter.boot();
      const builder = new Builder(image, filter, vnet.label);
      if (nth === 0) {
        // The host's alone is as large as it is asked for, and where the module lies first.
        builder.addHost(pfRules(place === 0 ? image.spec.rules : undefined));
      } else if (nth === 1) builder.addRules(jailPfRules);
    }
  }
}

class Builder {
  private readonly release;

  constructor(
    private readonly image: KernelImage,
    private readonly filter: PacketFilter,
    private readonly label: string,
  ) {
    this.release = image.profile.release;
  }

  addHost(rules: readonly PfRuleModel[]): void {
    const { filter } = this;
    for (const path of pfAnchorPaths) filter.addAnchor(this.allocate('anchor'), path);
    this.addRules(rules);
    for (const [nth, name] of pfInterfaceNames.entries()) this.addInterface(name, 900 / (nth + 1));
    for (const name of pfGroupNames) this.addInterface(name, 0, this.image.heap.reserve(GROUP_BYTES, 64));
    for (const { name, anchor, addresses, rate } of pfTableModels) {
      const table = this.allocate('table');
      this.fillTable(table, `${anchor}/${name}`, rate);
      filter.addTable(table, name, anchor, addresses, BOOTED);
    }
    for (const name of pfRootTables) {
      const table = this.allocate('table');
      this.fillTable(table, `/${name}`, 0);
      filter.addRootTable(table, name, BOOTED);
    }
  }

  addRules(models: readonly PfRuleModel[]): void {
    const { filter, release } = this;
    const anchors = new Map(filter.anchors().map((anchor) => [filter.pathOf(anchor), anchor]));
    const places = new Map<string, PfRuleModel[]>();
    for (const model of models) {
      const place = `${model.anchor}:${model.ruleset}`;
      places.set(place, [...(places.get(place) ?? []), model]);
    }
    for (const rules of places.values()) {
      const [{ anchor: path, ruleset }] = rules as [PfRuleModel];
      const anchor = anchors.get(path) ?? filter.mainAnchor;
      filter.begin(anchor, ruleset);
      for (const [nr, model] of rules.entries()) {
        const rule = this.allocate('rule');
        const { labels, action, calls } = model;
        const called = calls === undefined ? undefined : anchors.get(calls);
        const digest = release === 12 ? {} : { digest: digestOf(`${this.label}${path}:${ruleset}:${nr}`) };
        filter.describeRule(rule, nr, {
          labels,
          action,
          ...digest,
          ...(called === undefined ? {} : { anchor: called }),
        });
        this.fillRule(rule, model, nr);
        filter.append(anchor, ruleset, rule);
      }
      filter.commit(anchor, ruleset);
    }
  }

  private fillRule(rule: bigint, { anchor, ruleset, rates, states }: PfRuleModel, nr: number): void {
    const [into, out] = rates;
    const perSecond = [into * 1.4 + out, into, out, into * PACKET_BYTES, out * PACKET_BYTES, states / 30, states / 30];
    for (const [column, path] of pfRuleColumns(this.release).entries()) {
      const isGauge = path === 'states_cur' || path.startsWith('src_nodes');
      const rate = path.startsWith('src_nodes') ? 0 : (perSecond[column] ?? 0);
      const level = path === 'states_cur' && states > 0 ? states : undefined;
      const activity = { rate, cpuClass: pfClass, ...(level === undefined ? {} : { level }) };
      const cell = this.filter.at(this.filter.types.rule, rule, path);
      const isPlain = column < PF_PLAIN_COLUMNS;
      this.fill(
        cell,
        isGauge && level === undefined ? { rate: 0, cpuClass: pfClass } : activity,
        `rule:${anchor}:${ruleset}:${nr}`,
        column,
        isPlain,
      );
    }
  }

  private addInterface(name: string, rate: number, group = 0n): void {
    const { filter } = this;
    const memory = this.allocate('interface');
    for (const [column, path] of pfInterfaceColumns().entries()) {
      const isBlocked = column % 2 === 1;
      const packets = (rate / (column % 8 < 4 ? 1 : 10)) * (isBlocked ? 0.01 : 1);
      const activity = { rate: column < 8 ? packets : packets * PACKET_BYTES, cpuClass: pfClass };
      this.fill(filter.at(filter.types.interface, memory, path), activity, `interface:${name}`, column, true);
    }
    filter.addInterface(memory, name, BOOTED, group);
  }

  private fillTable(table: bigint, label: string, rate: number): void {
    const { filter, release } = this;
    for (const [column, member] of pfTableColumns().entries()) {
      const path = filter.ofTable(member);
      const activity = { rate: column < 6 || column > 11 ? rate : rate * PACKET_BYTES, cpuClass: pfClass };
      const cell = filter.at(filter.types.table, table, release === 12 ? path : `${path}.pkc_pcpu`);
      this.fill(cell, activity, `table:${label}`, column, true);
    }
  }

  /** A counter(9), or in 12 where `isPlain` the word itself. */
  private fill(cell: bigint, activity: Activity, symbol: string, index: number, isPlain: boolean): void {
    const { image, label, release } = this;
    const name = `pf:${label}${symbol}`;
    if (release > 12 || !isPlain) {
      image.addCounter(cell, activity, name, index, 'pf');
      return;
    }
    image.memory.store(cell, BigInt(Math.floor(activity.rate * UPTIME_SECONDS)));
    image.values.push({ address: cell, stride: 0, activity, symbol: name, index, file: 'pf', cpu: 0, single: true });
  }

  private allocate(kind: keyof PacketFilter['types']): bigint {
    return this.image.heap.reserve(this.filter.bytesOf(kind), 64);
  }
}
