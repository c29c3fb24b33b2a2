/** The rules of a list, held against types that were written and read again as CTF: where the walk finds what, and what is said of rules that do not fit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListRules } from '../../../src/config/model.js';
import type { Level } from '../../../src/plan/lists/listPlan.js';
import { compileList } from '../../../src/plan/lists/compileList.js';
import { ShapeError, UntoldError } from '../../../src/plan/shapes.js';
import {
  array,
  bool,
  cFunction,
  char,
  cInt,
  counterU64,
  enumeration,
  forward,
  offsetOf,
  pointer,
  sizeOf,
  struct,
  typedef,
  uchar,
  uint16,
  uint32,
  uint64,
  voidPointer,
  type CType,
  type StructType,
} from '../../../src/simulator/model/ctypes.js';
import { rulesOf, typesOf } from '../../support/smallKernel.js';

/** An element with a link of each kind of queue(3) and of ck_queue(9). */
const links: Readonly<Record<string, readonly [head: StructType, link: StructType]>> = {
  LIST: kindOfList('lh', 'le'),
  SLIST: kindOfList('slh', 'sle'),
  STAILQ: kindOfList('stqh', 'stqe'),
  TAILQ: kindOfList('tqh', 'tqe'),
  CK_LIST: kindOfList('clh', 'cle'),
  CK_SLIST: kindOfList('cslh', 'csle'),
  CK_STAILQ: kindOfList('cstqh', 'cstqe'),
};

function kindOfList(head: string, link: string): readonly [StructType, StructType] {
  const to = pointer(forward('elem'));
  const second = { stqh: 'last', tqh: 'last', cstqh: 'last' }[head];
  const back = { le: 'prev', tqe: 'prev', cle: 'prev' }[link];
  return [
    struct('', { [`${head}_first`]: to, ...(second === undefined ? {} : { [`${head}_${second}`]: pointer(to) }) }),
    struct('', { [`${link}_next`]: to, ...(back === undefined ? {} : { [`${link}_${back}`]: pointer(to) }) }),
  ];
}

const state = enumeration('state', 'DEAD ALIVE DYING');
const inner = struct('inner', {
  i_self: voidPointer,
  i_link: links['TAILQ']![1],
  i_outer: pointer(forward('elem')),
  i_id: uint32,
});
const elem = struct('elem', {
  e_pad: array(uint64, 3),
  ...Object.fromEntries(Object.entries(links).map(([name, [, link]]) => [`e_${name.toLowerCase()}`, link])),
  e_bare: pointer(forward('elem')),
  e_name: array(char, 16),
  e_bytes: array(uchar, 6),
  e_text: pointer(typedef('c_caddr', char)),
  e_kind: cInt,
  e_state: state,
  e_flag: bool,
  e_port: uint16,
  e_seven: array(char, 7),
  e_self: pointer(forward('elem')),
  e_owner: typedef('uintptr_t', uint64),
  e_function: pointer(cFunction),
  e_inner: struct('', { tqh_first: pointer(inner), tqh_last: pointer(pointer(inner)) }),
  e_own: pointer(inner),
  e_count: counterU64,
  e_counts: array(counterU64, 4),
  e_time: struct('bintime', { sec: uint64, frac: uint64 }),
  e_far: array(uint64, 2048),
  e_end: uint64,
});

function compile(symbol: CType, rules: Partial<ListRules>, tag?: string, others: readonly CType[] = []) {
  const types = typesOf({ it: symbol, n: uint32, big: uint64, odd: elem, e_default: cFunction }, [
    elem,
    inner,
    ...others,
  ]);
  const given = tag === undefined ? undefined : types.findStruct(tag);
  return compileList(types, types.typeOfObject('it')!, given, rulesOf(rules));
}

/** The only level of a list that is in no other. */
function levelOf(symbol: CType, rules: Partial<ListRules>, tag?: string): Level {
  const { levels } = compile(symbol, rules, tag).plan;
  assert.equal(levels.length, 1);
  return levels[0]!;
}

const bare = pointer(elem);
const at = (path: string): number => offsetOf(elem, path);

function refused(message: RegExp, symbol: CType, rules: Partial<ListRules>, tag?: string): void {
  assert.throws(
    () => compile(symbol, rules, tag),
    (error) => error instanceof ShapeError && message.test(error.message) && !error.message.includes('\n'),
    String(message),
  );
}

