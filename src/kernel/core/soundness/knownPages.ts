/**
 * Pages that are known by their contents, all over memory: a struct proc (<sys/proc.h>) has a magic number and a link back to the one before it,
 * and its first thread leads back to it; the struct pcpu of each CPU (<sys/pcpu.h>) has the CPU's id and leads to its idle thread.
 */
import { addressPlus, isObjectAddress, kernelAddress, WORD_BYTES, type KernelAddress } from '../../address.js';
import { KvmError } from '../../errors.js';
import type { Facts } from '../../facts.js';
import { readInteger } from '../../integers.js';
import type { SymbolTable } from '../../symbols.js';
import type { Minidump } from '../minidump/minidump.js';
import type { Structs } from '../structs.js';

/** `P_MAGIC`. */
const PROC_MAGIC = 0xbeef_facen;
/** More than any kernel has: a list that goes on is a cycle. */
const MOST = 200_000;

/** Where in the file those lie that are what they should be. */
export function placesKnownByContents(dump: Minidump, symbols: SymbolTable, structs: Structs, facts: Facts): number[] {
  const look = new Look(dump, symbols, structs);
  const known = [...look.processes(), ...facts.cpus.flatMap((cpu) => look.cpu(cpu))];
  return known.map((address) => dump.placeOf(address));
}

class Look {
  constructor(
    private readonly dump: Minidump,
    private readonly symbols: SymbolTable,
    private readonly structs: Structs,
  ) {}

  /** The processes, each with its first thread, up to the first that is not one or cannot be read. */
  processes(): KernelAddress[] {
    const known: KernelAddress[] = [];
    attempt(() => {
      const head = this.symbols.symbol('allproc');
      if (head === undefined) return;
      let before = kernelAddress(head.value);
      let proc = readInteger(this.dump, before);
      for (let nth = 0; nth < MOST && isObjectAddress(proc); nth++) {
        if (!this.isProcess(proc) || this.word(proc, 'proc', 'p_list.le_prev') !== before) return;
        known.push(proc);
        const thread = this.word(proc, 'proc', 'p_threads.tqh_first');
        if (isObjectAddress(thread) && this.word(thread, 'thread', 'td_proc') === proc) known.push(thread);
        before = addressPlus(proc, this.structs.struct('proc')('p_list.le_next', WORD_BYTES));
        proc = readInteger(this.dump, before);
      }
    });
    return known;
  }

  /** The struct pcpu of a CPU, where it is what it should be. */
  cpu(cpu: number): KernelAddress[] {
    const known: KernelAddress[] = [];
    attempt(() => {
      const table = this.symbols.symbol('cpuid_to_pcpu');
      if (table === undefined) return;
      const pcpu = readInteger(this.dump, addressPlus(kernelAddress(table.value), WORD_BYTES * cpu));
      if (!isObjectAddress(pcpu)) return;
      const id = readInteger(this.dump, addressPlus(pcpu, this.structs.struct('pcpu')('pc_cpuid', 4)), 4);
      const idle = this.word(pcpu, 'pcpu', 'pc_idlethread');
      if (id !== BigInt(cpu) || !isObjectAddress(idle)) return;
      const proc = this.word(idle, 'thread', 'td_proc');
      if (isObjectAddress(proc) && this.isProcess(proc)) known.push(pcpu);
    });
    return known;
  }

  private isProcess(address: KernelAddress): boolean {
    const place = this.structs.struct('proc')('p_magic', 4);
    return readInteger(this.dump, addressPlus(address, place), 4) === PROC_MAGIC;
  }

  private word(address: KernelAddress, struct: string, member: string): bigint {
    return readInteger(this.dump, addressPlus(address, this.structs.struct(struct)(member, WORD_BYTES)));
  }
}

/** What cannot be read, or has no such members in this kernel, is not known. */
function attempt(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!(error instanceof KvmError || error instanceof RangeError)) throw error;
  }
}
