/** What the kernel's linker tells: symbols by their exact names, with kldsym(2), and the files that are loaded, with kldnext(2) and kldstat(2). */
import { KvmError } from '../errors.js';
import type { RawSymbol } from '../symbols.js';
import { requireMissing, textAt, type Handle } from '../libkvm/handle.js';
import {
  KLD_FILE_STAT,
  KLD_FILE_STAT_SIZE,
  KLD_SYM_LOOKUP_SIZE,
  KLDSYM_LOOKUP,
  type RunningFunctions,
} from './runningFunctions.js';

/** A file that the kernel is made of, as kldstat(2) tells it: the kernel's own, or a module's. */
export interface LoadedFile {
  readonly id: number;
  /** Where it lies in the kernel's memory. */
  readonly address: bigint;
  /** Bytes in the kernel's memory. */
  readonly size: number;
  /** Where it was loaded from. */
  readonly path: string;
}

/** More files than any kernel has loaded: a list that goes on is not believed. */
const MAX_FILES = 4096;
/** How often the list of loaded files is begun anew where a file goes away while it is walked. */
const MAX_WALKS = 8;

export class Linker {
  constructor(private readonly handle: Handle<RunningFunctions>) {}

  /**
   * The address and size of exactly `name` in any loaded file, or in that with id `file`; undefined where there is none.
   * @throws KvmError where it could not be told: ENOENT alone says that there is no such symbol
   */
  symbol(name: string, file = 0): RawSymbol | undefined {
    const lookup = { version: KLD_SYM_LOOKUP_SIZE, symname: name, symvalue: 0, symsize: 0 };
    if (this.handle.c.kldsym(file, KLDSYM_LOOKUP, lookup) !== 0) {
      requireMissing('kldsym', name);
      return undefined;
    }
    return { value: BigInt.asUintN(64, BigInt(lookup.symvalue)), size: Number(BigInt(lookup.symsize)) };
  }

  /** The ids of the loaded files, the kernel's own first. Throws KvmError where they could not be told. */
  files(): number[] {
    for (let walk = 0; walk < MAX_WALKS; walk++) {
      const ids = this.walkFiles();
      if (ids !== undefined) return ids;
    }
    throw new KvmError('kldnext', 'the list of loaded files changes faster than it can be read');
  }

  /** What is told of a loaded file; undefined where there is no such file any more. Throws KvmError where it could not be told. */
  file(id: number): LoadedFile | undefined {
    const stat = Buffer.alloc(KLD_FILE_STAT_SIZE);
    stat.writeInt32LE(KLD_FILE_STAT_SIZE);
    if (this.handle.c.kldstat(id, stat) !== 0) {
      requireMissing('kldstat', `file ${id}`);
      return undefined;
    }
    return {
      id: stat.readInt32LE(KLD_FILE_STAT.id),
      address: stat.readBigUInt64LE(KLD_FILE_STAT.address),
      size: Number(stat.readBigUInt64LE(KLD_FILE_STAT.size)),
      path: textAt(stat, KLD_FILE_STAT.pathname),
    };
  }

  /** The ids from the list's start to its end; undefined where a file went away, or came again, under way. */
  private walkFiles(): number[] | undefined {
    const { c } = this.handle;
    const ids = new Set<number>();
    for (let after = 0; ids.size < MAX_FILES;) {
      const id = c.kldnext(after);
      if (id === 0) return [...ids];
      if (id < 0) {
        requireMissing('kldnext', `after file ${after}`);
        return undefined;
      }
      if (ids.has(id)) return undefined;
      ids.add(id);
      after = id;
    }
    throw new KvmError('kldnext', `more than ${MAX_FILES} files are loaded`);
  }
}