describe('compileList', () => {
  for (const [name, [head, link]] of Object.entries(links)) {
    it(`finds the first and the next of a ${name}`, () => {
      const member = `e_${name.toLowerCase()}`;
      const { plan, element } = compile(head, { link: member });
      assert.equal(element.name, 'elem');
      const next = at(member) + offsetOf(link, link.members[0]!.name);
      const isNewestFirst = name.endsWith('LIST');
      assert.deepEqual(plan.levels, [
        { sequence: { kind: 'links', first: 0, next, isNewestFirst }, span: { from: next, length: 8 }, only: [] },
      ]);
      const whole = struct('holder', { h_lock: uint64, h_head: head });
      assert.deepEqual(levelOf(whole, { link: member }).sequence, {
        kind: 'links',
        first: 8,
        next,
        isNewestFirst,
      });
    });
  }

  it('takes a pointer for the head of a list, and one for its link', () => {
    const sequence = { kind: 'links', first: 0, next: at('e_bare'), isNewestFirst: true };
    assert.deepEqual(levelOf(bare, { link: 'e_bare' }).sequence, sequence);
    assert.deepEqual(levelOf(typedef('elem_p', bare), { link: 'e_bare' }).sequence, sequence);
    assert.deepEqual(levelOf(pointer(forward('elem')), { link: 'e_bare' }).sequence, sequence, 'told elsewhere');
    assert.deepEqual(levelOf(voidPointer, { link: 'e_bare' }, 'elem').sequence, sequence, 'as the config says');
    refused(/^its elements are void, of which the kernel's types tell nothing; "struct" can$/, voidPointer, {
      link: 'e_bare',
    });
  });

  it('finds the elements of arrays: structs, pointers, and both behind a pointer', () => {
    const sequenceOf = (type: CType, rules: Partial<ListRules> = {}, tag?: string) =>
      levelOf(type, rules, tag).sequence;
    const common = { kind: 'array', at: 0, length: undefined, behindPointer: false, ofPointers: false };
    const stride = sizeOf(elem);
    assert.deepEqual(sequenceOf(array(elem, 5)), { ...common, stride, count: 5 });
    assert.deepEqual(sequenceOf(array(bare, 5)), { ...common, stride: 8, count: 5, ofPointers: true });
    const length = { symbol: 'n', format: 'u32' };
    const behind = { ...common, behindPointer: true, count: undefined, length };
    assert.deepEqual(sequenceOf(bare, { count: 'n' }), { ...behind, stride });
    assert.deepEqual(sequenceOf(pointer(bare), { count: 'n' }), { ...behind, stride: 8, ofPointers: true });
    assert.deepEqual(sequenceOf(pointer(array(bare, 7)), { count: 'big' }), {
      ...behind,
      stride: 8,
      ofPointers: true,
      count: 7,
      length: { symbol: 'big', format: 'u64' },
    });
    assert.deepEqual(
      sequenceOf(array(elem, 0), { count: 'n' }),
      { ...common, stride, count: undefined, length },
      'an array without a length of its own',
    );
    assert.deepEqual(
      sequenceOf(voidPointer, { count: 'n' }, 'inner'),
      { ...behind, stride: sizeOf(inner) },
      'of structs that the config tells',
    );
    assert.deepEqual(
      sequenceOf(array(elem, 5), {}, 'inner'),
      { ...common, stride, count: 5 },
      'as far apart as they are',
    );
  });

  it('refuses arrays of which nobody tells how long they are', () => {
    refused(/^its type does not say how many elements it has; "count" can name the symbol that does$/, bare, {});
    refused(/^its type does not say how many elements it has/, array(elem, 0), {});
    refused(/^nothing, which is to tell its length, is no integer$/, bare, { count: 'nothing' });
    refused(/^odd, which is to tell its length, is no integer$/, bare, { count: 'odd' });
    refused(/^its type is struct elem, which is no array; "link" names a list's$/, elem, {});
    refused(/^its elements are unsigned long, of which the kernel's types tell nothing/, array(uint64, 4), {});
  });

  it('refuses what is no list', () => {
    refused(/^its type is uint64_t, which is no list$/, uint64, { link: 'e_bare' });
    refused(/^its type is struct bad, which is no list$/, struct('bad', { x_first: uint64 }), { link: 'e_bare' });
    refused(/^struct elem has no member e_lst, did you mean `e_list`\?$/, bare, { link: 'e_lst' });
    refused(/^e_kind of struct elem does not lead to another$/, bare, { link: 'e_kind' });
  });

  it('finds lists in elements, by the head of a queue or a pointer', () => {
    const inside = { member: 'e_inner', link: 'i_link' };
    const { plan, element } = compile(bare, { link: 'e_bare', inside });
    assert.equal(element.name, 'inner');
    assert.equal(plan.levels.length, 2);
    assert.deepEqual(plan.levels[1], {
      sequence: { kind: 'links', first: at('e_inner'), next: offsetOf(inner, 'i_link'), isNewestFirst: false },
      span: { from: offsetOf(inner, 'i_link'), length: 8 },
      only: [],
    });
    const toHead = { from: at('e_bare'), length: at('e_inner') + 8 - at('e_bare') };
    assert.deepEqual(plan.levels[0]!.span, toHead, 'up to the head');
    const own = compile(bare, { link: 'e_bare', inside: { member: 'e_own', link: 'i_link' } });
    assert.deepEqual(
      [own.element.name, own.plan.levels[1]!.sequence],
      ['inner', { kind: 'links', first: at('e_own'), next: offsetOf(inner, 'i_link'), isNewestFirst: true }],
    );
    const ofArray = compile(array(elem, 3), { inside });
    assert.equal(ofArray.plan.levels[0]!.sequence.kind, 'array');
    assert.deepEqual(ofArray.plan.levels[0]!.span, { from: at('e_inner'), length: 8 });
    refused(/^struct elem has no member e_inside/, bare, { link: 'e_bare', inside: { member: 'e_inside', link: 'x' } });
    refused(/no list$/, bare, { link: 'e_bare', inside: { member: 'e_time', link: 'i_link' } });
    refused(/no list$/, bare, { link: 'e_bare', inside: { member: 'e_kind', link: 'i_link' } });
    refused(/^struct inner has no member x$/, bare, { link: 'e_bare', inside: { ...inside, link: 'x' } });
  });

  it('makes labels of characters, texts, numbers and enumerators, of the element and of the one that holds it', () => {
    const keys = ['e_name', 'e_bytes', 'e_text', 'e_kind', 'e_state', 'e_port', 'e_flag'].map((member) => ({
      label: member,
      member,
    }));
    const { plan } = compile(bare, { link: 'e_bare', keys });
    assert.deepEqual(
      plan.keys.map((key) => [
        key.label,
        key.up,
        key.offset,
        key.size,
        key.as,
        'format' in key ? key.format : undefined,
      ]),
      [
        ['e_name', 0, at('e_name'), 16, 'characters', undefined],
        ['e_bytes', 0, at('e_bytes'), 6, 'characters', undefined],
        ['e_text', 0, at('e_text'), 8, 'text', undefined],
        ['e_kind', 0, at('e_kind'), 4, 'number', 'i32'],
        ['e_state', 0, at('e_state'), 4, 'name', undefined],
        ['e_port', 0, at('e_port'), 2, 'number', 'u16'],
        ['e_flag', 0, at('e_flag'), 1, 'number', 'u8'],
      ],
    );
    const names = plan.keys.flatMap((key) => (key.as === 'name' ? [key.names] : []));
    assert.deepEqual(names, [{ 0: 'DEAD', 1: 'ALIVE', 2: 'DYING' }]);
    const inOuter = compile(bare, {
      link: 'e_bare',
      inside: { member: 'e_inner', link: 'i_link' },
      keys: [{ label: 'a', member: 'outer.e_name' }],
    });
    assert.deepEqual(inOuter.plan.keys[0], {
      label: 'a',
      up: 1,
      offset: at('e_name'),
      size: 16,
      as: 'characters',
    });
    const key = (member: string): Partial<ListRules> => ({ link: 'e_bare', keys: [{ label: 'a', member }] });
    refused(/^e_self is struct elem \*, neither a text nor a number, so that it is no label$/, bare, key('e_self'));
    refused(/^e_far is uint64_t \[2048\], neither a text/, bare, key('e_far'));
    refused(/^outer\.e_name: there is no list in its elements$/, bare, key('outer.e_name'));
    refused(/^struct elem has no member e_nme, did you mean `e_name`\?$/, bare, key('e_nme'));
  });

  it('takes no part of a struct for the whole of it', () => {
    for (const rules of [
      { keys: [{ label: 'a', member: 'e_time' }] },
      { same: ['e_time'] },
      { where: [{ member: 'e_time', equals: 1 }] },
    ]) {
      refused(/^e_time of struct elem is a struct; name a member of it, such as e_time\.sec$/, bare, {
        link: 'e_bare',
        ...rules,
      });
    }
    assert.equal(compile(bare, { link: 'e_bare', same: ['e_time.frac'] }).plan.same[0]!.offset, at('e_time.frac'));
  });

  it('knows what members are held against: numbers, enumerators, symbols, and where the element itself lies', () => {
    const check = (member: string, equals: string | number) =>
      compile(bare, { link: 'e_bare', check: [{ member, equals }] }).plan.check[0]!;
    const place = (member: string, size: number) => ({ up: 0, offset: at(member), size });
    assert.deepEqual(check('e_kind', -1), { ...place('e_kind', 4), is: 'value', value: 0xffff_ffffn });
    assert.deepEqual(check('e_port', 65535), { ...place('e_port', 2), is: 'value', value: 65535n });
    assert.deepEqual(check('e_self', 0), { ...place('e_self', 8), is: 'value', value: 0n });
    assert.deepEqual(check('e_state', 'DYING'), { ...place('e_state', 4), is: 'value', value: 2n });
    assert.deepEqual(check('e_state', 1), { ...place('e_state', 4), is: 'value', value: 1n });
    assert.deepEqual(check('e_function', 'e_default'), {
      ...place('e_function', 8),
      is: 'symbol',
      symbol: 'e_default',
    });
    assert.deepEqual(check('e_self', 'self'), { ...place('e_self', 8), is: 'address', levels: 0 });
    assert.deepEqual(check('e_owner', 'vnet'), { ...place('e_owner', 8), is: 'vnet' });
  });

  it('refuses what a member can never hold, so that it would leave all elements out', () => {
    const check = (member: string, equals: string | number): Partial<ListRules> => ({
      link: 'e_bare',
      check: [{ member, equals }],
    });
    refused(/^e_port is uint16_t, which cannot be 65536$/, bare, check('e_port', 65536));
    refused(/^e_flag is _Bool, which cannot be -129$/, bare, check('e_flag', -129));
    refused(/^e_kind is int, which cannot be 4294967296$/, bare, check('e_kind', 2 ** 32));
    refused(/^enum state has no GONE$/, bare, check('e_state', 'GONE'));
    refused(/^e_kind is int, which points to no e_default$/, bare, check('e_kind', 'e_default'));
    refused(/^e_kind is int, which is no address$/, bare, check('e_kind', 'self'));
    refused(/^e_self: there is no list in its elements for `outer`$/, bare, check('e_self', 'outer'));
    refused(/^e_seven is char \[7\], which is no number$/, bare, check('e_seven', 0));
    refused(/^e_name is char \[16\], which is no number$/, bare, check('e_name', 0));
  });

  it('reads no more of an element than it looks at, and refuses what would be far too much', () => {
    const { span } = levelOf(bare, { link: 'e_bare', same: ['e_port'], keys: [{ label: 'a', member: 'e_name' }] });
    assert.deepEqual(span, { from: at('e_bare'), length: at('e_port') + 2 - at('e_bare') });
    refused(/^the members that are looked at lie too far from each other$/, bare, { link: 'e_bare', same: ['e_end'] });
    assert.deepEqual(levelOf(array(elem, 3), {}).span, { from: 0, length: 0 });
  });

  it('knows what is told of an interface instead, by its index and name', () => {
    const ifnet = struct('ifnet', {
      if_link: struct('', { cstqe_next: pointer(forward('ifnet')) }),
      if_xname: array(char, 16),
      if_index: uint16,
      if_get_counter: pointer(cFunction),
      if_counters: array(counterU64, 12),
    });
    const instead = { unless: [{ member: 'if_get_counter', equals: 'e_default' }], ifdata: 'if_index' };
    const { plan } = compile(pointer(ifnet), { link: 'if_link', instead }, undefined, [ifnet]);
    assert.deepEqual(plan.instead, {
      unless: [{ up: 0, offset: offsetOf(ifnet, 'if_get_counter'), size: 8, is: 'symbol', symbol: 'e_default' }],
      index: { up: 0, offset: offsetOf(ifnet, 'if_index'), size: 2 },
      name: { up: 0, offset: offsetOf(ifnet, 'if_xname'), size: 16 },
      counters: offsetOf(ifnet, 'if_counters'),
    });
    assert.deepEqual(plan.levels[0]!.span, { from: 0, length: offsetOf(ifnet, 'if_get_counter') + 8 });
    refused(/^struct elem has no member if_xname/, bare, { link: 'e_bare', instead: { unless: [], ifdata: 'e_port' } });
  });

  it('says of an element that nobody tells that "struct" can', () => {
    assert.throws(
      () => compile(pointer(forward('hidden')), { link: 'h_next' }),
      (error) =>
        error instanceof UntoldError &&
        /^its elements are struct hidden, of which .* "struct" can$/.test(error.message),
    );
  });
});
