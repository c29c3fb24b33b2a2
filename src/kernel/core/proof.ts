/**
 * Finds out which way of reading zpcpu copies gives a dump's numbers. No sysctl can be asked of a dump; what its memory tells twice is the
 * number of each CPU: `global_epoch` (kern/subr_epoch.c) has a zpcpu record, and each CPU's copy of that holds the CPU's id and the
 * address of the epoch. A wrong bias or a wrong stride leads to neither.
 */
import {
  addressPlus,
  isObjectAddress,
  kernelAddress,
  WORD_BYTES,
  type KernelAddress,
  type ZpcpuPointer,
} from '../address.js';
import { KvmError } from '../errors.js';
import { readInteger } from '../integers.js';
import type { ZpcpuMemory } from '../memory.js';
import { READER_PROBE, type ProvenReader, type ReaderName } from '../reader.js';
import { pointerFaultText, possibleLayouts, type KnownKernel, type ZpcpuLayout } from '../zpcpu.js';
import type { AgreedMemory } from './memories.js';
import type { Structs } from './structs.js';

/** The epoch, what it has as the pointer to its record, and where in a copy the two words are. */
interface Record {
  readonly epoch: KernelAddress;
  readonly pointer: ZpcpuPointer;
  readonly cpuid: number;
  readonly global: number;
}

/**
 * @param agreed what calls kvm_read_zpcpu(3) and kvm_counter_u64_fetch(3), which is told where the dump has copies; undefined where nothing can
 * @throws KvmError that says what was seen where no permitted reader is proven: a dump that proves nothing is not read
 */
export function proveCore(
  kernel: DumpedKernel,
  structs: Structs,
  agreed: AgreedMemory | undefined,
  wanted: 'auto' | ReaderName,
): ProvenReader {
  const record = recordOf(kernel, structs);
  const { layout, seen } = findLayout(kernel, record);
  const what = "each CPU's id in its copy of the record of global_epoch";
  if (layout === undefined)
    throw new KvmError(
      'self-test',
      `no way of reading per-CPU memory finds ${what} (${seen.join('; ')}): the dump is not read`,
    );
  agreed?.useLayout(layout);
  const against = agreed === undefined ? 'it is not used for this dump' : againstLibkvm(kernel, agreed, record, layout);
  seen.push(`libkvm: ${against ?? 'agrees'}`);
  const isLibkvm = wanted !== 'direct' && against === undefined;
  if (wanted === 'libkvm' && !isLibkvm)
    throw new KvmError(
      'self-test',
      `the reader "libkvm" is not proven: ${against ?? ''}; set "reader: auto" or "reader: direct"`,
    );
  const reason = isLibkvm
    ? `kvm_read_zpcpu finds ${what}, and kvm_counter_u64_fetch sums the same copies`
    : `it finds ${what}`;
  return {
    reader: isLibkvm ? 'libkvm' : 'direct',
    layout,
    layoutAgrees: true,
    libkvmAgrees: against === undefined,
    reason,
    seen: seen.join('; '),
    probe: record.pointer,
  };
}

/**
 * Where the copies are that prove how per-CPU memory is read: none where nothing does.
 * @throws KvmError where the record cannot be found
 */
export function provenCopies(kernel: KnownKernel, structs: Structs): KernelAddress[] {
  const record = recordOf(kernel, structs);
  const { layout } = findLayout(kernel, record);
  if (layout === undefined) return [];
  return kernel.facts.cpus.map((cpu) => layout.copy((record.pointer + BigInt(record.cpuid)) as ZpcpuPointer, cpu));
}

function findLayout(kernel: KnownKernel, record: Record): { layout: ZpcpuLayout | undefined; seen: string[] } {
  const seen: string[] = [];
  let layout: ZpcpuLayout | undefined;
  for (const candidate of possibleLayouts(kernel)) {
    const fault = candidate.fault(record.pointer, WORD_BYTES);
    const wrong =
      fault === undefined ? wrongCopy(kernel, record, directly(kernel, candidate)) : pointerFaultText[fault];
    seen.push(`direct${candidate.bias === 0n ? '' : ' with the bias of __pcpu'}: ${wrong ?? 'agrees'}`);
    if (wrong !== undefined) continue;
    layout = candidate;
    break;
  }
  return { layout, seen };
}

