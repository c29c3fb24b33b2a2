/**
 * Covers: the structures of pf and ipfw from the walk to the values, while rulesets are loaded, rules, interfaces and tables come and go between any
 * two reads and in the middle of them. Each counter tells whose it is. A seed that failed is run again with LIST_SEED,
 * and for longer with LIST_ROUNDS.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KernelChanges } from '../../src/simulator/changes/kernelChanges.js';
import type { NewPfRule, PfPlace } from '../../src/simulator/changes/packetFilter.js';
import { Random } from '../../src/simulator/memory/random.js';
import type { ProfileName } from '../../src/simulator/spec.js';
import { firewallTruth } from '../support/firewallTruth.js';
import { publishedIn, seriesName } from '../support/published.js';
import { Simulated } from '../support/simulated.js';
import { installHook } from '../torture/hook.js';

const ROUNDS = Number(process.env['LIST_ROUNDS'] ?? 16);
/** Of so many calls one has something change before it. They take turns. */
const OFTEN = [1000, 200, 40, 10];
const PLACES: readonly PfPlace[] = [
  { anchor: '', ruleset: 'filter' },
  { anchor: '', ruleset: 'nat' },
  { anchor: 'relayd/web', ruleset: 'filter' },
  { anchor: 'relayd/mail', ruleset: 'filter' },
  { anchor: 'guests/wifi', ruleset: 'rdr' },
];
const LABELS = [[], ['web'], ['web'], ['ssh', 'admin']];
const MOST_RULES = 7;
const seed = Number(process.env['LIST_SEED'] ?? Date.now() % 1_000_000_007);

class ChangingFirewall {
  readonly changes: KernelChanges;
  /** By series the values that it had at some time since the read began. */
  allowed = new Map<string, Set<bigint>>();
  count = 0;
  private serial = 0;

  constructor(
    { image, simulator }: Simulated,
    private readonly random: (below: number) => number,
  ) {
    this.changes = new KernelChanges(image, simulator.spec);
    const { packetFilter: pf, ipfw } = this.changes;
    for (const { address } of pf.rules()) pf.mark('rule', address, this.mark());
    for (const { address } of pf.interfaces()) pf.mark('interface', address, this.mark());
    for (const { address } of pf.tables()) pf.mark('table', address, this.mark());
    for (const rule of ipfw.rules()) ipfw.mark(rule, this.mark());
  }

  /** What is now, and nothing that was before. */
  begin(): Map<string, bigint> {
    this.allowed = new Map();
    return this.allow();
  }

  allow(): Map<string, bigint> {
    const now = firewallTruth(this.changes);
    for (const [series, value] of now) {
      const values = this.allowed.get(series) ?? new Set();
      this.allowed.set(series, values.add(value));
    }
    return now;
  }

  /** Something that an administrator does. */
  change(): void {
    this.count++;
    const { packetFilter: pf } = this.changes;
    const place = this.pick(PLACES);
    const what = this.random(12);
    if (what < 4) this.reload(place);
    else if (what < 6) {
      const rules = pf.rulesIn(place);
      if (rules.length > 0 && rules.length < MOST_RULES) pf.insert(place, this.random(rules.length + 1), this.rule());
    } else if (what === 6) {
      const rules = pf.rulesIn(place);
      if (rules.length > 1) pf.remove(place, this.random(rules.length));
    } else if (what === 7) this.changeInterfaces();
    else if (what === 8) this.changeTables();
    else this.changeIpfw();
    this.allow();
  }

  private reload(place: PfPlace): void {
    const count = this.random(MOST_RULES);
    // Nothing of a ruleset is whole while its rules change places: what a reader sees then is either.
    this.changes.packetFilter.reload(
      place,
      Array.from({ length: count }, () => this.rule()),
      { keepsCounters: this.random(3) === 0, between: () => this.allow() },
    );
  }

  private rule(): NewPfRule {
    // Of some of them the same is said as of others.
    const says = this.random(2) === 0 ? `rule ${this.random(5)}` : this.mark();
    return { mark: this.mark(), labels: this.pick(LABELS), says };
  }

