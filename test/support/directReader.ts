/** A reader of kernel memory that needs no proof, for kernels that are made up byte by byte: items lie where their pointers say, a page for each CPU. */
import { kernelAddress, type ZpcpuPointer } from '../../src/kernel/address.js';
import type { ProvenReader } from '../../src/kernel/reader.js';
import { ZpcpuLayout } from '../../src/kernel/zpcpu.js';

/** @param maxId of the CPUs */
export function directReader(pageSize: number, maxId: number): ProvenReader {
  return {
    reader: 'direct',
    layout: new ZpcpuLayout(0n, kernelAddress(0xffff_fe00_0000_0000n), pageSize, maxId),
    layoutAgrees: true,
    libkvmAgrees: false,
    reason: '',
    seen: '',
    probe: 0n as ZpcpuPointer,
  };
}
