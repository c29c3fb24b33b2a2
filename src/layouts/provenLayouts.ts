/**
 * Layouts for symbols of which the kernel's files tell no types. One is used only once it is proven on this kernel: the symbol has its size,
 * and either the kernel's release is one that is known to have it, or the kernel's own sysctls agree with it. One equation that does not hold
 * refuses it: no value is better than another counter's.
 */
import { CtfError } from '../ctf/errors.js';
import type { ObjectTypes } from '../ctf/types.js';
import { WORD_BYTES, type KernelAddress } from '../kernel/address.js';
import type { ProvenReader } from '../kernel/reader.js';
import { FileError } from '../yaml/diagnostics.js';
import { testCopies } from './copyEquations.js';
import { EquationError, testEquations, type Agreement, type NamedCounter, type ToldKernel } from './equations.js';
import { LayoutTypes } from './layoutTypes.js';
import { LayoutFolder, type LayoutData } from './layoutFiles.js';
import type { LayoutMember, SingleCounters, StructLayout } from './structLayout.js';

/**
 * By what a layout is known to be this kernel's. `names`: sysctls that name its counters agree. `words`: one that tells the whole array does,
 * which proves where it lies, and the names as far as the release is known. `size`: only the symbol's size and a release that has it.
 */
export type LayoutProof = 'names' | 'words' | 'size';

export interface LaidOutSymbol {
  /** Without vnet_entry_ or pcpu_entry_. */
  readonly name: string;
  /** Bytes by the symbol table; undefined for a struct that no symbol stands for, so that only its copies can prove a layout. */
  readonly size: number | undefined;
  /** Where its cells lie; undefined for what has none (DPCPU, struct pcpu). */
  readonly cells: KernelAddress | undefined;
  /** Where each CPU's copy lies, by id, of what has no cells; undefined where that is not known. */
  readonly copies?: ReadonlyMap<number, KernelAddress> | undefined;
}

export interface ProvenTypes {
  readonly types: ObjectTypes;
  readonly proof: LayoutProof;
}

/** There is no layout for a symbol, or none that is this kernel's; the message says which. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
}

/** There is none for any release. */
export class NoLayoutError extends LayoutError {}

export class ProvenLayouts {
  /** What was refused, by symbol, place and what was tested there: what broke an equation once is not this kernel's, even if it agrees by chance later. */
  private readonly refused = new Map<string, LayoutError>();

  constructor(
    private readonly kernel: ToldKernel,
    private readonly reader: ProvenReader,
    private readonly data: LayoutData = new LayoutFolder(),
  ) {}

  /**
   * The types of a symbol.
   * @param struct the tag of the struct that is to lay it out, where the config names one
   * @throws LayoutError; KvmError where the kernel could not be asked
   */
  typesFor(symbol: LaidOutSymbol, struct: string | undefined): ProvenTypes {
    try {
      const structs = this.data.structs(symbol.name);
      if (structs.length > 0) return this.structTypes(symbol, struct, structs);
      const counters = struct === undefined ? this.data.counters(symbol.name) : [];
      if (counters.length > 0) return this.counterTypes(symbol, counters);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new LayoutError(`its layout cannot be read: ${error.message}`);
    }
    const unread = this.data.faults?.() ?? [];
    const reason = `there is no layout of ${symbol.name}`;
    if (unread.length > 0) throw new LayoutError([reason, ...unread].join('; '));
    throw new NoLayoutError(reason);
  }

  /**
   * Holds counters of a symbol, which are known by their places alone, against what the kernel tells of them.
   * @param offsets of their cells, in bytes from the symbol
   * @throws LayoutError where one is not what its sysctl says; KvmError where the kernel could not be asked
   */
  check(symbol: LaidOutSymbol, offsets: readonly number[]): Agreement {
    const ascending = [...new Set(offsets)].sort((a, b) => a - b);
    const counters = ascending.map((offset) => ({ member: undefined, offset, isPadding: false }));
    const agreement = this.test(symbol, `offsets ${ascending.join()}`, counters, undefined);
    if (agreement === 'none' && this.isKnownToDiffer(symbol.name)) {
      throw new LayoutError('no layout knows it for a counter in this release, and no sysctl bears it out');
    }
    return agreement;
  }

  /** True for what is a counter by itself in other releases than this one: in this it may be a plain number. */
  private isKnownToDiffer(name: string): boolean {
    const { osreldate } = this.kernel.facts;
    const known = this.counters(name);
    return known.length > 0 && known.every(({ releases }) => distance(releases, osreldate) > 0);
  }

  private counters(name: string): readonly SingleCounters[] {
    try {
      return this.data.counters(name);
    } catch (error) {
      if (error instanceof FileError) return [];
      throw error;
    }
  }

  /** Every symbol that there is a layout of, for some release; none where these cannot be read. */
  symbols(): readonly string[] {
    try {
      return this.data.symbols();
    } catch (error) {
      if (error instanceof FileError) return [];
      throw error;
    }
  }

  /**
   * Types of `struct linker_file` and of the `struct elf_file` that begins with one, those of the nearest release first. They are proven by
   * whoever walks the list: it has the files that are loaded only where they are right.
   */
  fileListTypes(): ObjectTypes[] {
    const { osreldate, machineArch } = this.kernel.facts;
    try {
      const elf = this.data.named('elf_file').filter(({ arch }) => arch === machineArch);
      return this.data
        .named('linker_file')
        .toSorted((a, b) => distance(a.releases, osreldate) - distance(b.releases, osreldate))
        .map((file) => LayoutTypes.of(file, ...elf.filter(({ releases: [first] }) => first === file.releases[0])));
    } catch (error) {
      if (error instanceof FileError || error instanceof CtfError) return [];
      throw error;
    }
  }

