/** The kstats of ZFS, which tell its counters, each as a sysctl(3) node of its own (spl_kstat.c): kstat.zfs.misc.arcstats.hits. */

/** By the name of the variable that has the sums. */
interface Kstat {
  readonly name: string;
  /** What members' names begin with, and the kstat's do not. */
  readonly prefix: string;
  /** Names, without that, which differ from the member's. */
  readonly others: Readonly<Record<string, string>>;
}

const KSTATS: Readonly<Record<string, Kstat>> = {
  arc_sums: {
    name: 'arcstats',
    prefix: 'arcstat_',
    others: {
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
    },
  },
  dbuf_sums: { name: 'dbufstats', prefix: '', others: {} },
  zfetch_sums: { name: 'zfetchstats', prefix: 'zfetchstat_', others: {} },
  zil_sums_global: { name: 'zil', prefix: '', others: {} },
};

/** The sysctl that tells a member of one of ZFS' structs of sums; undefined for what is none. */
export function kstatOf(symbol: string, member: string | undefined): string | undefined {
  const kstat = Object.hasOwn(KSTATS, symbol) ? KSTATS[symbol] : undefined;
  if (kstat === undefined || member?.startsWith(kstat.prefix) !== true) return undefined;
  const own = member.slice(kstat.prefix.length);
  const name = Object.hasOwn(kstat.others, own) ? kstat.others[own] : own;
  return `kstat.zfs.misc.${kstat.name}.${name}`;
}
