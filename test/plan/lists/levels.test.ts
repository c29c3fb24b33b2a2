/** Covers: walker, listFollower. Trees, hash tables, arrays in elements and what pointers lead to, several levels deep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { levelsOf } from '../../../src/plan/lists/levels.js';
import { ListFollower } from '../../../src/plan/lists/listFollower.js';
import type { Key, ListPlan, Sequence, Slice } from '../../../src/plan/lists/listPlan.js';
import { Walker } from '../../../src/plan/lists/walker.js';
import { ShapeError } from '../../../src/plan/shapes.js';
import {
  array,
  char,
  forward,
  offsetOf,
  pointer,
  sizeOf,
  struct,
  uint16,
  uint32,
  uint64,
} from '../../../src/simulator/model/ctypes.js';
import { tailqEntry, tailqHead } from '../../../src/simulator/model/queues.js';
import { SmallKernel } from '../../support/smallKernel.js';
import { namesOf } from '../../support/smallList.js';

const rule = struct('rule', {
  r_link: tailqEntry('rule'),
  r_nr: uint32,
  r_digest: array(char, 8),
  r_labels: array(array(char, 8), 3),
  r_spi: uint32,
  r_address: array(char, 28),
});
const set = struct('set', { s_pad: uint64, s_rules: pointer(tailqHead('', rule)) });
const anchor = struct('anchor', {
  a_left: pointer(forward('anchor')),
  a_right: pointer(forward('anchor')),
  a_name: array(char, 8),
  a_kind: uint16,
  a_sets: array(set, 2),
});
const node = struct('node', { n_next: pointer(forward('node')), n_id: uint32, n_object: pointer(rule) });
const table = struct('table', { t_mask: uint32, t_buckets: pointer(pointer(node)) });

const at = (type: typeof rule, path: string): number => offsetOf(type, path);
const slice = (type: typeof rule, path: string, size: number, up = 0): Slice => ({ up, offset: at(type, path), size });
const NR: Key = { ...slice(rule, 'r_nr', 4), label: 'nr', as: 'number', format: 'u32' };
const SET: Key = { up: 1, offset: 0, size: 0, label: 'set', as: 'index', names: ['scrub'] };
const ANCHOR: Key = { ...slice(anchor, 'a_name', 8, 2), label: 'anchor', as: 'characters' };

const TREE: Sequence = { kind: 'tree', root: 0, left: at(anchor, 'a_left'), right: at(anchor, 'a_right') };
const SETS: Sequence = {
  kind: 'array',
  at: at(anchor, 'a_sets'),
  stride: sizeOf(set),
  count: 2,
  length: undefined,
  behindPointer: false,
  ofPointers: false,
};
const RULES: Sequence = {
  kind: 'links',
  through: at(set, 's_rules'),
  first: 0,
  next: at(rule, 'r_link.tqe_next'),
  isNewestFirst: false,
};
const TABLE: Sequence = {
  kind: 'table',
  at: at(table, 't_buckets'),
  length: { offset: at(table, 't_mask'), size: 4, mask: true },
  next: at(node, 'n_next'),
};
const OBJECT: Sequence = { kind: 'pointer', at: at(node, 'n_object') };

function planOf(sequences: readonly Sequence[], plan: Partial<ListPlan> = {}): ListPlan {
  const { keys = [], where = [], check = [], same = [], succession } = plan;
  const digest = succession?.digest;
  const looked = [...keys, ...where, ...check, ...same, ...(digest === undefined ? [] : [digest])];
  return {
    levels: levelsOf(sequences, looked),
    keys,
    where,
    check,
    same,
    cells: [],
    instead: undefined,
    limit: 1000,
    duplicates: undefined,
    ...plan,
  };
}

class Small {
  readonly kernel = new SmallKernel({ root: pointer(anchor), main: anchor, table, first: pointer(rule) }, [
    rule,
    set,
    node,
  ]);

  follow(symbol: string, plan: ListPlan): ListFollower {
    const { origin } = this.kernel.found(symbol);
    const heads = [{ address: this.kernel.addressOf(symbol), vnet: undefined, labels: [], isOwn: true }];
    return new ListFollower(plan, this.kernel, () => heads, origin);
  }

  /** Why a walk ends before its end, and what it finds until then. */
  walk(symbol: string, plan: ListPlan): [number, string | undefined] {
    const walker = new Walker(plan, this.kernel.memory, () => undefined);
    walker.walk([{ address: this.kernel.addressOf(symbol), vnet: undefined }]);
    return [walker.elements.length, walker.broken];
  }

  /** Rules with these numbers, each leading to the next, and the head of their list. */
  rules(...numbers: number[]): { readonly head: bigint; readonly rules: readonly bigint[] } {
    const rules = numbers.map((r_nr) => this.kernel.make(rule, { r_nr }));
    rules.forEach((one, index) => {
      this.kernel.put(rule, one, { 'r_link.tqe_next': rules[index + 1] ?? 0n });
    });
    return { head: this.kernel.make(tailqHead('', rule), { tqh_first: rules[0] ?? 0n }), rules };
  }

  anchor(name: string, sets: readonly (bigint | undefined)[], left = 0n, right = 0n): bigint {
    return this.fill(this.kernel.make(anchor, { a_name: name, a_left: left, a_right: right }), sets);
  }

  /** An anchor that is there. */
  fill(made: bigint, sets: readonly (bigint | undefined)[]): bigint {
    sets.forEach((head, index) => {
      const place = made + BigInt(at(anchor, 'a_sets') + index * sizeOf(set));
      this.kernel.put(set, place, { s_rules: head ?? 0n });
    });
    return made;
  }

  root(address: bigint): void {
    this.kernel.memory.store(this.kernel.addressOf('root'), address);
  }
}

