/**
 * Where the data of VNET and DPCPU symbols is in the kernel's own linker sets, of which each vnet and each CPU has a copy. On other
 * architectures than amd64 a module's symbol leads to the template in the module instead, which never changes; only the kernel's list of
 * files tells where the data was put.
 */
import { isKernelAddress } from '../address.js';
import { KvmError, TemplateError } from '../errors.js';
import type { LinkerSet } from '../modules.js';
import type { RawSymbol, SymbolOrigin, SymbolTable } from '../symbols.js';
import type { FileList } from './fileList.js';

const kinds: Readonly<Record<LinkerSet, string>> = { set_vnet: 'VNET', set_pcpu: 'DPCPU' };

type Bounds = readonly [start: bigint, stop: bigint];

export class LinkerSets {
  /** Where the kernel's own begin and end; empty where it has none. */
  private readonly bounds = new Map<LinkerSet, Bounds>();

  constructor(
    private readonly symbols: SymbolTable,
    private readonly list: FileList,
  ) {}

  has(set: LinkerSet, { value }: RawSymbol): boolean {
    const [start, stop] = this.boundsOf(set);
    return value >= start && value < stop;
  }

  /**
   * The place in the kernel's set of what the symbol stands for.
   * @throws TemplateError where it leads to a template, and it is not certain where the data is
   */
  place(set: LinkerSet, symbol: RawSymbol, { name, file }: Pick<SymbolOrigin, 'name' | 'file'>): bigint {
    if (this.has(set, symbol)) return symbol.value;
    const fail = (why: string): TemplateError => {
      const what = `the ${kinds[set]} symbol ${name} resolves to a module's template, not to its data`;
      return new TemplateError('kldsym', `${what}; ${why}`);
    };
    const offsets = this.list.offsets?.sets?.[set];
    if (offsets === undefined) throw fail("the kernel's types do not tell where that is");
    const listed = file === undefined ? undefined : this.list.files()?.find(({ id }) => id === file.id);
    if (file === undefined || listed === undefined) throw fail("the kernel's list of files does not have the module");
    // The address is another file's by now, or nobody's.
    if (String(listed.load) !== file.generation) {
      throw new KvmError('kldsym', `the module of ${name} was unloaded while it was looked up`);
    }
    const [start, stop, base] = [offsets.start, offsets.stop, offsets.base].map((offset) =>
      this.list.word(listed, offset),
    ) as [bigint, bigint, bigint];
    const inKernel = [start, stop - 1n, base].every(isKernelAddress);
    if (!inKernel || start > symbol.value || symbol.value + BigInt(Math.max(1, symbol.size)) > stop) {
      throw fail("where the kernel's list of files has the template, the symbol is not");
    }
    // What a module's data takes was free in the kernel's own set.
    const [first, end] = this.boundsOf(set);
    if (base < first || base + (stop - start) > end) {
      throw fail(`where the kernel's list of files has the data, the kernel's ${set} is not`);
    }
    return symbol.value - start + base;
  }

  private boundsOf(set: LinkerSet): Bounds {
    const known = this.bounds.get(set);
    if (known !== undefined) return known;
    const bounds: Bounds = [
      this.symbols.symbol(`__start_${set}`)?.value ?? 0n,
      this.symbols.symbol(`__stop_${set}`)?.value ?? 0n,
    ];
    this.bounds.set(set, bounds);
    return bounds;
  }
}
