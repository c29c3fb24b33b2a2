/** Which elements of a list are instances, as it changes between walks and within them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Label } from '../../../src/config/model.js';
import { KvmError } from '../../../src/kernel/errors.js';
import type { Instance } from '../../../src/plan/instances/instance.js';
import { array, char } from '../../../src/simulator/model/ctypes.js';
import { beforeRead, elem, namesOf, SmallList } from '../../support/smallList.js';

function cellsOf(instances: readonly Instance[]): (bigint | undefined)[] {
  return instances.map(({ where }) => where.cells);
}

/** Each of these labels is there once. */
function assertDistinct(instances: readonly Instance[]): void {
  const names = instances.map(({ labels }) => JSON.stringify(labels));
  assert.equal(new Set(names).size, names.length, names.join());
}

function textAt(list: SmallList, text: string): bigint {
  const at = list.kernel.make(array(char, 64), {});
  list.kernel.memory.write(at, Buffer.from(`${text}\0`));
  return at;
}

describe('the instances of a list', () => {
  it('are its elements in their order, the same objects in the same array for as long as nothing changes', () => {
    const list = new SmallList();
    const [a, b] = [list.add('a'), list.add('b')];
    const follower = list.follow();
    const first = follower.look();
    assert.deepEqual(
      [namesOf(first), cellsOf(first)],
      [
        ['a', 'b'],
        [a, b],
      ],
    );
    assert.equal(follower.look(), first);
    assert.equal(follower.gone().size, 0);
    list.add('c');
    const second = follower.look();
    assert.deepEqual(namesOf(second), ['a', 'b', 'c']);
    assert.deepEqual(second.slice(0, 2), first);
    assert.equal(second[0], first[0]);
    assert.deepEqual(follower.tally, { published: 3, doubtful: 0, beyondLimit: 0, duplicates: 0, successors: 0 });
    assert.equal(follower.trouble, undefined);
  });

  it('are gone however often that is asked before the list is looked at anew', () => {
    const list = new SmallList();
    const [a] = [list.add('a'), list.add('b')];
    const follower = list.follow();
    follower.look();
    list.remove(a);
    for (let asked = 0; asked < 4; asked++) assert.deepEqual(namesOf(follower.gone()), ['a'], `asked ${asked} times`);
    assert.deepEqual(namesOf(follower.look()), ['b']);
    assert.equal(follower.gone().size, 0);
  });

  it('are none of an empty list', () => {
    const follower = new SmallList().follow();
    assert.deepEqual(follower.look(), []);
    assert.equal(follower.gone().size, 0);
  });

  it('have labels of characters, numbers, enumerators and texts, after those of their head, and none that is empty', () => {
    const list = new SmallList();
    list.add('a', { e_kind: 7, e_flag: -3, e_text: textAt(list, 'told') });
    list.add('', { e_kind: 0xffff_ffff, e_text: textAt(list, '') });
    const keys = ['e_name', 'e_kind', 'e_flag', 'e_text'].map((member) => ({ label: member, member }));
    const labels = list.follow({ keys }, [{ name: 'jail', value: 'j' }]).look();
    const of = (...pairs: [string, string][]) => pairs.map(([name, value]) => ({ name, value }));
    assert.deepEqual(
      labels.map((one) => one.labels),
      [
        of(['jail', 'j'], ['e_name', 'a'], ['e_kind', '7'], ['e_flag', '-3'], ['e_text', 'told']),
        of(['jail', 'j'], ['e_kind', '4294967295'], ['e_flag', '0']),
      ],
    );
  });

  it('are none where a text cannot be read, and are counted as doubtful', () => {
    const list = new SmallList();
    const keys = [{ label: 'text', member: 'e_text' }];
    list.add('a', { e_text: 0n });
    list.add('b', { e_text: 0xffff_fe00_dead_0000n });
    const text = textAt(list, 'good');
    list.add('c', { e_text: text });
    const follower = list.follow({ keys });
    assert.deepEqual(namesOf(follower.look()), ['good']);
    assert.equal(follower.tally.doubtful, 2);
    assert.equal(follower.gone().size, 0);
    list.kernel.memory.write(text, Buffer.from('other\0'));
    assert.deepEqual(namesOf(follower.gone()), ['good'], 'another text at the same place');
    assert.deepEqual(namesOf(follower.look()), ['other']);
  });

  it('are those that are wanted, and believed only where they say what they must', () => {
    const list = new SmallList();
    const a = list.add('a', { e_kind: 1 });
    list.add('b', { e_kind: 2 });
    list.add('c', { e_kind: 1, e_self: a });
    const follower = list.follow({
      where: [{ member: 'e_kind', equals: 1 }],
      check: [{ member: 'e_self', equals: 'self' }],
    });
    assert.deepEqual(namesOf(follower.look()), ['a']);
    assert.deepEqual(follower.tally, { published: 1, doubtful: 1, beyondLimit: 0, duplicates: 0, successors: 0 });
    list.kernel.put(elem, a, { e_kind: 3 });
    assert.deepEqual(namesOf(follower.gone()), ['a'], 'it is not wanted any more');
    assert.deepEqual(namesOf(follower.look()), []);
  });

  it('are held against symbols and the vnet of their list', () => {
    const list = new SmallList();
    const magic = list.kernel.addressOf('magic');
    list.add('a', { e_text: magic, e_gen: 0 });
    list.add('b', { e_text: magic + 8n, e_gen: 0 });
    const check = [
      { member: 'e_text', equals: 'magic' },
      { member: 'e_gen', equals: 'vnet' },
    ];
    assert.deepEqual(namesOf(list.follow({ check }).look()), ['a'], 'of no vnet, they must point to none');
    const missing = list.follow({ check: [{ member: 'e_text', equals: 'no_such_symbol' }] });
    assert.deepEqual([missing.look(), missing.tally.doubtful], [[], 2]);
  });

  it('are as many as the limit allows, and those that are chosen stay so for as long as they live', () => {
    const list = new SmallList();
    const [a, b] = [list.add('a'), list.add('b'), list.add('c')];
    const follower = list.follow({ limit: 2 });
    assert.deepEqual(namesOf(follower.look()), ['a', 'b']);
    assert.deepEqual(follower.tally, { published: 2, doubtful: 0, beyondLimit: 1, duplicates: 0, successors: 0 });
    const head = list.insert(list.allocate(), { e_name: 'first' });
    assert.deepEqual(namesOf(follower.look()), ['a', 'b']);
    list.remove(a);
    list.insert(a, { e_name: 'again' }, b);
    // It is another at the place of one that was chosen, and the youngest.
    assert.deepEqual(namesOf(follower.look()).sort(), ['b', 'c']);
    list.remove(head);
    assert.deepEqual(namesOf(follower.look()).sort(), ['b', 'c']);
  });

  it('keep their places where a walk is cut short', () => {
    const list = new SmallList();
    const c = list.add('c');
    const [, b] = [list.add('a'), list.add('b', {}, true)];
    list.remove(c);
    const follower = list.follow({ limit: 2 });
    assert.deepEqual(namesOf(follower.look()), ['a', 'b']);
    list.insert(c, { e_name: 'c' });
    const page = list.kernel.memory.bytes(b, 128);
    list.kernel.memory.unmap(b);
    assert.deepEqual(namesOf(follower.look()), ['a'], 'the place of one that was not met is not given away');
    assert.match(follower.trouble!, /Bad address/);
    list.kernel.memory.map(b);
    list.kernel.memory.write(b, page);
    assert.deepEqual(namesOf(follower.look()).sort(), ['a', 'b']);
    assert.equal(follower.trouble, undefined);
  });
});