  private changeInterfaces(): void {
    const { packetFilter: pf } = this.changes;
    const names = pf.interfaces().map(({ name }) => name);
    const name = `tun${this.random(8)}`;
    if (names.includes(name)) pf.removeInterface(name);
    else pf.addInterface(name, this.mark());
  }

  private changeTables(): void {
    const { packetFilter: pf } = this.changes;
    const name = `set${this.random(4)}`;
    const known = pf.tables().find((table) => table.name === name);
    if (known === undefined) pf.addTable(name, this.pick(['', 'relayd']), this.mark(), this.random(100));
    else if (this.random(2) === 0) pf.zeroTable(name, known.anchor);
    else pf.removeTable(name, known.anchor);
  }

  private changeIpfw(): void {
    const { ipfw } = this.changes;
    const number = 1000 + this.random(6);
    if (ipfw.rules().some((rule) => rule.number === number) && this.random(2) === 0) ipfw.remove(number);
    else if (ipfw.rules().length < 40) ipfw.add(number, { mark: this.mark(), set: this.random(3) });
    else ipfw.remove(ipfw.rules()[this.random(20)]!.number);
  }

  private mark(): string {
    return `mark ${this.serial++}`;
  }

  private pick<T>(all: readonly T[]): T {
    return all[this.random(all.length)]!;
  }
}

describe('pf and ipfw whose rules change while they are read', () => {
  for (const profile of ['amd64-14', 'amd64-12', 'arm64-15'] satisfies ProfileName[]) {
    it(`give no value under another's labels, nor labels twice, and all once they are at rest: ${profile}`, async (test) => {
      const numbers = new Random(seed);
      const random = (below: number): number => Math.floor(numbers.between(0, below));
      const simulated = await Simulated.open(`${profile},cpus=2,rules=20`, 'packs: [pf_rules, ipfw]');
      let remove = (): void => undefined;
      try {
        for (const module of ['pf', 'ipfw'] as const) simulated.image.loadModule(module);
        const firewall = new ChangingFirewall(simulated, random);
        // What it looks up and lays out first.
        await simulated.scraper.read();
        let often = 0;
        const mayChange = (): void => {
          if (often > 0 && random(often) === 0) firewall.change();
        };
        remove = installHook(simulated.simulator.source.library, (call, _address, length, phase) => {
          if (phase === 'after') return undefined;
          mayChange();
          if (call !== 'read' || phase !== 'before' || length < 16 || often === 0 || random(4 * often) > 0)
            return undefined;
          return { kind: 'split', argument: 8 * (1 + random(Math.floor((length - 1) / 8))) };
        });
        const tally = { published: 0, absent: 0 };
        for (let round = 0; round < ROUNDS; round++) {
          const told = `LIST_SEED=${seed}, round ${round}`;
          for (let count = random(3); count > 0; count--) firewall.change();
          firewall.begin();
          often = OFTEN[round % OFTEN.length]!;
          const snapshot = await simulated.scraper.read();
          often = 0;
          const published = publishedIn(snapshot);
          const names = published.map(seriesName);
          assert.equal(new Set(names).size, names.length, told);
          for (const [nth, { value }] of published.entries()) {
            const values = firewall.allowed.get(names[nth]!);
            assert.ok(
              values?.has(value),
              `${told}: ${names[nth]} is ${value}, not one of ${[...(values ?? [])].join()}`,
            );
          }
          tally.published += published.length;
          tally.absent += firewall.allow().size - published.length;
          if (round % 8 < 7) continue;
          // Nothing changes: those that took another's place are left out once.
          await simulated.scraper.read();
          const now = firewall.begin();
          const rest = new Map(
            publishedIn(await simulated.scraper.read()).map((each) => [seriesName(each), each.value]),
          );
          assert.deepEqual(rest, new Map([...rest.keys()].map((series) => [series, now.get(series)])), told);
          assert.equal(rest.size, now.size, told);
        }
        test.diagnostic(`${firewall.count} changes, ${tally.published} values published, ${tally.absent} absent`);
        assert.ok(tally.published > 10 * ROUNDS && firewall.count > ROUNDS);
      } finally {
        remove();
        await simulated.close();
      }
    });
  }
});
