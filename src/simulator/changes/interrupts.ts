/** Handlers of interrupts that come and go with their devices, and the CPUs that sources go to. */
import type { ImageFile } from '../image.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { intsrc } from '../model/interruptTypes.js';
import { HANDLER_SIZE, InterruptTable, sourceMemory, type InterruptMachine } from '../memory/interruptTable.js';
import { fingerprint } from './elementFingerprint.js';
import { KernelChange } from './kernelChange.js';

export interface AddedHandler {
  /** Of the source in the table of sources. */
  readonly number: number;
  /** Of its counter in `intrcnt`. */
  readonly index: number;
}

function tableOf(change: KernelChange): { table: InterruptTable; sources: number; machine: InterruptMachine } {
  const { kernel, maxCpus, present } = change;
  const isArm = kernel.machine === 'arm64';
  const sources = change.image.read(change.address(isArm ? 'intr_nirq' : 'num_io_irqs'), 4).readUInt32LE();
  const machine = { ...kernel, maxCpus, present };
  const pointers = change.load(change.address(isArm ? 'irq_sources' : 'interrupt_sources'));
  const table = new InterruptTable(change, machine, {
    counts: change.load(change.address('intrcnt')),
    names: change.load(change.address('intrnames')),
    sources: pointers,
    amd64: isArm
      ? undefined
      : {
          // The first source is a line.
          ioapic: change.load(change.load(pointers) + BigInt(offsetOf(intsrc, 'is_pic'))),
          msi: change.address('msi_pic'),
          current: change.address('current_cpu'),
        },
  });
  return { table, sources, machine };
}

/**
 * Adds a handler to the source of that number. Without a number, to a new source of a message-signalled interrupt, which goes to the next CPU, and whose counter
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

/** As cpuset(1) does it with -x: the source is another CPU's, or without one nobody's. Of amd64, whose sources have one CPU. */
export function bindInterrupt(image: ImageFile, number: number, cpu: number | undefined): void {
  const { table, source } = sourceToMove(image, number);
  table.bind(source, cpu);
}

/** As hw.intrbalance does it: the source goes to another CPU, but is bound to none. Of amd64. */
export function moveInterrupt(image: ImageFile, number: number, cpu: number): void {
  const { table, source } = sourceToMove(image, number);
  table.move(source, cpu);
}

function sourceToMove(image: ImageFile, number: number): { table: InterruptTable; source: bigint } {
  const { table, machine } = tableOf(new KernelChange(image));
  const source = table.source(number);
  if (machine.machine !== 'amd64' || source === 0n) {
    throw new Error(`the simulated kernel has no source ${number} to bind`);
  }
  return { table, source };
}

/** Of amd64: by its number the CPU that each source with a handler goes to, whatever is_cpu of it says. */
export function interruptRoutes(image: ImageFile): Map<number, number> {
  const { table, sources } = tableOf(new KernelChange(image));
  const routes = new Map<number, number>();
  for (let number = 0; number < sources; number++) {
    const source = table.source(number);
    const cpu = source === 0n || table.handlers(source).length === 0 ? undefined : table.cpuOf(source);
    if (cpu !== undefined) routes.set(number, cpu);
  }
  return routes;
}

function registerMessage(change: KernelChange, name: string): number {
  const { table, sources, machine } = tableOf(change);
  let number = sources - 1;
  while (number > 0 && table.source(number - 1) === 0n) number--;
  if (table.source(number) !== 0n) throw new Error('the simulated kernel has no number left for another interrupt');
  let index = 0;
  while (table.isNamed(index) || table.isNamed(index + 1)) index++;
  const memory = change.spares.take('interruptSource');
  change.clear(memory, sizeOf(sourceMemory(machine)));
  change.store(table.countAddress(index), fingerprint(name, 'count'));
  change.store(table.countAddress(index + 1), 0n);
  table.register(memory, {
    name: machine.machine === 'amd64' ? `irq${number}` : `its0,${number}`,
    number,
    index,
    cpu: undefined,
    domain: 0,
    isMessage: true,
  });
  if (change.image.symbol('intrcnt_index') !== undefined) {
    change.store(change.address('intrcnt_index'), BigInt(index + 2), 4);
  }
  return number;
}
