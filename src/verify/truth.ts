/**
 * Which sysctl(3) tells a counter's sum as the kernel itself takes it: tcp(4) and its like, vm_meter.c, vfs_cache.c, vfs_bio.c and
 * vfs_subr.c declare them. Names differ between releases, so each candidate is asked for.
 */

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
};

/** The sysctls that may tell a counter, the likelier first; none where no release has one. */
export function truthCandidates(symbol: string, cellOffset: number, member: string | undefined): Truth[] {
  const array = ARRAYS[symbol];
  if (array !== undefined) return [{ sysctl: array, offset: cellOffset }];
  const names =
    symbol === 'vm_cnt'
      ? member === undefined
        ? []
        : [`vm.stats.sys.${member}`, `vm.stats.vm.${member}`]
      : [...(symbol in SINGLES ? [SINGLES[symbol]!] : []), `vfs.cache.${symbol}`, `vfs.${symbol}`];
  return names.map((sysctl) => ({ sysctl, offset: 0 }));
}
