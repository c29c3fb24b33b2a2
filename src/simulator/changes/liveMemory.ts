/**
 * The memory of a kernel that runs, as its own code writes it: structs by their types, lists link by link, and what is free. It remembers where
 * symbols are, so that thousands of changes a second are possible.
 */
import { WORD_BYTES as WORD } from '../../kernel/address.js';
import { spareField } from '../format.js';
import type { ImageFile } from '../image.js';
import { ImageRecords } from '../imageRecords.js';
import type { SpareName } from '../memory/spareNames.js';
import { sizeOf, type CType, type StructType } from '../model/ctypes.js';
import { placeOf, type StructWriter } from '../model/members.js';
import { profileOf, type Profile } from '../profiles.js';
import type { SimulatorSpec } from '../spec.js';

/** What freed memory is filled with. */
const POISON = Buffer.from([0xde, 0xc0, 0xad, 0xde]);

export class LiveMemory {
  readonly profile: Profile;
  /** The ids of the CPUs that exist. */
  readonly present: readonly number[];
  /** What is added to a stored zpcpu pointer. */
  readonly bias: bigint;
  private readonly symbols = new Map<string, bigint>();
  private readonly spares = new Map<SpareName, bigint[]>();

  constructor(
    readonly image: ImageFile,
    readonly spec: SimulatorSpec,
  ) {
    this.profile = profileOf(spec.profile);
    const ids = Array.from({ length: image.maxId + 1 }, (_, id) => id);
    this.present = ids.filter((id) => !spec.absent.includes(id));
    this.bias = this.profile.offsetByPcpu ? this.word(this.symbol('__pcpu')) : 0n;
    const file = new ImageRecords(image.path);
    for (const { bytes } of file.records('spares')) {
      const name = file.text(bytes.readUInt32LE(spareField.name)) as SpareName;
      this.giveAsIs(name, bytes.readBigUInt64LE(spareField.address));
    }
    file.close();
  }

  /** Where a symbol is, of the host's vnet for one of a vnet. */
  symbol(name: string): bigint {
    const known = this.symbols.get(name);
    if (known !== undefined) return known;
    const found = this.image.symbol(name);
    if (found === undefined) throw new Error(`the simulated kernel has no ${name}`);
    this.symbols.set(name, found.address);
    return found.address;
  }

  word(address: bigint): bigint {
    return this.image.read(address, WORD).readBigUInt64LE();
  }

  putWord(address: bigint, value: bigint): void {
    const bytes = Buffer.alloc(WORD);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    this.image.write(address, bytes);
  }

  get(type: CType, address: bigint, path: string): bigint {
    const { offset, size } = placeOf(type, path);
    const bytes = Buffer.alloc(WORD);
    this.image.read(address + BigInt(offset), size).copy(bytes);
    return bytes.readBigUInt64LE();
  }

  put(type: CType, address: bigint, path: string, value: bigint | number): void {
    const { offset, size } = placeOf(type, path);
    const bytes = Buffer.alloc(WORD);
    bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
    this.image.write(address + BigInt(offset), bytes.subarray(0, size));
  }

  text(type: CType, address: bigint, path: string): string {
    const { offset, size } = placeOf(type, path);
    return this.image
      .read(address + BigInt(offset), size)
      .toString('latin1')
      .replace(/\0.*$/s, '');
  }

  /** The elements of a list from the one at `first` on. */
  list(first: bigint, next: (element: bigint) => bigint): bigint[] {
    const found: bigint[] = [];
    for (let at = first; at !== 0n; at = next(at)) found.push(at);
    return found;
  }

  /** A piece of memory that was given back last. */
  take(name: SpareName): bigint {
    const address = this.spares.get(name)?.pop();
    if (address === undefined)
      throw new Error(`the simulated kernel has no memory for another ${name}; ask for more spare`);
    return address;
  }

  /** @returns whether `count` pieces can be taken */
  has(name: SpareName, count = 1): boolean {
    return (this.spares.get(name)?.length ?? 0) >= count;
  }

  /** The first of what is for `name`, which stays there. */
  look(name: SpareName): bigint | undefined {
    return this.spares.get(name)?.[0];
  }

  /** Gives memory back, whose content is destroyed. */
  give(name: SpareName, address: bigint, size: number): void {
    this.image.write(address, Buffer.alloc(size, POISON));
    this.giveAsIs(name, address);
  }

  /** The same of an item of a per-CPU zone, which keeps its content until it is taken. */
  giveAsIs(name: SpareName, address: bigint): void {
    const known = this.spares.get(name);
    if (known === undefined) this.spares.set(name, [address]);
    else known.push(address);
  }

  /** Takes from the spares what is in use: in an image that was changed before. */
  exclude(name: SpareName, used: ReadonlySet<bigint>): void {
    const all = this.spares.get(name);
    if (all !== undefined)
      this.spares.set(
        name,
        all.filter((address) => !used.has(address)),
      );
  }

  /** The workload moves nothing at these addresses (of CPU 0's copies) any more. */
  still(addresses: readonly bigint[]): void {
    for (const address of addresses) this.image.stopWorkload(address, WORD);
  }
}

/** A struct that is made whole before it is written to its place. */
export class DraftStruct implements StructWriter {
  /** @param bytes where it is made; more than it needs where others follow */
  constructor(
    private readonly type: StructType,
    readonly address: bigint,
    readonly bytes = Buffer.alloc(sizeOf(type)),
  ) {}

  /** Of what lies at `offset` in the same piece of memory. */
  within(type: StructType, offset: number): DraftStruct {
    return new DraftStruct(type, this.address + BigInt(offset), this.bytes.subarray(offset));
  }

  at(path: string): bigint {
    return this.address + BigInt(placeOf(this.type, path).offset);
  }

  put(values: Readonly<Record<string, bigint | number>>): void {
    const word = Buffer.alloc(WORD);
    for (const [path, value] of Object.entries(values)) {
      const { offset, size } = placeOf(this.type, path);
      word.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
      word.copy(this.bytes, offset, 0, size);
    }
  }

  text(path: string, text: string): void {
    this.bytes.write(`${text}\0`, placeOf(this.type, path).offset, 'latin1');
  }
}
