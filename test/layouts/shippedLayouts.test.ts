/** Covers: the files of config/layouts: that they are what they say, and what the simulated kernels, of 12 and 14 described apart from them, have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LayoutFolder } from '../../src/layouts/layoutFiles.js';
import { LayoutTypes } from '../../src/layouts/layoutTypes.js';
import type { StructBody, StructLayout } from '../../src/layouts/structLayout.js';
import { counterU64, leavesOf, offsetOf, sizeOf } from '../../src/simulator/model/ctypes.js';
import { pcpu } from '../../src/simulator/model/cpuTypes.js';
import { elfFile, linkerFile } from '../../src/simulator/model/kernelTypes.js';
import { dataSymbols, type DataSymbol } from '../../src/simulator/model/symbols.js';
import { profileOf, type Profile } from '../../src/simulator/profiles.js';
import { parseSimulatorSpec, profileNames, type ProfileName } from '../../src/simulator/spec.js';

const folder = new LayoutFolder();

describe('files of layouts', () => {
  for (const file of folder.files) {
    it(`are good: ${file}`, () => {
      const layouts = folder.structsIn(file);
      assert.ok(layouts.length > 0);
      for (const layout of layouts) {
        const { releases, struct, structs } = layout;
        const [first, last] = releases;
        assert.equal(`${struct}.yaml`, file);
        assert.ok(first <= last, `${first} to ${last}`);
        for (const other of layouts) {
          if (other === layout || (other.arch ?? layout.arch) !== (layout.arch ?? other.arch)) continue;
          assert.ok(other.releases[1] < first || last < other.releases[0], `${first} to ${last} overlaps another`);
        }
        const types = LayoutTypes.of(layout);
        for (const [tag, body] of [[struct, layout] as const, ...structs]) assertFits(types, tag, body);
      }
    });
  }

  it('name each symbol once', () => {
    const symbols = folder.files.flatMap((file) => folder.structsIn(file)[0]!.symbols);
    assert.deepEqual(symbols, [...new Set(symbols)]);
    for (const symbol of symbols) assert.deepEqual(folder.counters(symbol), [], symbol);
  });
});

/** Members lie within the struct, where their types may, and none over another. */
function assertFits(types: LayoutTypes, tag: string, { size, members }: StructBody): void {
  assert.equal(types.findStruct(tag)!.size, size);
  assert.equal(new Set(members.map(({ name }) => name)).size, members.length, tag);
  const placed = [...types.rawMembers(types.findStruct(tag)!)]
    .map(({ name, type, bitOffset }) => ({ name, at: bitOffset / 8, bytes: types.sizeOf(type)!, type }))
    .sort((a, b) => a.at - b.at);
  let end = 0;
  for (const { name, at, bytes, type } of placed) {
    const innermost = types.innermost(type);
    const unit = innermost.kind === 'struct' ? 8 : types.sizeOf(innermost)!;
    assert.equal(at % unit, 0, `${tag}.${name} is aligned`);
    assert.ok(at >= end, `${tag}.${name} begins before what is before it ends`);
    end = at + bytes;
  }
  assert.ok(end <= size, `${tag} ends before its members`);
}

describe('layouts of simulated kernels', () => {
  for (const name of profileNames) {
    const profile = profileOf(name);
    it(`are those of its symbols, byte for byte: ${name}`, () => {
      const compared: string[] = [];
      for (const { name: symbol, type, layout } of symbolsOf(name)) {
        // It is simulated as a plain struct, which it is by its type, so that what takes it for counters is caught.
        if (symbol === 'igmpstat') continue;
        const told = folder.structs(symbol).find((one) => isOf(one, profile));
        if (told === undefined) continue;
        compared.push(symbol);
        const words = layout ?? type;
        assert.equal(told.size, sizeOf(words), symbol);
        if (told.form === 'words') assert.ok(layout !== undefined, `${symbol} is an array`);
        // A layout may leave out what nobody reads of an object.
        const has = new Map(leavesOf(words).map(({ path, offset }) => [path, offset]));
        const says = leavesOfLayout(told);
        assert.deepEqual(
          says,
          says.map(([path]) => [path, has.get(path)]),
          symbol,
        );
        if (told.form === 'words') assert.equal(says.length, has.size, symbol);
      }
      for (const symbol of ['tcpstat', 'udpstat', 'ip6stat', 'icmp6stat', 'vm_cnt', 'nws', 'pf_status', 'carpstats']) {
        assert.ok(compared.includes(symbol), symbol);
      }
    });

    it(`are those of what no symbol has: ${name}`, () => {
      for (const [file, type] of [
        ['linker_file.yaml', linkerFile(profile.release)],
        ['elf_file.yaml', elfFile(profile.release)],
        ['pcpu.yaml', pcpu(profile)],
      ] as const) {
        const told = folder.structsIn(file).find((one) => isOf(one, profile));
        if (told === undefined) continue;
        for (const { name: member, offset } of told.members) assert.equal(offsetOf(type, member), offset, member);
        if (file !== 'elf_file.yaml') assert.equal(sizeOf(type), told.size);
      }
    });

    it(`name its single counters: ${name}`, () => {
      const told = (symbol: string): boolean =>
        folder
          .counters(symbol)
          .some(({ releases: [first, last] }) => first <= profile.osreldate && profile.osreldate <= last);
      for (const { name: symbol, type } of symbolsOf(name)) {
        if (type !== counterU64) assert.ok(!told(symbol), `${symbol} is no single counter`);
      }
    });
  }
});

function isOf({ releases: [first, last], arch }: StructLayout, { osreldate, machineArch }: Profile): boolean {
  return first <= osreldate && osreldate <= last && (arch === undefined || arch === machineArch);
}

/** Where each scalar is, by its path with indexes. What a layout leaves out, such as padding, is not among them. */
function leavesOfLayout(layout: StructLayout): [string, number][] {
  const types = LayoutTypes.of(layout);
  const sizes = new Map([...types.rawMembers(types.findStruct(layout.struct)!)].map(({ name, type }) => [name, type]));
  return layout.members.flatMap(({ name, type, count, offset }) =>
    Array.from({ length: count ?? 1 }, (_, index): [string, number][] => {
      const inner = layout.structs.get(type);
      const path = count === undefined ? name : `${name}[${index}]`;
      const size = types.sizeOf(sizes.get(name)!)! / (count ?? 1);
      const at = offset + index * size;
      return inner === undefined
        ? [[path, at]]
        : inner.members.map((member) => [`${path}.${member.name}`, at + member.offset]);
    }).flat(),
  );
}

function symbolsOf(profile: ProfileName): DataSymbol[] {
  return dataSymbols(parseSimulatorSpec(profile), (layout) => layout);
}
