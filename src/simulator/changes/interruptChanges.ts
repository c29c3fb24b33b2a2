/** Handlers of interrupts that come and go while the kernel runs, sources that come, and the CPUs that these are bound to. */
import { InterruptTable } from '../memory/interruptTable.js';
import { Spares } from '../memory/spareStacks.js';
import type { Words } from '../memory/words.js';
import { offsetOf } from '../model/ctypes.js';
import { intsrc } from '../model/interruptTypes.js';
import { maxCpusOf } from '../model/symbols.js';
import type { LiveMemory } from './liveMemory.js';

export class InterruptChanges {
  private readonly words: Words;
  private readonly spares: Spares;
  private readonly table: InterruptTable;
  private readonly isArm: boolean;
  private readonly most: number;

  constructor(memory: LiveMemory) {
    this.words = wordsOf(memory);
    this.spares = new Spares(this.words, memory.symbol('sim_spares'));
    const { machine } = memory.profile;
    this.isArm = machine === 'arm64';
    const sources = memory.word(memory.symbol(this.isArm ? 'irq_sources' : 'interrupt_sources'));
    const places = {
      counts: memory.word(memory.symbol('intrcnt')),
      names: memory.word(memory.symbol('intrnames')),
      sources,
    };
    this.table = new InterruptTable(this.words, { machine, maxCpus: maxCpusOf(memory.spec) }, places);
    this.most = Number(this.words.load(memory.symbol(this.isArm ? 'intr_nirq' : 'num_io_irqs')) & 0xffff_ffffn);
  }

  /** As bus_setup_intr(9): the counter has the handler's name from then on. */
  addHandler(number: number, name: string): void {
    this.table.addHandler(this.source(number), this.spares.take('interruptHandler'), name);
  }

  /** As bus_teardown_intr(9). What the source has counted stays. */
  removeHandler(number: number, name: string): void {
    const handler = this.table.removeHandler(this.source(number), name);
    if (handler === undefined) throw new Error(`there is no ${name} at ${number}`);
    this.spares.give('interruptHandler', handler);
  }

  /** As pci_alloc_msix(9) where no message is free: another source, which stays, bound to `cpu`. It has no handler. */
  addSource(cpu = 0): number {
    const number = Array.from({ length: this.most }, (_, nth) => nth).findLast((nth) => this.table.source(nth) !== 0n);
    if (number === undefined || number + 1 >= this.most) throw new Error('the simulated kernel has no number left');
    let index = this.table.indexOf(this.table.source(number)) + 2;
    while (this.table.isNamed(index) || this.table.isNamed(index + 1)) index++;
    const name = this.isArm ? `its0,${number + 1}` : `irq${number + 1}`;
    this.table.register(this.spares.take('interruptSource'), { name, number: number + 1, index, cpu, domain: 0 });
    return number + 1;
  }

  /** As cpuset(1) with -x; amd64's sources alone tell it. */
  bind(number: number, cpu: number): void {
    if (this.isArm) throw new Error('the sources of arm64 have sets of CPUs');
    this.words.store(this.source(number) + BigInt(offsetOf(intsrc, 'is_cpu')), BigInt(cpu), 4);
  }

  /** Where the source counts. */
  counterAddress(number: number): bigint {
    return this.table.countAddress(this.table.indexOf(this.source(number)));
  }

  /** The numbers that have a source. */
  get numbers(): number[] {
    return Array.from({ length: this.most }, (_, nth) => nth).filter((nth) => this.table.source(nth) !== 0n);
  }

  /** The names of a source's handlers. */
  handlersOf(number: number): string[] {
    return this.table.handlers(this.source(number)).map((handler) => this.table.handlerName(handler));
  }

  private source(number: number): bigint {
    const source = this.table.source(number);
    if (source === 0n) throw new Error(`there is no interrupt ${number}`);
    return source;
  }
}

function wordsOf(memory: LiveMemory): Words {
  return {
    load: (address) => memory.word(address),
    store(address, value, size = 8) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
      memory.image.write(address, bytes.subarray(0, size));
    },
    storeText(address, text) {
      memory.image.write(address, Buffer.from(`${text}\0`, 'latin1'));
    },
  };
}
