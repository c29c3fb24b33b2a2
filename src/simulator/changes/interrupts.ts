/** Handlers of interrupts that come and go with their devices, and the CPUs that sources are bound to. */
import type { ImageFile } from '../image.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { intsrc } from '../model/interruptTypes.js';
import { HANDLER_SIZE, InterruptTable, sourceMemory } from '../memory/interruptTable.js';
import { fingerprint } from './elementFingerprint.js';
import { KernelChange } from './kernelChange.js';

export interface AddedHandler {
  /** Of the source in the table of sources. */
  readonly number: number;
  /** Of its counter in `intrcnt`. */
  readonly index: number;
}

function tableOf(change: KernelChange): { table: InterruptTable; sources: number; machine: 'amd64' | 'arm64' } {
  const { machine } = change.kernel;
  const isArm = machine === 'arm64';
  const sources = change.image.read(change.address(isArm ? 'intr_nirq' : 'num_io_irqs'), 4).readUInt32LE();
  const table = new InterruptTable(
    change,
    { machine, maxCpus: change.maxCpus },
    {
      counts: change.load(change.address('intrcnt')),
      names: change.load(change.address('intrnames')),
      sources: change.load(change.address(isArm ? 'irq_sources' : 'interrupt_sources')),
    },
  );
  return { table, sources, machine };
}

/**
 * Adds a handler to the source of that number. Without a number, to a new source of a message-signalled interrupt on CPU 0, whose counter
 * holds fingerprint(name, 'count').
 */
export function addInterruptHandler(image: ImageFile, name: string, number?: number): AddedHandler {
  const change = new KernelChange(image);
  const { table } = tableOf(change);
  const chosen = number ?? registerMessage(change, name);
  const source = table.source(chosen);
  if (source === 0n) throw new Error(`the simulated kernel has no source ${chosen} of interrupts`);
  const handler = change.spares.take('interruptHandler');
  change.clear(handler, HANDLER_SIZE);
  table.addHandler(source, handler, name);
  return { number: chosen, index: table.indexOf(source) };
}

/** Takes the first handler of that name away. Its source stays, under the name that it has by itself, and so does what it has counted. */
export function removeInterruptHandler(image: ImageFile, name: string): AddedHandler {
  const change = new KernelChange(image);
  const { table, sources } = tableOf(change);
  for (let number = 0; number < sources; number++) {
    const source = table.source(number);
    const handler = source === 0n ? undefined : table.removeHandler(source, name);
    if (handler === undefined) continue;
    change.poison(handler, HANDLER_SIZE);
    change.spares.give('interruptHandler', handler);
    return { number, index: table.indexOf(source) };
  }
  throw new Error(`the simulated kernel has no handler ${name} of interrupts`);
}

/** As cpuset(1) does it with -x: the source is another CPU's. Of amd64, whose sources have one CPU. */
export function bindInterrupt(image: ImageFile, number: number, cpu: number): void {
  const change = new KernelChange(image);
  const { table, machine } = tableOf(change);
  const source = table.source(number);
  if (machine !== 'amd64' || source === 0n) throw new Error(`the simulated kernel has no source ${number} to bind`);
  change.store(source + BigInt(offsetOf(intsrc, 'is_cpu')), BigInt(cpu), 4);
}

function registerMessage(change: KernelChange, name: string): number {
  const { table, sources, machine } = tableOf(change);
  let number = sources - 1;
  while (number > 0 && table.source(number - 1) === 0n) number--;
  if (table.source(number) !== 0n) throw new Error('the simulated kernel has no number left for another interrupt');
  let index = 0;
  while (table.isNamed(index) || table.isNamed(index + 1)) index++;
  const memory = change.spares.take('interruptSource');
  change.clear(memory, sizeOf(sourceMemory({ machine, maxCpus: change.maxCpus })));
  change.store(table.countAddress(index), fingerprint(name, 'count'));
  change.store(table.countAddress(index + 1), 0n);
  table.register(memory, {
    name: machine === 'amd64' ? `irq${number}` : `its0,${number}`,
    number,
    index,
    cpu: 0,
    domain: 0,
  });
  if (change.image.symbol('intrcnt_index') !== undefined) {
    change.store(change.address('intrcnt_index'), BigInt(index + 2), 4);
  }
  return number;
}
