/**
 * Finds out which way of reading zpcpu copies gives this kernel's numbers, by reading one busy counter in each way between two looks at
 * its sysctl. It catches a wrong bias, a wrong stride and sparse CPU ids before a single wrong value is published.
 */
import { addressPlus, WORD_BYTES, type ZpcpuPointer } from '../address.js';
import { bracket, sumOfCopies } from '../bracket.js';
import { KvmError } from '../errors.js';
import type { RunningKernel } from '../kernel.js';
import { READER_PROBE, type ProvenReader, type ReaderName } from '../reader.js';
import { pointerFaultText, possibleLayouts, type ZpcpuLayout } from '../zpcpu.js';

type TestedKernel = Pick<RunningKernel, 'facts' | 'memory' | 'symbols' | 'sysctls'>;

/** What one way of reading gave, between two values of the sysctl. */
interface Trial {
  readonly agrees: boolean;
  readonly seen: string;
  /** Why it was not even tried; undefined where it was. */
  readonly untried?: string;
}

/**
 * Chooses a reader. `auto` takes libkvm where it agrees with the sysctl, else direct; a reader that was asked for must agree too.
 * @throws KvmError that says what was seen where no permitted reader agrees.
 */
export function chooseReader(kernel: TestedKernel, wanted: 'auto' | ReaderName): ProvenReader {
  const layouts = possibleLayouts(kernel);
  const cell = new BigUint64Array(1);
  const symbol = kernel.symbols.resolve(READER_PROBE.symbol);
  if (symbol === undefined)
    throw new KvmError('self-test', `the kernel has no ${READER_PROBE.symbol}, so no reader can be proven right`);
  kernel.memory.read(addressPlus(symbol.address, READER_PROBE.offset), cell);
  const pointer = cell[0]! as ZpcpuPointer;

  const seen: string[] = [];
  let layout: ZpcpuLayout | undefined;
  for (const candidate of layouts) {
    const fault = candidate.fault(pointer, WORD_BYTES);
    const trial =
      fault === undefined
        ? tryOut(kernel, () =>
            sumOfCopies(kernel.facts, (cpu, into) => {
              kernel.memory.read(candidate.copy(pointer, cpu), into);
            }),
          )
        : { agrees: false, seen: pointerFaultText[fault] };
    seen.push(`direct${candidate.bias === 0n ? '' : ' with the bias of __pcpu'}: ${trial.seen}`);
    if (trial.agrees) {
      layout = candidate;
      break;
    }
  }
  const libkvm = tryLibkvm(kernel, pointer, layouts);
  seen.push(`libkvm: ${libkvm.seen}`);

  const found = {
    layoutAgrees: layout !== undefined,
    libkvmAgrees: libkvm.agrees,
    seen: seen.join('; '),
    probe: pointer,
  };
  if (wanted !== 'direct' && libkvm.agrees) {
    // The layout still serves to check pointers; where direct reads disagree, the first guess is the one libkvm makes too.
    const reason = `kvm_counter_u64_fetch and kvm_read_zpcpu agree with ${READER_PROBE.sysctl}`;
    return { reader: 'libkvm', layout: layout ?? layouts[0]!, reason, ...found };
  }
  if (wanted !== 'libkvm' && layout !== undefined) {
    const asked = wanted === 'direct';
    const why = asked
      ? 'the config asks for it and it agrees'
      : libkvm.untried === undefined
        ? 'only it agrees'
        : 'it agrees';
    const untried = asked || libkvm.untried === undefined ? '' : `; libkvm was not tried: it ${libkvm.untried}`;
    return { reader: 'direct', layout, reason: `${why} with ${READER_PROBE.sysctl}${untried}`, ...found };
  }
  const way = wanted === 'auto' ? 'no reader agrees' : `the reader "${wanted}" does not agree`;
  const remedy = wanted === 'libkvm' && layout !== undefined ? '; set "reader: auto" or "reader: direct"' : '';
  throw new KvmError('self-test', `${way} with ${READER_PROBE.sysctl} (${found.seen})${remedy}`);
}

function tryLibkvm(kernel: TestedKernel, pointer: ZpcpuPointer, layouts: readonly ZpcpuLayout[]): Trial {
  const { maxId, ncpus } = kernel.facts;
  if (layouts.every((layout) => layout.fault(pointer, WORD_BYTES) !== undefined))
    return untried('would follow a bad pointer');
  // libkvm sums the ids below mp_ncpus; with holes in the ids it misses the high ones, however little they may have counted yet.
  if (maxId >= ncpus) return untried(`sums the ids below ${ncpus}, but they reach ${maxId}`);
  const fetched = tryOut(kernel, () => kernel.memory.counterU64Fetch(pointer));
  if (!fetched.agrees) return { agrees: false, seen: `kvm_counter_u64_fetch ${fetched.seen}` };
  const copies = tryOut(kernel, () =>
    sumOfCopies(kernel.facts, (cpu, into) => {
      kernel.memory.readZpcpu(pointer, into, cpu);
    }),
  );
  return copies.agrees ? fetched : { agrees: false, seen: `kvm_read_zpcpu ${copies.seen}` };
}

function untried(why: string): Trial {
  return { agrees: false, seen: `not tried, it ${why}`, untried: why };
}

/** Every part only grows, so a right sum that is read between two looks at the sysctl lies between what they say. */
function tryOut({ sysctls }: TestedKernel, readSum: () => bigint): Trial {
  try {
    const { before, sum, after } = bracket(sysctls, READER_PROBE.sysctl, readSum);
    const agrees = before <= sum && sum <= after;
    return { agrees, seen: `${sum} is ${agrees ? '' : 'not '}between ${before} and ${after}` };
  } catch (error) {
    if (!(error instanceof KvmError)) throw error;
    return { agrees: false, seen: error.message };
  }
}
