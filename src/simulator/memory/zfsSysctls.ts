/** The kstats of zfs.ko that tell its counters, each as a sysctl(3) node of its own while the module is loaded. */
import { counterU64, leavesOf } from '../model/ctypes.js';
import type { KernelImage } from './kernelImage.js';
import type { SysctlNode } from './sysctlNode.js';

/** By symbol: the name of the kstat, and of each sum in it. */
const kstats: Readonly<Record<string, readonly [kstat: string, nameOf: (member: string) => string]>> = {
  arc_sums: ['arcstats', (member) => arcNames[member.slice(8)] ?? member.slice(8)],
  dbuf_sums: ['dbufstats', (member) => member.replace(/^cache_levels(_bytes)?\[(\d+)\]$/, 'cache_level_$2$1')],
  zfetch_sums: ['zfetchstats', (member) => member.slice(11)],
  zil_sums_global: ['zil', (member) => member],
};

/** Names in arcstats that are not the member's without `arcstat_`. */
const arcNames: Readonly<Record<string, string>> = {
  l2_lsize: 'l2_size',
  l2_psize: 'l2_asize',
  l2_rebuild_abort_unsupported: 'l2_rebuild_unsupported',
  l2_rebuild_abort_io_errors: 'l2_rebuild_io_errors',
  l2_rebuild_abort_dh_errors: 'l2_rebuild_dh_errors',
  l2_rebuild_abort_cksum_lb_errors: 'l2_rebuild_cksum_lb_errors',
  l2_rebuild_abort_lowmem: 'l2_rebuild_lowmem',
  prune: 'arc_prune',
  meta_used: 'arc_meta_used',
  raw_size: 'arc_raw_size',
};

export function zfsNodes(image: KernelImage): SysctlNode[] {
  return Object.entries(kstats).flatMap(([symbol, [kstat, nameOf]]) => {
    if (!image.has(symbol)) return [];
    const { file, values } = image.placed(symbol);
    return leavesOf(image.typeOf(symbol))
      .filter(({ type }) => type === counterU64)
      .map(({ path, offset }): SysctlNode => ({
        name: `kstat.zfs.misc.${kstat}.${nameOf(path)}`,
        kind: 'counters',
        source: values[0] + BigInt(offset),
        count: 1,
        width: 8,
        module: { file, second: values[1] + BigInt(offset) },
      }));
  });
}