describe('elements with the same labels', () => {
  it('are published once, always the same one of them, and the others counted', () => {
    const list = new SmallList();
    const [a, b] = [list.add('x'), list.add('x')];
    const follower = list.follow();
    assert.deepEqual(cellsOf(follower.look()), [a]);
    assert.deepEqual(follower.tally, { published: 1, doubtful: 0, beyondLimit: 0, duplicates: 1, successors: 0 });
    list.insert(list.allocate(), { e_name: 'x' });
    assert.deepEqual(cellsOf(follower.look()), [a], 'not the one that is first now');
    list.remove(a);
    assert.deepEqual(cellsOf(follower.look()), [b]);
  });

  it('do not take turns where a walk does not come to the one that is published', () => {
    const list = new SmallList();
    const a = list.add('x', {}, true);
    const follower = list.follow();
    follower.look();
    const b = list.insert(list.allocate(), { e_name: 'x' });
    assert.deepEqual(cellsOf(follower.look()), [a]);
    list.kernel.memory.unmap(a);
    assert.deepEqual(cellsOf(follower.look()), []);
    assert.equal(follower.tally.duplicates, 1);
    list.kernel.memory.map(a);
    list.kernel.put(elem, a, { e_name: 'y' });
    assert.deepEqual(cellsOf(follower.look()), [b, a]);
  });

  it('are numbered from the second on, and keep their numbers for as long as they live', () => {
    const list = new SmallList();
    const [a, b, c] = [list.add('x'), list.add('x'), list.add('x')];
    const follower = list.follow({ duplicates: 'copy' });
    const first = follower.look();
    assert.deepEqual(namesOf(first), ['x', 'x/2', 'x/3']);
    assert.equal(first[1]!.labels[1]!.name, 'copy');
    list.remove(a);
    assert.deepEqual(namesOf(follower.look()), ['x/2', 'x/3']);
    list.insert(list.allocate(), { e_name: 'x' });
    list.insert(list.allocate(), { e_name: 'x' });
    const names = follower.look();
    assert.deepEqual(namesOf(names).sort(), ['x/2', 'x/3', 'x/4', 'x/5']);
    assert.deepEqual(cellsOf(names.filter(({ labels }) => ['2', '3'].includes(labels[1]?.value ?? ''))), [b, c]);
  });

  it('never get the same number, be one alone when it came, or at the place of an older one', () => {
    const list = new SmallList();
    const [old, alone] = [list.add('other'), list.add('x')];
    const follower = list.follow({ duplicates: 'copy' });
    follower.look();
    list.kernel.put(elem, old, { e_name: 'x' });
    const both = follower.look();
    assertDistinct(both);
    assert.deepEqual(cellsOf(both.filter(({ labels }) => labels.length === 1)), [alone]);
    list.kernel.put(elem, old, { e_name: 'y' });
    follower.look();
    list.kernel.put(elem, old, { e_name: 'x' });
    assertDistinct(follower.look());
  });

  it('keep their numbers across walks that were cut short', () => {
    const list = new SmallList();
    const [a, b] = [list.add('x'), list.add('x', {}, true)];
    const follower = list.follow({ duplicates: 'copy' });
    const [, second] = follower.look();
    const bytes = list.kernel.memory.bytes(b, 128);
    list.kernel.memory.unmap(b);
    list.insert(list.allocate(), { e_name: 'x' }, a);
    const cut = follower.look();
    assert.deepEqual(namesOf(cut), ['x', 'x/3']);
    list.kernel.memory.map(b);
    list.kernel.memory.write(b, bytes);
    // It was inserted before the one that could not be read.
    const whole = follower.look();
    assert.deepEqual(namesOf(whole).sort(), ['x', 'x/2', 'x/3']);
    assert.ok(whole.includes(second!), 'the same object');
    assert.ok(cut.every((one) => whole.includes(one)));
  });

  it('are forgotten after a while where no walk comes to its end', () => {
    const list = new SmallList();
    const [a, b] = [list.add('x'), list.add('x', {}, true)];
    const follower = list.follow({ duplicates: 'copy' });
    follower.look();
    list.kernel.memory.unmap(b);
    for (let walk = 0; walk < 70; walk++) follower.look();
    list.insert(list.allocate(), { e_name: 'x' }, a);
    assert.deepEqual(namesOf(follower.look()), ['x', 'x/3']);
    list.kernel.memory.map(b);
    list.kernel.put(elem, b, { e_name: 'x', e_self: b });
    assert.deepEqual(namesOf(follower.look()), ['x', 'x/3', 'x/4'], 'another, as far as anybody knows');
  });

  it('are numbered by their age: in a list without a pointer to its end the first is the newest', () => {
    const list = new SmallList(false);
    const [newest, older, oldest] = [list.add('x'), list.add('x'), list.add('x')];
    const follower = list.follow({ duplicates: 'copy' });
    const now = follower.look();
    assert.deepEqual(
      [namesOf(now), cellsOf(now)],
      [
        ['x', 'x/2', 'x/3'],
        [oldest, older, newest],
      ],
    );
    list.insert(list.allocate(), { e_name: 'x' });
    assert.deepEqual(namesOf(follower.look()), ['x', 'x/2', 'x/3', 'x/4']);
    assert.deepEqual(cellsOf(list.follow().look()), [oldest], 'the ordinary series is that of the oldest');
  });

  it('get no number again that another had, for as long as there are any', () => {
    const list = new SmallList();
    const [a, b] = [list.add('x'), list.add('x')];
    const follower = list.follow({ duplicates: 'copy' });
    follower.look();
    list.remove(b);
    list.poison(b);
    assert.deepEqual(namesOf(follower.look()), ['x']);
    const c = list.add('x');
    assert.deepEqual(namesOf(follower.look()), ['x', 'x/3']);
    for (const at of [a, c]) list.remove(at);
    for (let walk = 0; walk < 2; walk++) follower.look();
    list.add('x');
    assert.deepEqual(namesOf(follower.look()), ['x'], 'all is forgotten of the name');
  });

  it('keep their numbers where a walk comes past them', () => {
    const list = new SmallList();
    const [, b, c] = [list.add('x'), list.add('x'), list.add('x')];
    const follower = list.follow({ duplicates: 'copy' });
    const before = follower.look();
    list.remove(b);
    assert.deepEqual(namesOf(follower.look()), ['x', 'x/3']);
    list.insert(b, {}, c);
    list.add('x');
    assert.deepEqual(namesOf(follower.look()), ['x', 'x/2', 'x/3', 'x/4']);
    assert.equal(follower.look()[1], before[1], 'the same object');
    list.remove(b);
    follower.look();
    follower.gone();
    list.insert(b, {}, c);
    assert.deepEqual(namesOf(follower.look()), ['x', 'x/3', 'x/4', 'x/5'], 'two have come past it: it is another');
  });

  it('keep their numbers where another follows the list, be its head known by other objects', () => {
    const list = new SmallList();
    const place = {};
    const labels = (): Label[] => [{ name: 'jail', value: 'j' }];
    const [a, b, c] = [list.add('x'), list.add('x'), list.add('x')];
    const first = list.follow({ duplicates: 'copy' }, labels(), place);
    first.look();
    list.remove(a);
    list.remove(b);
    assert.deepEqual(namesOf(first.look()), ['j/x/3']);
    const second = list.follow({ duplicates: 'copy' }, labels(), place);
    const taken = second.look();
    assert.deepEqual([namesOf(taken), cellsOf(taken)], [['j/x/3'], [c]]);
    list.add('x');
    // One that does not come to follow it, and one that goes on.
    list.follow({ duplicates: 'copy' }, labels(), place);
    assert.deepEqual(namesOf(first.look()), ['j/x/3', 'j/x/4']);
    assert.deepEqual(namesOf(list.follow({ duplicates: 'copy' }, labels(), place).look()), ['j/x/3', 'j/x/4']);
    const other = [{ name: 'jail', value: 'k' }];
    assert.deepEqual(namesOf(list.follow({ duplicates: 'copy' }, other, place).look()), ['k/x', 'k/x/2']);
  });
});