/** With libkvm's calls for such memory. */
type DumpedKernel = KnownKernel & { readonly memory: ZpcpuMemory };

type ReadCopy = (pointer: ZpcpuPointer, cpu: number, into: NodeJS.TypedArray) => void;

function directly({ memory }: KnownKernel, layout: ZpcpuLayout): ReadCopy {
  return (pointer, cpu, into) => {
    memory.read(layout.copy(pointer, cpu), into);
  };
}

/** What a copy has that is not that CPU's of that epoch; undefined where all are right. */
function wrongCopy(
  { facts }: KnownKernel,
  { pointer, epoch, cpuid, global }: Record,
  readCopy: ReadCopy,
): string | undefined {
  const id = new Uint32Array(1);
  const owner = new BigUint64Array(1);
  try {
    for (const cpu of facts.cpus) {
      readCopy((pointer + BigInt(cpuid)) as ZpcpuPointer, cpu, id);
      readCopy((pointer + BigInt(global)) as ZpcpuPointer, cpu, owner);
      if (id[0] !== cpu || owner[0] !== epoch) return `CPU ${cpu}'s copy is not its own`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof KvmError) return error.message;
    throw error;
  }
}

/** Why libkvm's calls cannot be used; undefined where they give the right copies, and of a counter the sum of them. */
function againstLibkvm(
  kernel: DumpedKernel,
  agreed: AgreedMemory,
  record: Record,
  layout: ZpcpuLayout,
): string | undefined {
  const { facts } = kernel;
  // libkvm sums the ids below mp_ncpus; with holes in the ids it misses the high ones, however little they may have counted yet.
  if (facts.maxId >= facts.ncpus) return `it sums the ids below ${facts.ncpus}, but they reach ${facts.maxId}`;
  const wrong = wrongCopy(kernel, record, (pointer, cpu, into) => {
    agreed.readZpcpu(pointer, into, cpu);
  });
  if (wrong !== undefined) return wrong;
  try {
    agreed.counterU64Fetch(counterOf(kernel, layout));
    return undefined;
  } catch (error) {
    if (error instanceof KvmError) return error.message;
    throw error;
  }
}

/** The context switches. */
function counterOf({ memory, symbols }: DumpedKernel, layout: ZpcpuLayout): ZpcpuPointer {
  const symbol = symbols.lookUp(READER_PROBE.symbol);
  if (symbol === undefined) throw new KvmError('self-test', `the kernel has no ${READER_PROBE.symbol}`);
  const pointer = readInteger(memory, addressPlus(kernelAddress(symbol.value), READER_PROBE.offset));
  const fault = layout.fault(pointer, WORD_BYTES);
  if (fault !== undefined) throw new KvmError('self-test', `${READER_PROBE.symbol}: ${pointerFaultText[fault]}`);
  return pointer as ZpcpuPointer;
}

function recordOf({ memory, symbols }: KnownKernel, structs: Structs): Record {
  const symbol = symbols.lookUp('global_epoch');
  if (symbol === undefined)
    throw new KvmError('self-test', 'the kernel has no global_epoch, so no reader can be proven right');
  const epoch = readInteger(memory, kernelAddress(symbol.value));
  if (!isObjectAddress(epoch)) throw new KvmError('self-test', 'global_epoch leads to no epoch');
  const inRecord = structs.struct('epoch_record');
  return {
    epoch,
    pointer: readInteger(
      memory,
      addressPlus(epoch, structs.struct('epoch')('e_pcpu_record', WORD_BYTES)),
    ) as ZpcpuPointer,
    cpuid: inRecord('er_cpuid', 4),
    global: inRecord('er_record.global', WORD_BYTES),
  };
}
