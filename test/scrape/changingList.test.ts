/**
 * Covers: list entries from the walk to the values, on lists that change between any two reads. Each value tells whose it is, so that one which
 * is published under another's labels is seen. A seed that failed is run again with LIST_SEED.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListRules } from '../../src/config/model.js';
import type { Facts } from '../../src/kernel/facts.js';
import type { Modules } from '../../src/kernel/modules.js';
import { layOutSeries, type SeriesLayout } from '../../src/plan/layout.js';
import { compileList } from '../../src/plan/lists/compileList.js';
import { Resolution } from '../../src/plan/resolution.js';
import { Reading } from '../../src/scrape/reading.js';
import { Random } from '../../src/simulator/memory/random.js';
import { offsetOf } from '../../src/simulator/model/ctypes.js';
import { directReader } from '../support/directReader.js';
import { Pacer } from '../../src/snapshots/pacer.js';
import { entryOf, familyOf, fieldOf, reportOf } from '../support/entries.js';
import { rulesOf } from '../support/smallKernel.js';
import { rowsOf } from '../support/simulated.js';
import { elem, SmallList } from '../support/smallList.js';

const ROUNDS = Number(process.env['LIST_ROUNDS'] ?? 250);
const SLOTS = 24;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const PAGE = 4096;
/** What a value grows by is below this, whose it is above. */
const GROWTH = 1n << 20n;
const FAMILIES = ['count', 'value', 'again'] as const;

/** An element from when it comes into the list to when it goes. */
interface Life {
  readonly id: bigint;
  readonly at: bigint;
  readonly item: bigint;
  died: number;
  /** When it was last taken out, to come in at another place. */
  moved: number;
  /** What it is called, with the id of the chain that it is in, if any, and since when. */
  readonly names: { readonly name: string; readonly since: number }[];
  label: string | undefined;
}

interface Mode {
  readonly rules: Partial<ListRules>;
  /** True where the lists are in the elements of an array. */
  readonly chains?: true;
}

const MODES: Readonly<Record<string, Mode>> = {
  'the first of those with the same labels': { rules: {} },
  'the first few': { rules: { limit: 4 } },
  'all, numbered': { rules: { duplicates: 'copy' } },
  'all, in chains': {
    chains: true,
    rules: {
      link: undefined,
      inside: { member: 'c_head', link: 'e_link' },
      keys: [
        { label: 'name', member: 'e_name' },
        { label: 'chain', member: 'outer.c_id' },
      ],
      check: [
        { member: 'e_self', equals: 'self' },
        { member: 'e_chain', equals: 'outer' },
      ],
      duplicates: 'copy',
    },
  },
};

class ChangingList {
  readonly list = new SmallList();
  readonly lives = new Map<bigint, Life>();
  /** Those in the list. */
  readonly living = new Map<bigint, Life>();
  now = 0;
  /** When an element last came in at an address that had been in the list. */
  reused = -1;
  private readonly slab: bigint;
  private readonly freeItems: bigint[] = [];
  private freeSlots: bigint[] = [];
  private serial = 0n;

  constructor(
    private readonly random: (below: number) => number,
    private readonly hasChains: boolean,
  ) {
    const { kernel } = this.list;
    kernel.make(elem, {}, true);
    this.slab = kernel.allocate(2 * PAGE);
    for (let item = 0; item < 2 * SLOTS; item++) this.freeItems.push(this.slab + BigInt(8 * item));
    this.freeSlots = Array.from({ length: SLOTS }, () => this.list.allocate());
  }

  /** Something that a kernel does. */
  change(): void {
    this.now++;
    const lives = [...this.living.values()];
    const one = lives[this.random(Math.max(1, lives.length))];
    const what = this.random(12);
    if (one === undefined || what < 4) this.insert();
    else if (what < 7) this.free(one);
    else if (what === 7) this.move(one);
    else if (what === 8) this.rename(one);
    else this.grow(one);
  }

  /** True where more than one was called so since then. */
  isShared(name: string, since: number): boolean {
    const all = [...this.lives.values()].filter(
      ({ died, names }) => died > since && names.some((one) => one.name === name),
    );
    return all.length > 1;
  }

