/** One walk of lists in a small memory: what it finds, and what ends it before its end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListRules } from '../../../src/config/model.js';
import { KvmError } from '../../../src/kernel/errors.js';
import { compileList } from '../../../src/plan/lists/compileList.js';
import { Walker } from '../../../src/plan/lists/walker.js';
import { array, char, forward, pointer, sizeOf, struct, uint32 } from '../../../src/simulator/model/ctypes.js';
import {
  ckStailqEntry,
  ckStailqHead,
  listEntry,
  listHead,
  tailqEntry,
  tailqHead,
} from '../../../src/simulator/model/queues.js';
import { rulesOf, SmallKernel, type Values } from '../../support/smallKernel.js';

const leaf = struct('leaf', { l_link: tailqEntry('leaf'), l_id: uint32, l_name: pointer(char) });
const elem = struct('elem', {
  e_id: uint32,
  e_list: listEntry('elem'),
  e_bare: pointer(forward('elem')),
  e_stailq: ckStailqEntry('elem'),
  e_leaves: tailqHead('', leaf),
});
/** No multiple of a word: arrays of it have elements at any four bytes. */
const short = struct('short', { s_id: uint32, s_b: uint32, s_c: uint32 });

const kernelOf = (): SmallKernel =>
  new SmallKernel(
    {
      list: listHead('', elem),
      bare: pointer(elem),
      stailq: ckStailqHead('', elem),
      structs: array(elem, 3),
      shorts: array(short, 5),
      pointers: array(pointer(elem), 6),
      behind: pointer(elem),
      behind_pointers: pointer(pointer(elem)),
      count: uint32,
    },
    [elem, leaf],
  );

const ID = [{ label: 'id', member: 'e_id' }];

class Walk {
  readonly walker: Walker;

  constructor(
    readonly kernel: SmallKernel,
    private readonly symbol: string,
    rules: Partial<ListRules>,
    countSymbol: string | null = 'count',
  ) {
    const { plan } = compileList(kernel.types, kernel.types.typeOfObject(symbol)!, undefined, rulesOf(rules));
    this.walker = new Walker(plan, kernel.memory, () =>
      countSymbol === null ? undefined : kernel.addressOf(countSymbol),
    );
  }

  /** The first key of each element, and of the one that holds it; then why it ended, where it did before its end. */
  ids(): (string | number)[] {
    const { walker } = this;
    walker.walk([{ address: this.kernel.addressOf(this.symbol), vnet: undefined }]);
    const found = walker.elements.map(({ bytes, outer }) => {
      const id = bytes.readUInt32LE(idAt(bytes));
      return outer === undefined ? id : `${outer.bytes.readUInt32LE(0)}.${id}`;
    });
    return walker.broken === undefined ? found : [...found, walker.broken];
  }
}

/** The span begins at e_id, and ends with l_id. */
function idAt(bytes: Buffer): number {
  return bytes.length === 20 ? 16 : 0;
}

/** Elements that follow each other by a member, the ids from 1 on, and the first one's address at the symbol. */
function chain(kernel: SmallKernel, symbol: string, link: string, count: number, ownPages = false): bigint[] {
  const made = Array.from({ length: count }, (_, index) => kernel.make(elem, { e_id: index + 1 }, ownPages));
  made.forEach((address, index) => {
    kernel.put(elem, address, { [link]: made[index + 1] ?? 0n });
  });
  kernel.memory.store(kernel.addressOf(symbol), made[0] ?? 0n);
  return made;
}

const BARE = { link: 'e_bare', keys: ID };

