/** malloc(9)'s types, by a walk over their list and by kern.malloc_stats. */
import assert from 'node:assert/strict';
import type { Lookout } from '../lookout.js';

export interface MallocType {
  readonly name: string;
  /** Eight words of each CPU id. */
  readonly statistics: readonly Buffer[];
}

export function walkMallocTypes(look: Lookout): MallocType[] {
  const isOld = look.kernel.sysctls.text('kern.osrelease').startsWith('12');
  return look.list(look.symbol('kmemstatistics'), look.offset('malloc_type', 'ks_next')).map((type) => {
    const statistics = isOld
      ? look.word(type + look.offset('malloc_type', 'ks_handle')) + look.offset('malloc_type_internal', 'mti_stats')
      : type + look.offset('malloc_type', 'ks_mti.mti_stats');
    const pointer = look.word(statistics);
    return {
      name: look.text(look.word(type + look.offset('malloc_type', 'ks_shortdesc'))),
      statistics: Array.from({ length: look.image.maxId + 1 }, (_, cpu) => look.bytes(look.copy(pointer, cpu), 64)),
    };
  });
}

/** As libmemstat(3) reads it. */
export function toldMallocTypes(bytes: Buffer): { maxcpus: number; types: MallocType[] } {
  const [version, maxcpus, count] = [0, 4, 8].map((at) => bytes.readUInt32LE(at)) as [number, number, number];
  assert.equal(version, 1);
  assert.equal(bytes.length, 16 + count * (32 + 64 * maxcpus));
  const types = Array.from({ length: count }, (_, nth) => {
    const at = 16 + nth * (32 + 64 * maxcpus);
    return {
      name: bytes.toString('latin1', at, bytes.indexOf(0, at)),
      statistics: Array.from({ length: maxcpus }, (__, cpu) => bytes.subarray(at + 32 + 64 * cpu, at + 96 + 64 * cpu)),
    };
  });
  return { maxcpus, types };
}