  private insert(): void {
    const [at] = this.freeSlots.splice(this.random(Math.max(1, this.freeSlots.length)), 1);
    if (at === undefined) return;
    const item = this.freeItems.pop()!;
    if ([...this.lives.values()].some((life) => life.at === at)) this.reused = this.now;
    const id = ++this.serial;
    const name = NAMES[this.random(NAMES.length)]!;
    const value = id * GROWTH;
    const { memory } = this.list.kernel;
    memory.store(item, value);
    memory.store(item + BigInt(PAGE), value);
    const chain = this.put(at, { e_name: name, e_gen: id, e_count: item, e_value: value, e_again: value });
    const life = {
      id,
      at,
      item,
      died: Infinity,
      moved: -1,
      names: [{ name: name + chain, since: this.now }],
      label: undefined,
    };
    this.lives.set(id, life);
    this.living.set(id, life);
  }

  /** Anywhere in a list; gives what is added to its name for that. */
  private put(at: bigint, values: Parameters<SmallList['insert']>[1]): string {
    const { list } = this;
    const id = this.random(list.heads.length);
    const head = this.hasChains ? list.heads[id]! : list.head;
    const places = [head, ...list.elementsOf(head)];
    list.insert(at, { ...values, e_chain: list.chainOf(head) }, places[this.random(places.length)]);
    return this.hasChains ? `,${id}` : '';
  }

  private free(life: Life): void {
    life.died = this.now;
    this.living.delete(life.id);
    this.list.remove(life.at);
    if (this.random(2) === 0) this.list.poison(life.at);
    this.freeItems.push(life.item);
    this.freeSlots.push(life.at);
  }

  private move(life: Life): void {
    life.moved = this.reused = this.now;
    this.list.remove(life.at);
    const name = life.names.at(-1)!.name.split(',')[0]!;
    life.names.push({ name: name + this.put(life.at, {}), since: this.now });
  }

  private rename(life: Life): void {
    const name = NAMES[this.random(NAMES.length)]!;
    life.names.push({ name: [name, ...life.names.at(-1)!.name.split(',').slice(1)].join(), since: this.now });
    this.list.kernel.put(elem, life.at, { e_name: name });
  }

  private grow(life: Life): void {
    const { memory } = this.list.kernel;
    for (const at of [life.item, life.item + BigInt(PAGE)]) memory.store(at, memory.word(at) + 1n);
    for (const member of ['e_value', 'e_again']) {
      const at = life.at + BigInt(offsetOf(elem, member));
      memory.store(at, memory.word(at) + 1n);
    }
  }
}

/** What reads it, as a scraper does. */
class Reader {
  readonly resolution: Resolution;
  layout: SeriesLayout;
  private reading: Reading | undefined;
  private readonly parts;
  private readonly kernel;

  constructor({ kernel }: SmallList, rules: Partial<ListRules>) {
    const all = rulesOf({
      link: 'e_link',
      keys: [{ label: 'name', member: 'e_name' }],
      check: [{ member: 'e_self', equals: 'self' }],
      same: ['e_gen'],
      ...rules,
    });
    const symbol = all.link === undefined ? 'chains' : 'head';
    const { plan } = compileList(kernel.types, kernel.types.typeOfObject(symbol)!, undefined, all);
    const families = FAMILIES.map((name) => familyOf(name, { cpu: name === 'count' ? 'both' : 'sum' }));
    const value = { cellOffset: offsetOf(elem, 'e_value'), access: { way: 'itself', itemSize: 16 } } as const;
    const fields = [
      fieldOf(families[0]!, { cellOffset: offsetOf(elem, 'e_count'), format: 'u64' }),
      fieldOf(families[1]!, { ...value, offset: 0, format: 'u64' }),
      fieldOf(families[2]!, { ...value, offset: 8, format: 'u64' }),
    ];
    const entries = [entryOf(symbol, fields, { kind: 'list' })];
    const follows = [{ list: plan, interrupts: undefined, vnets: undefined, inAllVnets: false }];
    this.parts = { entries, faults: [undefined], bases: [], follows, cpus: [0, 1] };
    const modules = { loads: () => new Map(), isCurrent: () => true } as unknown as Modules;
    const facts = { pageSize: PAGE, maxId: 1, cpus: [0, 1] } as unknown as Facts;
    this.kernel = { facts, modules, memory: kernel.memory, symbols: kernel.symbols };
    this.resolution = new Resolution(this.kernel, this.parts, 0, '');
    this.layout = layOutSeries(this.parts, this.resolution.places);
  }

  get isWhole(): boolean {
    return this.resolution.troubles.size === 0;
  }

