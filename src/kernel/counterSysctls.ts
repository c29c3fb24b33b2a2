/**
 * Which sysctl(3) tells a counter's sum as the kernel itself takes it: tcp(4) and its like, vm_meter.c, vfs_cache.c, vfs_bio.c,
 * vfs_subr.c, kern_sendfile.c, uipc_ktls.c, crypto.c, subr_epoch.c, the files of IPsec and ZFS declare them. Names differ between releases, so each candidate is asked for.
 */
import { WORD_BYTES } from './address.js';
import { kstatOf } from './kstats.js';

/** Where a sum can be read besides the counter itself. */
export interface Truth {
  readonly sysctl: string;
  /** Bytes into what the sysctl tells. */
  readonly offset: number;
}

/** Sysctls that tell a whole array, counter after counter, each as 64 bits. */
const ARRAYS: Readonly<Record<string, string>> = {
  tcpstat: 'net.inet.tcp.stats',
  tcps_states: 'net.inet.tcp.states',
  udpstat: 'net.inet.udp.stats',
  ipstat: 'net.inet.ip.stats',
  icmpstat: 'net.inet.icmp.stats',
  arpstat: 'net.link.ether.arp.stats',
  ip6stat: 'net.inet6.ip6.stats',
  icmp6stat: 'net.inet6.icmp6.stats',
  rip6stat: 'net.inet6.ip6.rip6stats',
  carpstats: 'net.inet.carp.stats',
  ipsec4stat: 'net.inet.ipsec.ipsecstats',
  ipsec6stat: 'net.inet6.ipsec6.ipsecstats',
  espstat: 'net.inet.esp.stats',
  ahstat: 'net.inet.ah.stats',
  ipcompstat: 'net.inet.ipcomp.stats',
  sfstat: 'kern.ipc.sfstat',
  cryptostats: 'kern.crypto.stats',
};

/** Sysctls of single counters whose names are not the symbol's: since FreeBSD 13, and before. */
const SINGLES: Readonly<Record<string, string>> = {
  numcachehv: 'vfs.cache.stats.heldvnodes',
  numdrops: 'vfs.cache.stats.drops',
  dothits: 'vfs.cache.stats.dothits',
  // Spelt so in the kernel.
  dotdothits: 'vfs.cache.stats.dotdothis',
  nummiss: 'vfs.cache.stats.miss',
  nummisszap: 'vfs.cache.stats.misszap',
  numposzaps: 'vfs.cache.stats.posszaps',
  numposhits: 'vfs.cache.stats.poshits',
  numnegzaps: 'vfs.cache.stats.negzaps',
  numneghits: 'vfs.cache.stats.neghits',
  numfullpathcalls: 'vfs.cache.stats.fullpathcalls',
  numfullpathfail1: 'vfs.cache.stats.fullpathfail1',
  numfullpathfail2: 'vfs.cache.stats.fullpathfail2',
  numfullpathfail4: 'vfs.cache.stats.fullpathfail4',
  numfullpathfound: 'vfs.cache.stats.fullpathfound',
  symlinktoobig: 'vfs.cache.stats.symlinktoobig',
  recycles_count: 'vfs.recycles',
  recycles_free_count: 'vfs.recycles_free',
  neg_created: 'vfs.cache.neg.created',
  neg_evicted: 'vfs.cache.neg.evicted',
  neg_evict_skipped_empty: 'vfs.cache.neg.evict_skipped_empty',
  neg_evict_skipped_missed: 'vfs.cache.neg.evict_skipped_missed',
  neg_evict_skipped_contended: 'vfs.cache.neg.evict_skipped_contended',
  zap_bucket_relock_success: 'vfs.cache.debug.zap_bucket_relock_success',
  block_count: 'kern.epoch.stats.nblocked',
  migrate_count: 'kern.epoch.stats.migrations',
  turnstile_count: 'kern.epoch.stats.ncontended',
  switch_count: 'kern.epoch.stats.switches',
  epoch_call_count: 'kern.epoch.stats.epoch_calls',
  epoch_call_task_count: 'kern.epoch.stats.epoch_call_tasks',
  ktls_tasks_active: 'kern.ipc.tls.tasks_active',
  ktls_cnt_tx_pending: 'kern.ipc.tls.stats.sw_tx_pending',
  ktls_cnt_tx_queued: 'kern.ipc.tls.stats.sw_tx_inqueue',
  ktls_cnt_rx_queued: 'kern.ipc.tls.stats.sw_rx_inqueue',
  ktls_offload_total: 'kern.ipc.tls.stats.offload_total',
  ktls_offload_enable_calls: 'kern.ipc.tls.stats.enable_calls',
  ktls_offload_active: 'kern.ipc.tls.stats.active',
  ktls_offload_corrupted_records: 'kern.ipc.tls.stats.corrupted_records',
  ktls_offload_failed_crypto: 'kern.ipc.tls.stats.failed_crypto',
  ktls_switch_to_ifnet: 'kern.ipc.tls.stats.switch_to_ifnet',
  ktls_switch_to_sw: 'kern.ipc.tls.stats.switch_to_sw',
  ktls_switch_failed: 'kern.ipc.tls.stats.switch_failed',
  ktls_ifnet_disable_fail: 'kern.ipc.tls.stats.ifnet_disable_failed',
  ktls_ifnet_disable_ok: 'kern.ipc.tls.stats.ifnet_disable_ok',
  ktls_sw_cbc: 'kern.ipc.tls.sw.cbc',
  ktls_sw_gcm: 'kern.ipc.tls.sw.gcm',
  ktls_sw_chacha20: 'kern.ipc.tls.sw.chacha20',
  ktls_ifnet_cbc: 'kern.ipc.tls.ifnet.cbc',
  ktls_ifnet_gcm: 'kern.ipc.tls.ifnet.gcm',
  ktls_ifnet_chacha20: 'kern.ipc.tls.ifnet.chacha20',
  ktls_ifnet_reset: 'kern.ipc.tls.ifnet.reset',
  ktls_ifnet_reset_dropped: 'kern.ipc.tls.ifnet.reset_dropped',
  ktls_ifnet_reset_failed: 'kern.ipc.tls.ifnet.reset_failed',
  ktls_toe_cbc: 'kern.ipc.tls.toe.cbc',
  ktls_toe_gcm: 'kern.ipc.tls.toe.gcm',
  ktls_toe_chacha20: 'kern.ipc.tls.toe.chacha20',
};