describe('structures of several levels', () => {
  const plan = planOf([TREE, SETS, RULES], { keys: [ANCHOR, SET, NR] });

  it('meets what is beside a tree before all that is in it, also where that is nothing', () => {
    const small = new Small();
    small.fill(small.kernel.addressOf('main'), [small.rules(4).head, undefined]);
    const tree = { ...TREE, beside: { symbol: 'main', of: 'root' } } as const;
    const follower = small.follow('root', planOf([tree, SETS, RULES], { keys: [ANCHOR, SET, NR] }));
    assert.deepEqual(namesOf(follower.look()), ['scrub/4']);
    small.root(small.anchor('a', [small.rules(7).head, small.rules(1).head]));
    assert.deepEqual(namesOf(follower.look()).sort(), ['a/1/1', 'a/scrub/7', 'scrub/4']);
  });

  it('are trees of elements with arrays of lists, each element labelled by all that holds it', () => {
    const small = new Small();
    const follower = small.follow('root', plan);
    assert.deepEqual(namesOf(follower.look()), [], 'an empty tree');
    const left = small.anchor('l', [undefined, small.rules(1).head]);
    const right = small.anchor('r', [small.rules(5, 6).head, small.rules().head]);
    small.root(small.anchor('', [small.rules(0).head, undefined], left, right));
    assert.deepEqual(namesOf(follower.look()), ['scrub/0', 'l/1/1', 'r/scrub/5', 'r/scrub/6']);
    assert.equal(follower.gone().size, 0);
    assert.equal(follower.trouble, undefined);
  });

  it('end where a tree leads in a circle or out of the kernel, and go on beside a list that does', () => {
    const small = new Small();
    const list = small.rules(5, 6);
    const left = small.anchor('l', [small.rules(1).head]);
    const root = small.anchor('m', [list.head], left);
    small.root(root);
    small.kernel.put(anchor, left, { a_right: root });
    assert.deepEqual(small.walk('root', plan), [3, 'it leads in a circle']);
    small.kernel.put(anchor, left, { a_right: 0xdead_c0de_dead_c0den });
    assert.deepEqual(small.walk('root', plan), [3, "an element leads out of the kernel's memory"]);
    small.kernel.put(anchor, left, { a_right: 0n });
    small.kernel.put(rule, list.rules[1]!, { 'r_link.tqe_next': list.rules[0]! });
    assert.deepEqual(small.walk('root', plan), [3, 'it leads in a circle']);
    small.kernel.put(set, root + BigInt(at(anchor, 'a_sets')), { s_rules: 0x1234n });
    assert.deepEqual(small.walk('root', plan), [1, "an element leads out of the kernel's memory"]);
    small.kernel.put(set, root + BigInt(at(anchor, 'a_sets')), { s_rules: 0xffff_fe00_dead_0000n });
    assert.deepEqual(small.walk('root', plan), [1, 'kvm_read: Bad address']);
  });

  it('follow no further what does not hold what it must', () => {
    const small = new Small();
    small.root(small.anchor('a', [small.rules(5).head]));
    const kind = { ...slice(anchor, 'a_kind', 2), is: 'value', value: 4n, mask: 6n } as const;
    const levels = levelsOf([TREE, SETS, RULES], [NR], [[kind]]);
    const own = { ...planOf([TREE, SETS, RULES], { keys: [NR] }), levels };
    assert.deepEqual(small.walk('root', own), [0, undefined]);
    small.kernel.put(anchor, small.kernel.memory.word(small.kernel.addressOf('root')), { a_kind: 5 });
    assert.deepEqual(small.walk('root', own), [1, undefined], 'of some bits only');
  });

  it('are hash tables, and what their elements point to', () => {
    const small = new Small();
    const keys: Key[] = [{ ...slice(node, 'n_id', 4, 1), label: 'id', as: 'number', format: 'u32' }, NR];
    const back = [{ ...slice(node, 'n_object', 8, 1), is: 'address', levels: 0 } as const];
    const own = planOf([TABLE, OBJECT], { keys, check: back });
    assert.deepEqual(small.walk('table', own), [0, undefined], 'not allocated yet');
    const [a, b, c] = [1, 2, 3].map((n_id) => small.kernel.make(node, { n_id }));
    small.kernel.put(node, a!, { n_next: b!, n_object: small.rules(10).rules[0]! });
    small.kernel.put(node, c!, { n_object: small.rules(30).rules[0]! });
    const buckets = small.kernel.make(array(pointer(node), 4), {});
    small.kernel.memory.store(buckets + 8n, a!);
    small.kernel.memory.store(buckets + 24n, c!);
    small.kernel.set('table', { t_mask: 3, t_buckets: buckets });
    const follower = small.follow('table', own);
    assert.deepEqual(namesOf(follower.look()), ['1/10', '3/30'], 'the second points to nothing');
    small.kernel.set('table', { t_mask: 0xffff_ffff });
    assert.deepEqual(small.walk('table', own), [0, 'it would have 4294967296 elements']);
    small.kernel.set('table', { t_mask: 3, t_buckets: 8n });
    assert.deepEqual(small.walk('table', own), [0, "its pointer does not lead into the kernel's memory"]);
  });

  it('are labelled by several texts, addresses, and numbers in network order', () => {
    const small = new Small();
    const { rules } = small.rules(1, 2, 3);
    small.kernel.memory.store(small.kernel.addressOf('first'), rules[0]!);
    const texts = Buffer.alloc(24);
    texts.write('one', 0);
    texts.write('three', 16);
    const v4 = Buffer.from([16, 2, 0, 0, 192, 0, 2, 7]);
    const v6 = Buffer.concat([
      Buffer.from([28, 28, 0, 0, 0, 0, 0, 0]),
      Buffer.from('fe800003000000000000000000000001', 'hex'),
    ]);
    small.kernel.put(rule, rules[0]!, { r_labels: texts, r_address: v4, r_spi: 0x7856_3412 });
    small.kernel.put(rule, rules[1]!, { r_address: v6 });
    const own = planOf([{ kind: 'links', first: 0, next: at(rule, 'r_link.tqe_next'), isNewestFirst: true }], {
      keys: [
        { ...slice(rule, 'r_labels', 24), label: 'label', as: 'texts', stride: 8 },
        { ...slice(rule, 'r_address', 28), label: 'address', as: 'sockaddr' },
        { ...slice(rule, 'r_spi', 4), label: 'spi', as: 'hexadecimal' },
      ],
    });
    const follower = small.follow('first', own);
    assert.deepEqual(namesOf(follower.look()).sort(), ['fe80::1/0x00000000', 'one,three/192.0.2.7/0x12345678']);
    assert.equal(follower.tally.doubtful, 1, 'what has no address is not believed');
  });

  it('leave out once what has the labels of one that is gone, unless its digest is the same', () => {
    const small = new Small();
    const digest = slice(rule, 'r_digest', 8);
    const own = planOf([TREE, SETS, RULES], { keys: [ANCHOR, SET, NR], succession: { digest } });
    const old = small.rules(1, 2, 3);
    old.rules.forEach((one, index) => {
      small.kernel.put(rule, one, { r_digest: ['', 'same', 'other'][index]! });
    });
    const root = small.anchor('a', [old.head]);
    small.root(root);
    const follower = small.follow('root', own);
    assert.deepEqual(namesOf(follower.look()), ['a/scrub/1', 'a/scrub/2', 'a/scrub/3']);
    const next = small.rules(1, 2, 3, 4);
    next.rules.forEach((one, index) => {
      small.kernel.put(rule, one, { r_digest: ['', 'same', 'new', ''][index]! });
    });
    small.kernel.put(set, root + BigInt(at(anchor, 'a_sets')), { s_rules: next.head });
    assert.deepEqual(namesOf(follower.gone()), ['a/scrub/1', 'a/scrub/2', 'a/scrub/3']);
    assert.deepEqual(namesOf(follower.look()), ['a/scrub/2', 'a/scrub/4'], 'a digest of zeros is none');
    assert.equal(follower.tally.successors, 2);
    assert.deepEqual(namesOf(follower.look()), ['a/scrub/1', 'a/scrub/2', 'a/scrub/3', 'a/scrub/4']);
    assert.equal(follower.tally.successors, 0);
  });
});

describe('levelsOf', () => {
  it('reads of each level what is looked at and what leads on', () => {
    const [anchors, sets, rules] = levelsOf([TREE, SETS, RULES], [NR, SET, ANCHOR]);
    assert.deepEqual(anchors!.span, { from: 0, length: at(anchor, 'a_name') + 8 });
    assert.deepEqual(sets!.span, { from: at(set, 's_rules'), length: 8 });
    assert.deepEqual(rules!.span, { from: 0, length: at(rule, 'r_nr') + 4 });
    const [, objects] = levelsOf([TABLE, OBJECT], []);
    assert.deepEqual(objects!.span, { from: 0, length: 0 });
  });

  it('refuses what lies too far apart', () => {
    const far: Slice = { up: 0, offset: 9000, size: 8 };
    assert.throws(() => levelsOf([RULES], [far]), ShapeError);
  });
});