  private structTypes(symbol: LaidOutSymbol, struct: string | undefined, all: readonly StructLayout[]): ProvenTypes {
    const { osreldate, machineArch } = this.kernel.facts;
    const { layout, isKnown } = chosen(
      all.filter(({ arch }) => arch === undefined || arch === machineArch),
      symbol,
      osreldate,
    );
    if (struct !== undefined && layout.struct !== struct) {
      throw new LayoutError(`its layout is that of struct ${layout.struct}, not of struct ${struct}`);
    }
    const types = typesOf(layout);
    const what = `struct ${layout.struct} of ${layout.releases.join('-')}`;
    const agreement =
      symbol.copies === undefined
        ? this.test(
            symbol,
            what,
            layout.form === 'words' ? words(layout) : cellsIn(layout),
            layout.form === 'words' ? layout.size : undefined,
          )
        : this.testCopies(symbol.name, symbol.copies, what, layout);
    return { types, proof: proofOf(agreement, isKnown && symbol.size !== undefined, osreldate) };
  }

  private counterTypes(symbol: LaidOutSymbol, all: readonly SingleCounters[]): ProvenTypes {
    const { osreldate } = this.kernel.facts;
    if (symbol.size !== WORD_BYTES) throw new LayoutError(misfit(symbol, WORD_BYTES));
    const isKnown = all.some(({ releases }) => distance(releases, osreldate) === 0);
    const agreement = this.test(symbol, 'offsets 0', [{ member: undefined, offset: 0, isPadding: false }], undefined);
    return { types: LayoutTypes.ofCounter(symbol.name), proof: proofOf(agreement, isKnown, osreldate) };
  }

  private test(
    { name, cells }: LaidOutSymbol,
    what: string,
    counters: readonly NamedCounter[],
    arrayBytes: number | undefined,
  ): Agreement {
    if (cells === undefined || counters.length === 0) return 'none';
    return this.unlessRefused(`${name} ${cells} ${what}`, () =>
      testEquations(this.kernel, this.reader, { name, cells }, counters, arrayBytes),
    );
  }

  private testCopies(
    name: string,
    copies: ReadonlyMap<number, KernelAddress>,
    what: string,
    { members }: StructLayout,
  ): Agreement {
    return this.unlessRefused(`${name} ${what}`, () => testCopies(this.kernel, { name, copies }, members));
  }

  private unlessRefused(key: string, test: () => Agreement): Agreement {
    const refused = this.refused.get(key);
    if (refused !== undefined) throw refused;
    try {
      return test();
    } catch (error) {
      if (!(error instanceof EquationError)) throw error;
      const refusal = new LayoutError(`its layout is not this kernel's: ${error.message}`);
      this.refused.set(key, refusal);
      throw refusal;
    }
  }
}

/** The layout of the kernel's release; of a release that nobody has seen, the nearest that has the symbol's size. */
function chosen(
  layouts: readonly StructLayout[],
  symbol: LaidOutSymbol,
  osreldate: number,
): { layout: StructLayout; isKnown: boolean } {
  const [known, another] = layouts.filter(({ releases }) => distance(releases, osreldate) === 0);
  if (another !== undefined) throw new LayoutError(`two layouts of ${symbol.name} are for this release (${osreldate})`);
  if (known !== undefined) {
    if (symbol.size !== undefined && known.size !== symbol.size) throw new LayoutError(misfit(symbol, known.size));
    return { layout: known, isKnown: true };
  }
  const [nearest] = layouts
    .filter(({ size }) => symbol.size === undefined || size === symbol.size)
    .sort((a, b) => distance(a.releases, osreldate) - distance(b.releases, osreldate));
  if (nearest === undefined) {
    const size = symbol.size === undefined ? 'is for this architecture' : `has its ${symbol.size} bytes`;
    throw new LayoutError(`no layout of ${symbol.name} ${size}`);
  }
  return { layout: nearest, isKnown: false };
}

function misfit({ size }: LaidOutSymbol, expected: number): string {
  return `its layout in this release has ${expected} bytes, but the symbol ${size ?? 0}: the kernel was changed`;
}

/** How far a release is from those that have a layout; 0 within them. */
function distance([first, last]: readonly [number, number], osreldate: number): number {
  return Math.max(first - osreldate, 0, osreldate - last);
}

function proofOf(agreement: Agreement, isKnown: boolean, osreldate: number): LayoutProof {
  if (agreement !== 'none') return agreement;
  if (isKnown) return 'size';
  throw new LayoutError(
    `no layout of it is known for this release (${osreldate}), and no sysctl tells whether that of another is right`,
  );
}

function typesOf(layout: StructLayout): ObjectTypes {
  try {
    return LayoutTypes.of(layout);
  } catch (error) {
    if (!(error instanceof CtfError)) throw error;
    throw new LayoutError(error.message);
  }
}

/** Every word, each element of an array by itself. */
function words({ members }: StructLayout): NamedCounter[] {
  return members.flatMap(counters);
}

/** The members of an object that are counters. */
function cellsIn({ members }: StructLayout): NamedCounter[] {
  return members
    .filter(({ type }) => type === 'counter_u64_t')
    .sort((a, b) => a.offset - b.offset)
    .flatMap(counters);
}

function counters({ name, count = 1, offset }: LayoutMember): NamedCounter[] {
  const isPadding = name.startsWith('_') || name.includes('spare');
  return Array.from({ length: count }, (_, index) => ({
    member: name,
    offset: offset + index * WORD_BYTES,
    isPadding,
  }));
}
