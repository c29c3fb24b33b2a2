/** Compares a document, as a user gets it, with what the kernel held while it was read. */
import { valueFormats } from '../../src/config/valueFormats.js';
import type { Published } from './catalog.js';
import type { Binding, Epoch, World } from './world.js';

/** Kinds of wrong numbers, and of right ones that are missing. */
export const verdicts = [
  'false zero',
  'stale value',
  "another's value",
  'wrong value',
  'sum is not that of its parts',
  'said up but missing',
  'not back with the next scrape',
  'missing though nothing failed',
  'withdrawn wrongly',
] as const;
export type Verdict = (typeof verdicts)[number];

export interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
}

/** A scrape as it was: from when to when it read, and what is to be expected of it. */
export interface Window {
  readonly from: number;
  readonly to: number;
  /** True where nothing failed in it and no name came to stand for another item. */
  readonly isClean: boolean;
  /**
   * `none`: no look-up has failed for more than a minute. `next`: one scrape had such failures, and this is the next. `pausing`: several
   * had, so that a symbol may be missing until it is looked for again.
   */
  readonly lookUps: 'none' | 'pausing' | 'next';
}

/** Sums that are possible where words changed while they were read: more than so many are not enumerated. */
const MAX_SUMS = 20_000;

export class Oracle {
  /** Values that were compared. */
  compared = 0;
  /** Sums with too many possible values, which were not. */
  skipped = 0;
  private readonly ids: readonly number[];

  constructor(
    private readonly world: World,
    private readonly published: readonly Published[],
  ) {
    this.ids = Array.from({ length: world.maxId + 1 }, (_, id) => id);
  }

  check(text: string, window: Window): Finding[] {
    const samples = parse(text);
    return this.published.flatMap((one) => this.checkOne(one, samples, window));
  }

  private checkOne(one: Published, samples: ReadonlyMap<string, string>, window: Window): Finding[] {
    const { world } = this;
    const binding = world.bind(one.where);
    const hasSum = one.mode !== 'per_cpu';
    const hasParts = one.mode === 'per_cpu' || one.mode === 'both';
    const sum = hasSum ? samples.get(one.sum) : undefined;
    const parts = new Map<number, string>();
    if (hasParts) {
      for (const id of world.present) {
        const part = samples.get(`${one.part}${id}"}`);
        if (part !== undefined) parts.set(id, part);
      }
    }
    const isWhole = (!hasSum || sum !== undefined) && (!hasParts || parts.size === world.present.length);
    if (isWhole && one.where.kind === 'carp') world.carpSeen ||= window.isClean;
    if (isWhole) return this.checkValues(one, binding, sum, parts, window);
    const isEmpty = sum === undefined && parts.size === 0;
    const up = [...samples].find(([name]) => name.startsWith(`kcounter_exporter_symbol_up{symbol="${binding.symbol}"`));
    if (!isEmpty || up?.[1] !== '0') {
      return [{ verdict: 'said up but missing', text: `${one.sum}: symbol_up ${up?.[1] ?? 'missing'}` }];
    }
    const isThere = binding.epochs.some(({ from, to }) => from <= window.from && to >= window.to);
    const isCarpUncertain = one.where.kind === 'carp' && world.carpFileReplaced;
    const isRequired = one.required && !isCarpUncertain;
    if (!isRequired || !isThere || !window.isClean || window.lookUps === 'pausing') return [];
    const verdict = window.lookUps === 'next' ? 'not back with the next scrape' : 'missing though nothing failed';
    return [{ verdict, text: one.sum }];
  }

  private checkValues(
    one: Published,
    binding: Binding,
    sum: string | undefined,
    parts: ReadonlyMap<number, string>,
    window: Window,
  ): Finding[] {
    const bits = (value: string): bigint => BigInt.asUintN(64, BigInt(value));
    const all = [...(sum === undefined ? [] : [sum]), ...parts.values()];
    this.compared += all.length;
    if (!all.every((value) => /^-?\d+$/.test(value) && (valueFormats[one.format].signed || !value.startsWith('-')))) {
      return [{ verdict: 'wrong value', text: `${one.sum}: ${all.join(' ')} are not all whole numbers` }];
    }
    const epochs = binding.epochs.filter(({ from, to }) => from <= window.to && to >= window.from);
    if (sum !== undefined && parts.size > 0) {
      const total = [...parts.values()].reduce((total, part) => total + BigInt(part), 0n);
      if (BigInt.asUintN(64, total) !== bits(sum)) {
        return [{ verdict: 'sum is not that of its parts', text: `${one.sum} ${sum}, parts ${total}` }];
      }
    }
    for (const epoch of epochs) {
      const isHeld = [...parts].every(([id, part]) => this.held(one, epoch, id, window).has(bits(part)));
      if (!isHeld) continue;
      if (sum === undefined || parts.size > 0) return [];
      const sums = this.sums(one, binding, epoch, window);
      if (sums === undefined) {
        this.skipped++;
        return [];
      }
      if (sums.has(bits(sum))) return [];
    }
    return [this.classify(one, binding, sum, parts, window)];
  }