/** The sysctls that may tell a counter, the likelier first; none where no release has one. */
export function truthCandidates(symbol: string, cellOffset: number, member: string | undefined): Truth[] {
  const array = ARRAYS[symbol];
  if (array !== undefined) return [{ sysctl: array, offset: cellOffset }];
  const kstat = kstatOf(symbol, member);
  if (kstat !== undefined) return [{ sysctl: kstat, offset: 0 }];
  const names =
    symbol === 'vm_cnt'
      ? member === undefined
        ? []
        : [`vm.stats.sys.${member}`, `vm.stats.vm.${member}`]
      : [
          ...[Object.hasOwn(SINGLES, symbol) ? SINGLES[symbol] : undefined].filter((name) => name !== undefined),
          `vfs.cache.${symbol}`,
          `vfs.${symbol}`,
        ];
  return names.map((sysctl) => ({ sysctl, offset: 0 }));
}

/** Members of vm_cnt that `vm.stats.sys` tells; `vm.stats.vm` has the others. */
const IN_SYS: readonly string[] = ['v_swtch', 'v_trap', 'v_syscall', 'v_intr', 'v_soft'];

/** Single counters that a sysctl tells under their own names. */
const IN_VFS: readonly string[] = [
  'getnewbufcalls',
  'getnewbufrestarts',
  'mappingrestarts',
  'numbufallocfails',
  'notbufdflushes',
  'bufdefragcnt',
  'buffreekvacnt',
  'bufkvaspace',
  'vnodes_created',
  'deferred_inact',
];

/** The sysctl that is known to tell a counter on some release, for people to look at; undefined where none is known. Asks no kernel. */
export function knownSysctl(symbol: string, member: string | undefined): string | undefined {
  if (symbol === 'vm_cnt' && member !== undefined) {
    return `vm.stats.${IN_SYS.includes(member) ? 'sys' : 'vm'}.${member}`;
  }
  if (IN_VFS.includes(symbol)) return `vfs.${symbol}`;
  const isNamed =
    [ARRAYS, SINGLES].some((table) => Object.hasOwn(table, symbol)) || kstatOf(symbol, member) !== undefined;
  return isNamed ? truthCandidates(symbol, 0, member)[0]?.sysctl : cpuTruth(symbol, member)?.sysctl;
}

/** Where a member that each CPU has can be read besides its own memory: its words one after the other, 64 bits each. */
export interface CpuTruth {
  /** It tells of every id from 0 to mp_maxid, of one after the other; of an id that no CPU has, zeros. */
  readonly sysctl: string;
  /** Bytes that it tells of each id: those of the member. */
  readonly stride: number;
}

/** Sysctls that tell a member of a struct that each CPU has (kern_clock.c), by symbol and member. */
const BY_CPU: Readonly<Record<string, Readonly<Record<string, CpuTruth>>>> = {
  // CPUSTATES of <sys/resource.h> is 5.
  pcpu: { pc_cp_time: { sysctl: 'kern.cp_times', stride: 5 * WORD_BYTES } },
};

/** The sysctl that tells a member on each CPU; undefined where none does. */
export function cpuTruth(symbol: string, member = ''): CpuTruth | undefined {
  const members = Object.hasOwn(BY_CPU, symbol) ? BY_CPU[symbol] : undefined;
  return members !== undefined && Object.hasOwn(members, member) ? members[member] : undefined;
}
