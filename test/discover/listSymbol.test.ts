/** Covers: listSymbol.ts, elementMembers.ts, listEntry.ts: what lists are by their types alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_LIST_LIMIT } from '../../src/config/limits.js';
import { elementMembers, nameOfElement } from '../../src/discover/elementMembers.js';
import { entryText, proposalFor } from '../../src/discover/listEntry.js';
import { listSymbol, type ListSymbol } from '../../src/discover/listSymbol.js';
import {
  array,
  char,
  cInt,
  counterU64,
  forward,
  pointer,
  struct,
  typedef,
  uint64,
  uint8,
  ulong,
  type CType,
} from '../../src/simulator/model/ctypes.js';
import { ifnetHead } from '../../src/simulator/model/interfaceTypes.js';
import { prisonList } from '../../src/simulator/model/jailTypes.js';
import { lockObject, mallocType } from '../../src/simulator/model/kernelTypes.js';
import { listEntry, listHead, tailqEntry, tailqHead } from '../../src/simulator/model/queues.js';
import { TypesOf } from '../support/typesOf.js';

function listOf(type: CType, name = 'symbol'): ListSymbol | undefined {
  const types = new TypesOf({ [name]: type });
  return listSymbol(types, name, types.typeOfObject(name)!);
}

const zone = struct('zone', { z_link: listEntry('zone'), z_name: pointer(char), z_allocs: counterU64 });

describe('listSymbol', () => {
  it('knows lists of queue(3) by their heads, and which entry links their elements', () => {
    const found = listOf(listHead('zones', zone), 'vnet_entry_zones')!;
    assert.equal(found.symbol, 'zones');
    assert.equal(found.link, 'z_link');
    assert.equal(found.what, 'a LIST of struct zone (32 bytes), linked by z_link');
    assert.equal(found.doubt, undefined);
    assert.equal(listOf(ifnetHead(14))?.link, 'if_link', 'and not if_clones, which is of another kind of list');
    assert.equal(listOf(prisonList(15))?.link, 'pr_list');
  });

  it('says where an element may be linked by more than one entry, and takes the one that is called so', () => {
    const many = (names: readonly string[]): ListSymbol =>
      listOf(
        tailqHead('heads', struct('thing', Object.fromEntries(names.map((name) => [name, tailqEntry('thing')])))),
      )!;
    const { link, doubt } = many(['t_hash', 't_runq']);
    assert.equal(link, undefined);
    assert.equal(doubt, 'which of t_hash, t_runq links it cannot be said');
    assert.equal(many(['t_hash', 't_list']).link, 't_list');
    assert.equal(many(['t_link', 't_list']).link, undefined);
    assert.match(listOf(listHead('heads', struct('bare', { b: cInt })))!.doubt!, /^no LIST entry is in its elements$/);
  });

  it('knows lists by pointers to the next, and leaves pointers to parents alone', () => {
    assert.equal(listOf(pointer(mallocType(14)))?.link, 'ks_next');
    assert.equal(listOf(pointer(struct('tree', { t_parent: pointer(forward('tree')), t_value: cInt }))), undefined);
    assert.equal(listOf(pointer(zone)), undefined, 'it may point to any of the list');
  });

  it('knows arrays of structs and of pointers to them, and which of them nobody should walk', () => {
    assert.match(listOf(array(zone, 4))!.what, /^an array of 4 struct zone /);
    assert.match(listOf(array(pointer(zone), 4))!.what, /^an array of 4 pointers to struct zone /);
    assert.equal(listOf(array(zone, 1001))!.doubt, 'it has 1001 elements');
    assert.match(listOf(array(listHead('zones', zone), 16))!.doubt!, /hash table/);
    assert.equal(listOf(array(counterU64, 4)), undefined);
    assert.equal(listOf(array(pointer(char), 4)), undefined);
    assert.equal(listOf(zone), undefined);
  });
});

describe('elementMembers', () => {
  const element = struct('element', {
    e_next: pointer(forward('element')),
    e_dname: pointer(char),
    e_lock: lockObject,
    e_xname: array(char, 16),
    e_bytes: array(uint8, 16),
    e_counts: array(counterU64, 2),
    e_rate: struct('counter_rate', { cr_rate: counterU64, cr_ticks: cInt, cr_over: cInt }),
    e_stats: pointer(struct('stats', { s_a: uint64, s_b: uint64 })),
    e_owner: pointer(struct('owner', { o_next: pointer(char), o_count: uint64 })),
    e_base: typedef('uintptr_t', ulong),
    e_flags: cInt,
  });
  const types = new TypesOf({ list: pointer(element) });
  const members = elementMembers(types, types.findStruct('element')!);

  it('tells labels, counters, zpcpu items and integers, and nothing that holds an address', () => {
    const uses = Object.fromEntries(members.map(({ path, use }) => [path, use]));
    assert.deepEqual(uses, {
      e_next: undefined,
      e_dname: 'label',
      'e_lock.lo_name': 'label',
      'e_lock.lo_flags': 'integer',
      'e_lock.lo_data': 'integer',
      'e_lock.lo_witness': undefined,
      e_xname: 'label',
      e_bytes: 'integer',
      e_counts: 'counter',
      'e_rate.cr_rate': undefined,
      'e_rate.cr_ticks': 'integer',
      'e_rate.cr_over': 'integer',
      e_stats: 'zpcpu',
      e_owner: undefined,
      e_base: undefined,
      e_flags: 'integer',
    });
  });

  it('gives the surest name of an element', () => {
    assert.deepEqual(nameOfElement(members), { label: 'name', member: 'e_xname' });
    const without = members.filter(({ path }) => path !== 'e_xname');
    assert.deepEqual(nameOfElement(without), { label: 'name', member: 'e_dname' });
    assert.equal(nameOfElement(members.filter(({ path }) => path === 'e_flags')), undefined);
  });

  it('proposes an entry of the counters, else of the zpcpu item, else of the integers', () => {
    const list = listSymbol(types, 'list', types.typeOfObject('list')!)!;
    const textOf = (without: readonly string[]): string =>
      entryText(
        proposalFor(
          list,
          members.filter(({ path }) => !without.includes(path)),
          [],
        )!,
        { type: 'counter', gauges: ['e_flags'] },
        true,
      );
    const start = '- {symbol: list, link: e_next, keys: {name: e_xname}, ';
    assert.equal(textOf([]), `${start}duplicates: element, type: counter, members: [e_counts], optional: true}`);
    assert.equal(textOf(['e_counts']), `${start}zpcpu: e_stats, duplicates: element, type: counter, optional: true}`);
    assert.equal(
      textOf(['e_counts', 'e_stats', 'e_rate.cr_ticks', 'e_rate.cr_over']),
      `${start}duplicates: element, type: counter, members: [e_bytes, {name: e_flags, type: gauge}], optional: true}`,
    );
    assert.equal(proposalFor(list, [], []), undefined);
    const proposal = proposalFor(list, members, [])!;
    assert.match(
      entryText(proposal, { type: 'counter', metric: 'a_*' }, false),
      /, metric: "a_\*_total", type: counter, /,
    );
    assert.match(entryText(proposal, { type: 'gauge', metric: 'a_*' }, false), /, metric: "a_\*", type: gauge, /);
  });

  it('takes from a pack what it knows of the same elements', () => {
    const list = listSymbol(types, 'list', types.typeOfObject('list')!)!;
    const { rules } = proposalFor(list, members, [])!;
    const own = { ...rules, check: [{ member: 'e_base', equals: 'self' }], duplicates: undefined };
    const entry = { symbol: 'list', list: own } as never;
    const proposal = proposalFor(list, members, [{ pack: 'some', entry }])!;
    assert.deepEqual(proposal.packs, ['some']);
    assert.equal(proposal.rules, own);
    assert.match(entryText(proposal, { type: 'gauge' }, false), /check: \{e_base: self\}, type: gauge/);
    assert.equal(proposal.rules.limit, DEFAULT_LIST_LIMIT);
    const ofOther = proposalFor(list, members, [{ pack: 'some', entry: { symbol: 'other', list: own } as never }])!;
    assert.deepEqual(ofOther.packs, []);
  });
});