  /** What CPU `id`'s value held while the name stood for this item, as 64 bits. */
  private held(one: Published, epoch: Epoch, id: number, { from, to }: Window): Set<bigint> {
    const address = this.world.wordAt(epoch, id, one.offset);
    const words = this.world.history.held(address, Math.max(from, epoch.from), Math.min(to, epoch.to));
    return new Set(words.map((word) => valueOf(word, one)));
  }

  /** Every sum that a reader can have met, word by word at any time; undefined where there are too many. */
  private sums(one: Published, binding: Binding, epoch: Epoch, window: Window): Set<bigint> | undefined {
    let sums = new Set([0n]);
    for (const id of binding.ids) {
      const values = this.held(one, epoch, id, window);
      if (sums.size * values.size > MAX_SUMS) return undefined;
      const next = new Set<bigint>();
      for (const sum of sums) for (const value of values) next.add(BigInt.asUintN(64, sum + value));
      sums = next;
    }
    return sums;
  }

  /** True where `sum` can have been that of an item which was another name's then. */
  private isSumOfAnother(sum: bigint, one: Published, window: Window): boolean {
    return this.published.some((other) => {
      const binding = this.world.bind(other.where);
      const epochs = binding.epochs.filter(({ from, to }) => from <= window.to && to >= window.from);
      return other !== one && epochs.some((epoch) => this.sums(other, binding, epoch, window)?.has(sum) === true);
    });
  }

  private classify(
    one: Published,
    binding: Binding,
    sum: string | undefined,
    parts: ReadonlyMap<number, string>,
    window: Window,
  ): Finding {
    const { history } = this.world;
    const epoch = binding.epochs.filter(({ from }) => from <= window.to).at(-1);
    const held = (id: number): Set<bigint> => (epoch === undefined ? new Set() : this.held(one, epoch, id, window));
    const wrong = [...parts].filter(([id, part]) => !held(id).has(BigInt.asUintN(64, BigInt(part))));
    const text = `${one.sum} ${sum ?? ''} ${wrong.map(([id, part]) => `cpu ${id}: ${part} not ${[...held(id)].join(' or ')}`).join(', ')}`;
    if (epoch === undefined) return { verdict: "another's value", text: `${text} (there is none)` };
    if (wrong.length === 0) {
      if (sum === '0') return { verdict: 'false zero', text };
      if (this.isSumOfAnother(BigInt.asUintN(64, BigInt(sum!)), one, window))
        return { verdict: "another's value", text };
      const possible = this.sums(one, binding, epoch, window);
      return { verdict: 'wrong value', text: `${text} not ${[...(possible ?? [])].slice(0, 4).join(' or ')}` };
    }
    const [id, part] = wrong[0]!;
    if (part === '0') return { verdict: 'false zero', text };
    const value = BigInt.asUintN(64, BigInt(part));
    const own = this.world.wordAt(epoch, id, one.offset);
    const isOwn = binding.epochs.some((each) => this.world.wordAt(each, id, one.offset) === own);
    if (valueFormats[one.format].bytes === 8) {
      if (history.findHolders(value, window.from, window.to).some((address) => address !== own || !isOwn)) {
        return { verdict: "another's value", text };
      }
      if (
        this.ids.some((cpu) =>
          binding.epochs.some((each) =>
            history.heldBefore(this.world.wordAt(each, cpu, one.offset), value, window.from),
          ),
        )
      ) {
        return { verdict: 'stale value', text };
      }
    }
    return { verdict: 'wrong value', text };
  }
}

/** The value within a word, widened to 64 bits as it is published. */
function valueOf(word: bigint, { offset, format }: Published): bigint {
  const bits = 8 * valueFormats[format].bytes;
  const value = BigInt.asUintN(bits, word >> BigInt(8 * (offset % 8)));
  if (format === 'ptr') return value === 0n ? 0n : 1n;
  return BigInt.asUintN(64, valueFormats[format].signed ? BigInt.asIntN(bits, value) : value);
}

/** The value of each series as it is written. */
function parse(text: string): Map<string, string> {
  const samples = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const space = line.lastIndexOf(' ');
    const series = line.slice(0, space);
    if (samples.has(series)) throw new Error(`${series} is there twice`);
    samples.set(series, line.slice(space + 1));
  }
  return samples;
}