describe('an element', () => {
  const same = ['e_gen'];

  it('that is freed is gone, be it reused or not', () => {
    for (const then of [
      (list: SmallList, at: bigint) => {
        list.poison(at);
      },
      (list: SmallList, at: bigint) => list.insert(at, { e_name: 'new', e_gen: 1 }),
      (list: SmallList, at: bigint) => list.insert(at, { e_name: 'a', e_gen: 2 }),
      () => undefined,
    ]) {
      const list = new SmallList();
      const [a] = [list.add('a', { e_gen: 1 }), list.add('b', { e_gen: 1 })];
      const follower = list.follow({ same });
      const [before] = follower.look();
      list.remove(a);
      then(list, a);
      assert.deepEqual([...follower.gone()], [before]);
      const after = follower.look();
      assert.ok(!after.includes(before!), 'another object, whatever it is called');
      assertDistinct(after);
    }
  });

  it('that is renamed is another', () => {
    const list = new SmallList();
    const a = list.add('a');
    const follower = list.follow();
    follower.look();
    list.kernel.put(elem, a, { e_name: 'b' });
    assert.deepEqual(namesOf(follower.gone()), ['a']);
    assert.deepEqual(namesOf(follower.look()), ['b']);
  });

  it('that is moved in the list stays the same', () => {
    const list = new SmallList();
    const [a, b] = [list.add('a'), list.add('b')];
    const follower = list.follow();
    const [first] = follower.look();
    list.remove(a);
    list.insert(a, {}, b);
    assert.equal(follower.gone().size, 0);
    assert.ok(follower.look().includes(first!));
  });

  it('that comes between the walks is there with the next look', () => {
    const list = new SmallList();
    list.add('a');
    const follower = list.follow();
    follower.look();
    list.add('b');
    assert.equal(follower.gone().size, 0);
    assert.deepEqual(namesOf(follower.look()), ['a', 'b']);
  });

  it('is believed anew when it comes back at another place', () => {
    const list = new SmallList();
    const a = list.add('a', { e_self: 0n });
    const check = [{ member: 'e_self', equals: 'self' }];
    const follower = list.follow({ check });
    assert.deepEqual([follower.look(), follower.tally.doubtful], [[], 1]);
    list.kernel.put(elem, a, { e_self: a });
    assert.deepEqual(namesOf(follower.look()), ['a']);
  });
});

