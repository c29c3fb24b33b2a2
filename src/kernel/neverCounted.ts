/**
 * Counters that the kernel declares and allocates, and that none of its code counts any more: they stay 0 whatever happens, which says
 * nothing. From the sources of 14-CURRENT, in which no other line names them than their declaration and what reads them.
 */

/** `__FreeBSD_version` of 13.0 and 14.0. */
const RELEASE_13 = 1_300_000;
const RELEASE_14 = 1_400_000;

/** Of IPv4 and of IPv6. */
const IPSEC: readonly string[] = [
  'ips_in_nomem',
  'ips_in_inval',
  'ips_out_nomem',
  'ips_out_noroute',
  'ips_spdcache_hits',
  'ips_spdcache_misses',
  'ips_clcopied',
];

/** Members by symbol, not counted in 14.0 and later; none listed where the symbol is a counter by itself. */
const SINCE_14: Readonly<Record<string, readonly string[]>> = {
  carpstats: ['carps_badaddrs', 'carps_ostates', 'carps_preempt'],
  cryptostats: ['cs_kops', 'cs_kerrs', 'cs_kblocks'],
  icmpstat: ['icps_oldshort'],
  icmp6stat: ['icp6s_overflowdefrtr', 'icp6s_overflowprfx', 'icp6s_overflownndp', 'icp6s_overflowredirect'],
  ip6stat: ['ip6s_cantfrag', 'ip6s_rawout'],
  ipsec4stat: IPSEC,
  ipsec6stat: IPSEC,
  espstat: ['esps_badkcr', 'esps_invalid', 'esps_tunnel'],
  ahstat: ['ahs_badkcr', 'ahs_invalid', 'ahs_tunnel'],
  ipcompstat: ['ipcomps_badkcr', 'ipcomps_invalid'],
  pfkeystat: ['sockerr'],
  ktls_tasks_active: [],
  rtstat: ['rts_wildcard', 'rts_badredirect', 'rts_newgateway', 'rts_add_failure', 'rts_del_failure', 'rts_del_retry'],
  tcpstat: ['tcps_minmssdrops', 'tcps_pcbcachemiss', 'tcps_sc_cacheoverflow'],
  udpstat: ['udpps_pcbcachemiss', 'udpps_pcbhashmiss', 'udps_fastout'],
};

/** Not counted in 13.0 and later. The sysctl vm.stats.vm.v_pdpages tells another sum, of the queues of each memory domain. */
const SINCE_13: Readonly<Record<string, readonly string[]>> = {
  vm_cnt: ['v_pdpages'],
  // On Linux only.
  arc_sums: ['arcstat_memory_throttle_count'],
};

/** `__FreeBSD_version` of 14.0-RELEASE. */
const RELEASED_14 = 1_400_097;

/** Not counted on FreeBSD by OpenZFS 2.0 and 2.1, which 13 and the -CURRENT before 14.0-RELEASE have. */
const BEFORE_14_0: Readonly<Record<string, readonly string[]>> = {
  arc_sums: ['arcstat_memory_direct_count', 'arcstat_memory_indirect_count'],
};

/**
 * True where the kernel declares this counter and never counts it.
 * @param osreldate `__FreeBSD_version` of the kernel
 */
export function isNeverCounted(symbol: string, member: string | undefined, osreldate: number): boolean {
  return (
    (osreldate >= RELEASE_13 && isListed(SINCE_13, symbol, member)) ||
    (osreldate < RELEASED_14 && isListed(BEFORE_14_0, symbol, member)) ||
    (osreldate >= RELEASE_14 && isListed(SINCE_14, symbol, member))
  );
}

function isListed(table: Readonly<Record<string, readonly string[]>>, symbol: string, member = ''): boolean {
  const members = Object.hasOwn(table, symbol) ? table[symbol] : undefined;
  if (members === undefined) return false;
  return members.length === 0 ? member === '' : members.includes(member);
}
