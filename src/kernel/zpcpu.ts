/** Where the per-CPU copies of a zpcpu item lie, and which stored pointers can be followed at all (zpcpu(9), uma(9)). */
import {
  addressPlus,
  isKernelAddress,
  kernelAddress,
  WORD_BYTES,
  type KernelAddress,
  type ZpcpuPointer,
} from './address.js';
import { KvmError } from './errors.js';
import type { Facts } from './facts.js';
import type { Memory } from './memory.js';
import type { Symbols } from './symbols.js';

/** Why a stored value is not a zpcpu pointer that may be followed. */
export type PointerFault = 'null' | 'misaligned' | 'early' | 'not-kernel';

/** Says each fault as a reason for a user. */
export const pointerFaultText: Readonly<Record<PointerFault, string>> = {
  null: 'its pointer is NULL (not allocated yet, or freed)',
  misaligned: 'its pointer is not aligned, so this is not a zpcpu pointer',
  early: 'it is still EARLY_COUNTER (not allocated yet)',
  'not-kernel': "its pointer does not lead into the kernel's memory, so this is not a zpcpu pointer",
};

/** How the kernel stores zpcpu pointers and places the copies. */
export class ZpcpuLayout {
  private readonly pageSize: bigint;
  private readonly pcpuEnd: bigint;

  /**
   * @param bias what has to be added to a stored pointer: the value of `__pcpu` on amd64 since FreeBSD 13, else 0
   * @param pcpu0 where CPU 0's `struct pcpu` lies; EARLY_COUNTER (<machine/counter.h>) is inside it
   * @param cpuIds how many ids there are, `mp_maxid + 1`
   */
  constructor(
    readonly bias: bigint,
    private readonly pcpu0: KernelAddress,
    pageSize: number,
    cpuIds: number,
  ) {
    this.pageSize = BigInt(pageSize);
    // The structures of all CPUs follow each other, none longer than a page. With a bias, a plain small integer that is mistaken for a
    // pointer leads to somewhere in here, too.
    this.pcpuEnd = pcpu0 + this.pageSize * BigInt(cpuIds);
  }

  /** The reason why `pointer` must not be followed to an item of `size` bytes, or undefined where it may be. */
  fault(pointer: bigint, size: number): PointerFault | undefined {
    if (pointer === 0n) return 'null';
    const address = BigInt.asUintN(64, pointer + this.bias);
    if (!isKernelAddress(address)) return 'not-kernel';
    if (address % BigInt(Math.min(size, WORD_BYTES)) !== 0n || (address % this.pageSize) + BigInt(size) > this.pageSize)
      return 'misaligned';
    if (address >= this.pcpu0 && address < this.pcpuEnd) return 'early';
    return undefined;
  }

  /** The address of `cpu`'s copy. The copies lie one page apart, whatever `sizeof(struct pcpu)` is. */
  copy(pointer: ZpcpuPointer, cpu: number): KernelAddress {
    return addressPlus(kernelAddress(pointer + this.bias), this.pageSize * BigInt(cpu));
  }

  /** The pointer that the kernel would store for an item whose copy for CPU 0 lies at `address`. */
  pointerTo(address: KernelAddress): ZpcpuPointer {
    return BigInt.asUintN(64, address - this.bias) as ZpcpuPointer;
  }
}

/** What tells how per-CPU memory may be laid out. */
export interface KnownKernel {
  readonly facts: Facts;
  readonly memory: Memory;
  readonly symbols: Pick<Symbols, 'lookUp'>;
}

/** The layouts that `kernel` may have, the likelier first: the self-test finds the right one. */
export function possibleLayouts(kernel: KnownKernel): ZpcpuLayout[] {
  const pcpu0 = pointerAt(kernel, 'cpuid_to_pcpu');
  if (pcpu0 === undefined || !isKernelAddress(pcpu0)) {
    throw new KvmError('kldsym', 'cpuid_to_pcpu does not tell where struct pcpu is');
  }
  const { pageSize, maxId } = kernel.facts;
  const plain = new ZpcpuLayout(0n, pcpu0, pageSize, maxId + 1);
  if (kernel.facts.machineArch !== 'amd64') return [plain];
  const bias = pointerAt(kernel, '__pcpu');
  if (bias === undefined || !isKernelAddress(bias)) return [plain];
  return [new ZpcpuLayout(bias, pcpu0, pageSize, maxId + 1), plain];
}

function pointerAt({ symbols, memory }: KnownKernel, name: string): bigint | undefined {
  const symbol = symbols.lookUp(name);
  if (symbol === undefined || !isKernelAddress(symbol.value)) return undefined;
  const cell = new BigUint64Array(1);
  memory.read(symbol.value, cell);
  return cell[0]!;
}