describe('a walk that is disturbed', () => {
  it('is tried again, and then taken for what it is', () => {
    const list = new SmallList();
    const [, b] = [list.add('a'), list.add('b'), list.add('c')];
    const follower = list.follow();
    const stop = beforeRead(list.kernel, 3, () => {
      list.remove(b);
      list.poison(b);
    });
    assert.deepEqual(namesOf(follower.look()), ['a', 'c']);
    assert.equal(follower.trouble, undefined);
    stop();
    list.kernel.put(elem, list.elements[1]!, { 'e_link.le_next': list.elements[0]! });
    assert.deepEqual(namesOf(follower.look()), ['a', 'c']);
    assert.equal(follower.trouble, 'it leads in a circle');
    assert.equal(follower.gone().size, 0, 'both were met');
  });

  it('is not tried again where it took too long', ({ mock }) => {
    const list = new SmallList();
    for (let index = 0; index < 200; index++) list.add(`${index}`);
    const follower = list.follow();
    let time = 0;
    const clock = mock.method(process, 'cpuUsage', () => ({ user: (time += 2_100_000), system: 0 }));
    follower.look();
    assert.equal(follower.trouble, 'it takes too long to walk');
    assert.equal(clock.mock.callCount(), 2, 'at its begin, and after some elements');
  });

  it('tells of all that it did not come to that they are gone', () => {
    const list = new SmallList();
    const [, b] = [list.add('a'), list.add('b', {}, true), list.add('c')];
    const follower = list.follow();
    follower.look();
    list.kernel.memory.unmap(b);
    assert.deepEqual(namesOf(follower.gone()), ['b', 'c']);
  });

  it('throws where the head cannot be read, in both looks, and is as before afterwards', () => {
    const list = new SmallList();
    list.add('a');
    const follower = list.follow();
    const first = follower.look();
    const fail = (): never => {
      throw new KvmError('kvm_read', 'Bad address');
    };
    list.kernel.memory.before = fail;
    assert.throws(() => follower.look(), KvmError);
    assert.throws(() => follower.gone(), KvmError);
    list.kernel.memory.before = undefined;
    assert.equal(follower.look(), first);
  });

  it('takes an element that it meets twice once', () => {
    const list = new SmallList();
    const [a, b] = [list.add('a'), list.add('b')];
    const follower = list.follow({ duplicates: 'copy' });
    // Before b is read, a is moved behind it.
    const stop = beforeRead(list.kernel, 3, () => {
      list.remove(a);
      list.insert(a, {}, b);
    });
    const met = follower.look();
    stop();
    assertDistinct(met);
    assert.deepEqual(namesOf(met).sort(), ['a', 'b']);
  });
});