describe('Walker', () => {
  for (const [symbol, link, member] of [
    ['list', 'e_list', 'e_list.le_next'],
    ['bare', 'e_bare', 'e_bare'],
    ['stailq', 'e_stailq', 'e_stailq.cstqe_next'],
  ] as const) {
    it(`follows links to their end: ${member}`, () => {
      const kernel = kernelOf();
      const walk = new Walk(kernel, symbol, { link, keys: ID });
      assert.deepEqual(walk.ids(), [], 'an empty list');
      chain(kernel, symbol, member, 200);
      assert.deepEqual(
        walk.ids(),
        Array.from({ length: 200 }, (_, index) => index + 1),
      );
    });
  }

  it('walks one list after the other, and each anew', () => {
    const kernel = kernelOf();
    const { walker } = new Walk(kernel, 'bare', BARE);
    const made = chain(kernel, 'bare', 'e_bare', 3);
    const second = kernel.make(pointer(elem), {});
    kernel.memory.store(second, made[1]!);
    const heads = [kernel.addressOf('bare'), second].map((address) => ({ address, vnet: undefined }));
    walker.walk(heads);
    assert.deepEqual([walker.elements.length, walker.broken], [5, undefined]);
    walker.walk([]);
    assert.deepEqual([walker.elements.length, walker.broken], [0, undefined]);
  });

  it('finds the structs of an array, wherever they lie', () => {
    const kernel = kernelOf();
    const at = kernel.addressOf('structs');
    for (const index of [0, 1, 2]) kernel.put(elem, at + BigInt(index * sizeOf(elem)), { e_id: 7 + index });
    assert.deepEqual(new Walk(kernel, 'structs', { keys: ID }).ids(), [7, 8, 9]);
    const shorts = kernel.addressOf('shorts');
    for (const index of [0, 1, 2, 3, 4]) kernel.put(short, shorts + BigInt(12 * index), { s_id: index });
    assert.deepEqual(new Walk(kernel, 'shorts', { keys: [{ label: 'id', member: 's_id' }] }).ids(), [0, 1, 2, 3, 4]);
  });

  it('finds what the pointers of an array lead to, each once, those that are set', () => {
    const kernel = kernelOf();
    const made = [1, 2, 3].map((id) => kernel.make(elem, { e_id: id }));
    const at = kernel.addressOf('pointers');
    [made[2]!, 0n, made[0]!, made[0]!, made[1]!, 0n].forEach((pointed, index) => {
      kernel.memory.store(at + BigInt(8 * index), pointed);
    });
    const walk = new Walk(kernel, 'pointers', { keys: ID });
    assert.deepEqual(walk.ids(), [3, 1, 2]);
    kernel.memory.store(at + 8n, 0x1234n);
    assert.deepEqual(walk.ids(), [3, "an element leads out of the kernel's memory"]);
    kernel.memory.store(at + 8n, made[1]! + 4n);
    assert.deepEqual(walk.ids(), [3, "an element leads out of the kernel's memory"]);
    kernel.memory.store(at + 8n, 0xffff_fe00_dead_0000n);
    assert.deepEqual(walk.ids(), [3, 1, 2, 'kvm_read: Bad address'], 'the others are there all the same');
  });

  it('finds arrays behind a pointer, as long as a symbol says', () => {
    const kernel = kernelOf();
    const walk = new Walk(kernel, 'behind', { keys: ID, count: 'count' });
    kernel.memory.store(kernel.addressOf('count'), 4, 4);
    assert.deepEqual(walk.ids(), [], 'not allocated yet');
    const at = kernel.make(array(elem, 4), {});
    for (const index of [0, 1, 2, 3]) kernel.put(elem, at + BigInt(index * sizeOf(elem)), { e_id: index });
    kernel.memory.store(kernel.addressOf('behind'), at);
    assert.deepEqual(walk.ids(), [0, 1, 2, 3]);
    kernel.memory.store(kernel.addressOf('count'), 2, 4);
    assert.deepEqual(walk.ids(), [0, 1]);
    kernel.memory.store(kernel.addressOf('count'), -1, 4);
    assert.deepEqual(walk.ids(), ['it would have 4294967295 elements']);
    kernel.memory.store(kernel.addressOf('count'), 2, 4);
    kernel.memory.store(kernel.addressOf('behind'), 0x1000n);
    assert.deepEqual(walk.ids(), ["its pointer does not lead into the kernel's memory"]);
    kernel.memory.store(kernel.addressOf('behind'), 0xffff_ffff_ffff_fff8n);
    assert.deepEqual(walk.ids(), ["its pointer does not lead into the kernel's memory"]);
  });

  it('is cut short where an array of pointers is freed while it is read, and throws where nothing tells how long it is', () => {
    const kernel = kernelOf();
    const rules = { keys: ID, count: 'count' };
    const walk = new Walk(kernel, 'behind_pointers', rules);
    const at = kernel.make(array(pointer(elem), 4), {}, true);
    kernel.memory.store(kernel.addressOf('behind_pointers'), at);
    kernel.memory.store(kernel.addressOf('count'), 4, 4);
    assert.deepEqual(walk.ids(), []);
    kernel.memory.unmap(at);
    assert.deepEqual(walk.ids(), ['kvm_read: Bad address']);
    const without = new Walk(kernel, 'behind_pointers', rules, null);
    assert.throws(
      () => without.ids(),
      (error) =>
        error instanceof KvmError && error.message.endsWith('there is no count, which tells how long the array is'),
    );
  });

  it('follows the lists in elements, by what was read with the element', () => {
    const kernel = kernelOf();
    const leafOf = (values: Values): bigint => kernel.make(leaf, values);
    const made = chain(kernel, 'bare', 'e_bare', 3);
    const b = leafOf({ l_id: 11 });
    const a = leafOf({ l_id: 10, 'l_link.tqe_next': b });
    const c = leafOf({ l_id: 30 });
    kernel.put(elem, made[0]!, { 'e_leaves.tqh_first': a });
    kernel.put(elem, made[2]!, { 'e_leaves.tqh_first': c });
    const rules = { link: 'e_bare', inside: { member: 'e_leaves', link: 'l_link' } };
    const keys = [
      { label: 'id', member: 'l_id' },
      { label: 'outer', member: 'outer.e_id' },
    ];
    const walk = new Walk(kernel, 'bare', { ...rules, keys });
    assert.deepEqual(walk.ids(), ['1.10', '1.11', '3.30']);
    let reads = 0;
    kernel.memory.before = () => {
      reads++;
    };
    walk.ids();
    assert.equal(reads, 1 + 3 + 3, 'the head, and each element once');
    kernel.memory.before = undefined;
    kernel.put(leaf, b, { 'l_link.tqe_next': a });
    assert.deepEqual(
      walk.ids(),
      ['1.10', '1.11', '3.30', 'it leads in a circle'],
      'the other lists are walked all the same',
    );
    kernel.put(elem, made[0]!, { 'e_leaves.tqh_first': 0xffff_ffff_ffff_fff8n });
    assert.deepEqual(walk.ids(), ['3.30', "an element leads out of the kernel's memory"]);
  });

  it('ends where a list leads in a circle, out of the kernel, or to what is no element', () => {
    const kernel = kernelOf();
    const walk = new Walk(kernel, 'bare', BARE);
    const made = chain(kernel, 'bare', 'e_bare', 3);
    for (const [next, why] of [
      [made[0]!, 'it leads in a circle'],
      [made[2]!, 'it leads in a circle'],
      [0xdead_c0de_dead_c0den, "an element leads out of the kernel's memory"],
      [0x7fff_ffff_f000n, "an element leads out of the kernel's memory"],
      [made[0]! + 4n, "an element leads out of the kernel's memory"],
      [0xffff_ffff_ffff_fff8n, "an element leads out of the kernel's memory"],
      [0xffff_ffff_ffff_ff00n, "an element leads out of the kernel's memory"],
      [0xffff_fe00_dead_0000n, 'kvm_read: Bad address'],
    ] as const) {
      kernel.put(elem, made[2]!, { e_bare: next });
      assert.deepEqual(walk.ids(), [1, 2, 3, why]);
    }
    kernel.memory.store(kernel.addressOf('bare'), 3n);
    assert.deepEqual(walk.ids(), ["an element leads out of the kernel's memory"]);
  });

  it('ends where an element goes away under it, and throws where the head does', () => {
    const kernel = kernelOf();
    const walk = new Walk(kernel, 'bare', BARE);
    const made = chain(kernel, 'bare', 'e_bare', 3, true);
    let reads = 0;
    kernel.memory.before = () => {
      if (++reads === 3) kernel.memory.unmap(made[1]!);
    };
    assert.deepEqual(walk.ids(), [1, 'kvm_read: Bad address']);
    kernel.memory.before = undefined;
    kernel.memory.unmap(kernel.addressOf('bare'));
    assert.throws(() => walk.ids(), KvmError);
    kernel.memory.before = () => {
      throw new TypeError('no fault of the kernel');
    };
    assert.throws(() => walk.ids(), TypeError);
  });

  it('ends where there is no end: after so many elements, or so much work', ({ mock }) => {
    const kernel = kernelOf();
    const walk = new Walk(kernel, 'bare', BARE);
    chain(kernel, 'bare', 'e_bare', 200);
    let time = 0;
    mock.method(process, 'cpuUsage', () => ({ user: (time += 1_500_000), system: 0 }));
    assert.deepEqual(walk.ids().slice(-1), ['it takes too long to walk']);
    assert.equal(walk.walker.isTooLong, true);
    const pointers = new Walk(kernel, 'behind_pointers', { keys: ID, count: 'count' });
    const elements = Array.from({ length: 200 }, (_, index) => kernel.make(elem, { e_id: index }));
    const at = kernel.make(array(pointer(elem), 200), {});
    elements.forEach((address, index) => {
      kernel.memory.store(at + BigInt(8 * index), address);
    });
    kernel.memory.store(kernel.addressOf('behind_pointers'), at);
    kernel.memory.store(kernel.addressOf('count'), 200, 4);
    assert.deepEqual(pointers.ids().slice(-1), ['it takes too long to walk']);
    kernel.memory.store(kernel.addressOf('count'), 200_001, 4);
    assert.deepEqual(pointers.ids(), ['it would have 200001 elements']);
    assert.equal(pointers.walker.isTooLong, false);
  });

  it('comes to the end however long others have the CPU meanwhile', ({ mock }) => {
    const kernel = kernelOf();
    const walk = new Walk(kernel, 'bare', BARE);
    chain(kernel, 'bare', 'e_bare', 200);
    let time = 0;
    mock.method(performance, 'now', () => (time += 60_000));
    assert.equal(walk.ids().at(-1), 200);
  });

  it('reads the texts that keys lead to', () => {
    const own = new SmallKernel({ leaves: pointer(leaf), count: uint32 }, [leaf]);
    const at = own.make(array(char, 64), {});
    own.memory.write(at, Buffer.from('name\0rest'));
    const second = own.make(leaf, { l_name: 0n });
    const first = own.make(leaf, { l_name: at, 'l_link.tqe_next': second });
    own.memory.store(own.addressOf('leaves'), first);
    const walk = new Walk(own, 'leaves', { link: 'l_link', keys: [{ label: 'a', member: 'l_name' }] });
    walk.ids();
    assert.deepEqual(
      walk.walker.elements.map(({ texts }) => texts),
      [['name'], [undefined]],
    );
  });
});