  /** Each row that was read, and whether both walks came to their end. */
  async read(
    time: number,
  ): Promise<{ rows: { family: string; labels: string[]; sum: bigint; parts: bigint[] }[]; isWhole: boolean }> {
    const { resolution, parts, kernel } = this;
    const { version } = resolution;
    resolution.refresh(time);
    if (resolution.version !== version) this.layout = layOutSeries(parts, resolution.places, this.layout);
    const { layout } = this;
    if (this.reading?.layout !== layout) {
      const reader = directReader(PAGE, 2);
      this.reading = new Reading({ kernel, reader, cost: { call: 100, byte: 1 }, choice: 'auto' }, layout);
    }
    const isFirstWhole = this.isWhole;
    await this.reading.read(resolution, new Pacer());
    const { words, states } = this.reading;
    const { origins } = this.reading;
    const values = rowsOf({ layout, words, states, origins, report: reportOf() });
    const rows = layout.families.flatMap(({ family, from, to }) =>
      values.slice(from, to).flatMap((row, index) => {
        const labels = layout.rows[from + index]!.labels.map((label) => label.value);
        return row === undefined ? [] : [{ family: family.name, labels, ...row }];
      }),
    );
    return { rows, isWhole: isFirstWhole && this.isWhole };
  }
}

const seed = Number(process.env['LIST_SEED'] ?? Date.now() % 1_000_000_007);

describe('a list that changes while it is read', () => {
  for (const [what, { rules, chains = false }] of Object.entries(MODES)) {
    it(`has no value under another's labels, nor labels twice, and leaves nothing out that was at rest: ${what}`, async (test) => {
      const numbers = new Random(seed);
      const random = (below: number): number => Math.floor(numbers.between(0, below));
      const changing = new ChangingList(random, chains);
      const reader = new Reader(changing.list, rules);
      const tally = { published: 0, leftOut: 0, broken: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const told = `LIST_SEED=${seed}, round ${round}`;
        for (let changes = random(6); changes > 0; changes--) changing.change();
        const start = ++changing.now;
        // From nothing between the reads to several changes before each.
        const often = [0, 0.03, 0.1, 0.4, 3][random(5)]! * 1000;
        changing.list.kernel.memory.before = () => {
          for (let left = often; left > 0; left -= 1000) if (random(1000) < left) changing.change();
        };
        const { rows, isWhole } = await reader.read(1000 * round);
        changing.list.kernel.memory.before = undefined;
        if (!isWhole) tally.broken++;
        tally.published += rows.length;

        const series = rows.map(({ family, labels }) => `${family} ${labels.join()}`);
        assert.equal(new Set(series).size, series.length, `${told}: ${series.join('; ')}`);
        const owners = new Map<string, Life>();
        for (const { family, labels, sum, parts } of rows) {
          const id = family === 'count' ? sum / (2n * GROWTH) : sum / GROWTH;
          const life = changing.lives.get(id);
          const row = `${told}: ${family} ${labels.join()} is ${sum} of ${id}`;
          assert.ok(life !== undefined && life.died > start, `${row}, which nobody is`);
          const names = life.names.filter((_, index) => (life.names[index + 1]?.since ?? Infinity) > start);
          assert.ok(
            names.some(({ name }) => name === labels.slice(0, chains ? 2 : 1).join()),
            `${row}, which is called ${names.map(({ name }) => name).join()}`,
          );
          if (family === 'count')
            assert.deepEqual(
              parts.map((part) => part / GROWTH),
              [id, id],
              row,
            );
          const key = labels.join();
          assert.equal(owners.get(key) ?? life, life, `${row}: with values of ${owners.get(key)?.id}`);
          owners.set(key, life);
          if (rules.duplicates !== undefined && life.names.length === 1) {
            assert.equal(life.label ?? key, key, `${row}, was ${life.label}`);
            life.label = key;
          }
        }
        const published = new Set(owners.values());
        const isCalm = isWhole && changing.reused < start;
        // What lived through the whole read, and is not one of several of which only some are wanted.
        for (const life of changing.living.values()) {
          const { name, since } = life.names.at(-1)!;
          if (since >= start || life.moved >= start || published.has(life)) continue;
          if (rules.limit !== undefined || (rules.duplicates === undefined && changing.isShared(name, start))) continue;
          assert.ok(!isCalm, `${told}: ${life.id}, ${name}, is not published`);
          tally.leftOut++;
        }
        // One that a walk came past is a new one when it is met again.
        if (!isCalm) for (const life of changing.lives.values()) life.label = undefined;
        // Who is gone for long is of no matter any more.
        for (const [id, { died }] of changing.lives) if (died < start) changing.lives.delete(id);
      }
      test.diagnostic(
        `${tally.published} values published, ${tally.leftOut} elements left out, ${tally.broken} walks cut short`,
      );
      assert.ok(tally.published > ROUNDS);
    });
  }
});
