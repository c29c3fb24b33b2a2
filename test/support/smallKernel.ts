/** A kernel of a few symbols in a small memory, with the types of these in CTF as a kernel's file has it: for tests that change it between reads. */
import type { ListRules } from '../../src/config/model.js';
import type { CtfFile } from '../../src/ctf/ctfFile.js';
import { kernelAddress, type KernelAddress } from '../../src/kernel/address.js';
import type { Facts } from '../../src/kernel/facts.js';
import type { ResolvedSymbol, SymbolOrigin, Symbols } from '../../src/kernel/symbols.js';
import type { FollowedKernel } from '../../src/plan/instances/instance.js';
import type { Found } from '../../src/plan/instances/instance.js';
import { dataObjectTypes, writeElf, type SymbolDescription } from '../../src/simulator/elfWriter.js';
import { TypeTable } from '../../src/simulator/memory/kernelFile.js';
import { sizeOf, type CType } from '../../src/simulator/model/ctypes.js';
import { placeOf } from '../../src/simulator/model/members.js';
import { parseImage } from '../ctf/parseImage.js';
import { SmallMemory } from './smallMemory.js';

const IMAGE = 0xffff_ffff_8100_0000n;
const HEAP = 0xffff_fe00_1000_0000n;
const EM_X86_64 = 62;

/** Values of members by their paths: a text fills an array of characters, its rest with NULs. */
export type Values = Readonly<Record<string, bigint | number | string | Buffer>>;

export class SmallKernel implements FollowedKernel {
  readonly memory = new SmallMemory();
  /** Nothing in these tests asks for more. */
  readonly facts = { maxId: 3, pageSize: 4096 } as Facts;
  readonly types: CtfFile;
  readonly symbols: Symbols;
  private readonly addresses = new Map<string, { readonly address: bigint; readonly size: number }>();
  private heap = HEAP;

  /**
   * @param objects by symbol, each in the kernel's image; those of vnets are `vnet_entry_NAME`
   * @param others types that are told besides
   * @param vnetBase of a VNET symbol's address what its vnet's data base makes of it
   */
  constructor(
    private readonly objects: Readonly<Record<string, CType>>,
    others: readonly CType[] = [],
    private readonly vnetBase: () => bigint | undefined = () => undefined,
  ) {
    let at = IMAGE;
    for (const [name, type] of Object.entries(objects)) {
      const size = type.kind === 'function' ? 16 : sizeOf(type);
      this.memory.map(at, size);
      this.addresses.set(name, { address: at, size });
      at += BigInt(Math.ceil((size + 1) / 64) * 64);
    }
    this.types = typesOf(objects, others);
    this.symbols = this.symbolTable();
  }

  addressOf(symbol: string): KernelAddress {
    return kernelAddress(this.addresses.get(symbol)?.address ?? 0n);
  }

  /** The symbol as plain.ts finds it. */
  found(symbol: string): Found {
    const { address, origin, size, vnet } = this.symbols.resolve(symbol)!;
    return { instances: [{ labels: [], where: { cells: address }, origin }], origin, size, vnet };
  }

  /** Room that was never used, of whole lines of a cache. */
  allocate(size: number): KernelAddress {
    const address = this.heap;
    this.heap += BigInt(Math.ceil(size / 64) * 64);
    this.memory.map(address, size);
    return kernelAddress(address);
  }

  /** Room for it with these values, on a page of its own where it is to go away alone. */
  make(type: CType, values: Values, ownPage = false): KernelAddress {
    if (ownPage) this.heap = (this.heap / 4096n + 1n) * 4096n;
    const address = this.allocate(sizeOf(type));
    if (ownPage) this.heap = (this.heap / 4096n + 1n) * 4096n;
    this.put(type, address, values);
    return address;
  }

  put(type: CType, address: bigint, values: Values): void {
    for (const [path, value] of Object.entries(values)) {
      const { offset, size } = placeOf(type, path);
      const to = address + BigInt(offset);
      if (typeof value === 'bigint' || typeof value === 'number') this.memory.store(to, value, size);
      else {
        const bytes = Buffer.alloc(size);
        bytes.set(typeof value === 'string' ? Buffer.from(value) : value);
        this.memory.write(to, bytes);
      }
    }
  }

  /** As put() does, at a symbol. */
  set(symbol: string, values: Values): void {
    this.put(this.objects[symbol]!, this.addressOf(symbol), values);
  }

  private symbolTable(): Symbols {
    const resolve = (name: string): ResolvedSymbol | undefined => {
      const plain = this.addresses.get(name);
      const exact = plain === undefined ? `vnet_entry_${name}` : name;
      const found = this.addresses.get(exact);
      if (found === undefined) return undefined;
      const { address, size } = found;
      const origin: SymbolOrigin = { name: exact, value: address, inModule: false, size, file: undefined };
      if (plain !== undefined) return { address: kernelAddress(address), size, origin, vnet: undefined };
      const here = kernelAddress(address + (this.vnetBase() ?? 0n));
      return { address: here, size, origin, vnet: { place: address } };
    };
    return {
      lookUp: (name) => {
        const found = this.addresses.get(name);
        return found === undefined ? undefined : { value: found.address, size: found.size };
      },
      resolve,
      resolveDpcpu: () => undefined,
      resolvePcpu: () => undefined,
      once: (work) => work(),
    };
  }
}

/** What the kernel's file tells of these symbols, written and read again. */
export function typesOf(objects: Readonly<Record<string, CType>>, others: readonly CType[] = []): CtfFile {
  const table = new TypeTable();
  const symbols = Object.entries(objects).map(([name, type], index): SymbolDescription => ({
    name,
    value: IMAGE + BigInt(64 * index),
    size: type.kind === 'function' ? 16 : sizeOf(type),
    ...(type.kind === 'function' ? { type: 'function' as const } : { typeId: table.idOf(type) }),
  }));
  for (const type of others) table.idOf(type);
  return parseImage(writeElf({ symbols, machine: EM_X86_64, ctf: table.bytes(3, dataObjectTypes(symbols)) }));
}

/** Rules of a list of which nothing is said but this. */
export function rulesOf(rules: Partial<ListRules>): ListRules {
  return {
    link: undefined,
    count: undefined,
    inside: undefined,
    keys: [],
    where: [],
    check: [],
    same: [],
    zpcpu: undefined,
    instead: undefined,
    limit: 1000,
    duplicates: undefined,
    ...rules,
  };
}
