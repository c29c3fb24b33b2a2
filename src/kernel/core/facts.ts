/** What a dumped kernel was, by its own memory alone. */
import { addressPlus, isKernelAddress, kernelAddress, WORD_BYTES } from '../address.js';
import { KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import { readInteger } from '../integers.js';
import type { Memory } from '../memory.js';
import { DPCPU_PREFIX, type RawSymbol, type SymbolTable } from '../symbols.js';
import { readText, textIn } from '../texts.js';
import type { Structs } from './structs.js';

/** More than any kernel is compiled for, and the bytes of a text. */
const MAX_IDS = 1 << 16;
const MAX_TEXT = 256;

/** Throws KvmError where the dump does not tell, or tells what cannot be. */
export function coreFacts(memory: Memory, symbols: SymbolTable, structs: Structs, machineArch: string): Facts {
  const known = new KnownSymbols(memory, symbols);
  const maxId = known.integer('mp_maxid', 4);
  const ncpus = known.integer('mp_ncpus', 4);
  const cpus = known.bits('all_cpus');
  if (maxId >= MAX_IDS || cpus.length === 0 || cpus.length !== ncpus || (cpus.at(-1) ?? 0) > maxId)
    throw new KvmError('vmcore', `all_cpus has ${cpus.length} CPUs, mp_ncpus ${ncpus}, and mp_maxid is ${maxId}`);
  return {
    origin: 'core',
    release: known.text('osrelease'),
    osreldate: known.integer('osreldate', 4),
    machineArch,
    pageSize: known.integer('pagesizes', WORD_BYTES),
    maxId,
    ncpus,
    cpus,
    scheduler: known.scheduler(),
    // What it has of vnets is read of the host's.
    isJailed: false,
    dump: {
      bootTime: bootTime(memory, known, structs),
      time: known.integer('time_second', WORD_BYTES),
      panic: readText(memory, readInteger(memory, kernelAddress(known.require('panicstr').value)))?.text,
    },
  };
}

class KnownSymbols {
  constructor(
    private readonly memory: Memory,
    private readonly symbols: SymbolTable,
  ) {}

  require(name: string): RawSymbol {
    const symbol = this.symbols.symbol(name);
    if (symbol === undefined || !isKernelAddress(symbol.value))
      throw new KvmError('vmcore', `the kernel has no ${name}`);
    return symbol;
  }

  integer(name: string, size: number): number {
    return Number(readInteger(this.memory, kernelAddress(this.require(name).value), size));
  }

  text(name: string): string {
    const { value, size } = this.require(name);
    const bytes = Buffer.alloc(Math.min(size, MAX_TEXT));
    this.memory.read(kernelAddress(value), bytes);
    return textIn(bytes);
  }

  /** The ids in a cpuset_t, ascending. */
  bits(name: string): number[] {
    const { value, size } = this.require(name);
    const bytes = Buffer.alloc(Math.min(size, MAX_IDS / 8));
    this.memory.read(kernelAddress(value), bytes);
    return Array.from({ length: bytes.length * 8 }, (_, id) => id).filter(
      (id) => ((bytes[id >> 3] ?? 0) & (1 << (id & 7))) !== 0,
    );
  }

  /** What only it keeps tells a scheduler; since FreeBSD 16 a kernel has those of all its schedulers, and no symbol tells which it used. */
  scheduler(): string | undefined {
    const has = (name: string): boolean => this.symbols.symbol(name) !== undefined;
    if (has('active_sched')) return undefined;
    return has(`${DPCPU_PREFIX}tdq`) ? 'ULE' : undefined;
  }
}

/**
 * Seconds since the epoch, as kern.boottime tells them: `timehands` (kern/kern_tc.c) leads to the clock in use, whose th_boottime is a struct
 * bintime, seconds and a fraction of 64 bits.
 */
function bootTime(memory: Memory, known: KnownSymbols, structs: Structs): number {
  const clock = readInteger(memory, kernelAddress(known.require('timehands').value));
  if (!isKernelAddress(clock)) throw new KvmError('vmcore', 'timehands leads to no clock');
  const place = structs.structAt('timehands');
  const word = (member: string): bigint => readInteger(memory, addressPlus(clock, place(member, WORD_BYTES)));
  // sysctl tells whole microseconds.
  const microseconds = ((word('th_boottime.frac') >> 32n) * 1_000_000n) >> 32n;
  return Number(word('th_boottime.sec')) + Number(microseconds) / 1e6;
}
