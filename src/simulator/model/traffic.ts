/**
 * How fast every counter of the simulated host moves: a web server with a 25 GbE card under changing load. What is not listed moves
 * rarely; what `atRest` matches never does.
 */
import { zfsActivityOf } from './zfsTraffic.js';

/**
 * Which CPUs do a kind of work: `even` all of them about alike; `rx` the few that serve the card's receive queues; `tx` all, unevenly;
 * `hot` mostly one at a time; `house` CPU 0, which has the clock and the housekeeping.
 */
export const cpuClasses = ['even', 'rx', 'tx', 'hot', 'house'] as const;
export type CpuClass = (typeof cpuClasses)[number];

export interface Activity {
  /** Events per second, all CPUs together, at load 1. */
  readonly rate: number;
  readonly cpuClass: CpuClass;
  /** For a gauge: what its sum stays near. */
  readonly level?: number;
}

/** `stathz`: how often a second the statistics clock looks what a CPU does. */
export const STATISTICS_HZ = 127;

/** By mode, in the order of `CP_USER` to `CP_INTR` of <sys/resource.h>, the part of a CPU's time at load 1. In the rest, `CP_IDLE`, it is idle. */
export const busyModes: readonly { readonly part: number; readonly cpuClass: CpuClass }[] = [
  { part: 0.22, cpuClass: 'hot' },
  { part: 0.01, cpuClass: 'hot' },
  { part: 0.13, cpuClass: 'tx' },
  { part: 0.04, cpuClass: 'rx' },
];

type Rates = Readonly<Record<string, readonly [rate: number, cpuClass: CpuClass]>>;

/** How long the host has been up when it is started: long enough that byte counters are above 2^53. */
export const UPTIME_SECONDS = 47 * 86_400 + 5 * 3600 + 1234;

const tcp: Rates = {
  connattempt: [41, 'tx'],
  accepts: [903, 'rx'],
  connects: [938, 'rx'],
  drops: [6, 'rx'],
  conndrops: [2, 'house'],
  closed: [941, 'rx'],
  segstimed: [211_000, 'tx'],
  rttupdated: [205_000, 'rx'],
  delack: [3140, 'even'],
  rexmttimeo: [18, 'even'],
  keeptimeo: [6, 'even'],
  keepprobe: [5, 'even'],
  sndtotal: [2_040_000, 'tx'],
  sndpack: [1_870_000, 'tx'],
  sndbyte: [2.71e9, 'tx'],
  sndrexmitpack: [412, 'tx'],
  sndrexmitbyte: [596_000, 'tx'],
  sndrexmitbad: [9, 'rx'],
  sndacks: [163_000, 'rx'],
  sndwinup: [4200, 'tx'],
  sndctrl: [2900, 'tx'],
  rcvtotal: [1_020_000, 'rx'],
  rcvpack: [541_000, 'rx'],
  rcvbyte: [4.12e8, 'rx'],
  rcvduppack: [131, 'rx'],
  rcvdupbyte: [95_000, 'rx'],
  rcvpartduppack: [2, 'rx'],
  rcvpartdupbyte: [910, 'rx'],
  rcvoopack: [262, 'rx'],
  rcvoobyte: [342_000, 'rx'],
  rcvbyteafterwin: [12, 'rx'],
  rcvafterclose: [5, 'rx'],
  rcvdupack: [5240, 'rx'],
  rcvackpack: [612_000, 'rx'],
  rcvackbyte: [2.708e9, 'rx'],
  rcvwinupd: [21_300, 'rx'],
  predack: [388_000, 'rx'],
  preddat: [219_000, 'rx'],
  cachedrtt: [702, 'rx'],
  cachedrttvar: [702, 'rx'],
  cachedssthresh: [61, 'rx'],
  usedrtt: [655, 'rx'],
  usedrttvar: [655, 'rx'],
  usedssthresh: [48, 'rx'],
  mturesent: [0.4, 'rx'],
  listendrop: [0.9, 'rx'],
  sc_added: [911, 'rx'],
  sc_retransmitted: [6, 'house'],
  sc_dupsyn: [3, 'rx'],
  sc_completed: [903, 'rx'],
  sc_reset: [5, 'rx'],
  // With net.inet.tcp.syncookies=1, the default, one is made for each SYN.
  sc_sendcookie: [911, 'rx'],
  sc_stale: [2, 'house'],
  hc_added: [71, 'rx'],
  sack_recovery_episode: [88, 'rx'],
  sack_rexmits: [241, 'rx'],
  sack_rexmit_bytes: [349_000, 'rx'],
  sack_rcv_blocks: [1910, 'rx'],
  sack_send_blocks: [487, 'rx'],
  sack_lostrexmt: [3, 'rx'],
  ecn_ect0: [91_000, 'rx'],
  ecn_ce: [14, 'rx'],
  ecn_shs: [44, 'rx'],
  dsack_count: [21, 'rx'],
  dsack_bytes: [29_000, 'rx'],
  dsack_tlp_bytes: [1900, 'rx'],
  tw_recycles: [7, 'rx'],
  tw_resets: [2, 'rx'],
  tw_responds: [4, 'rx'],
};

const others: Readonly<Record<string, Rates>> = {
  udpstat: {
    udps_ipackets: [48_200, 'rx'],
    udps_noport: [3, 'rx'],
    udps_noportbcast: [1, 'rx'],
    udps_fullsock: [0.6, 'rx'],
    udps_nosum: [2, 'rx'],
    udps_opackets: [51_300, 'tx'],
    udps_noportmcast: [0.8, 'rx'],
  },
  ipstat: {
    ips_total: [1_064_000, 'rx'],
    ips_delivered: [1_063_000, 'rx'],
    ips_localout: [2_081_000, 'tx'],
    ips_fragments: [12, 'rx'],
    ips_reassembled: [5, 'rx'],
    ips_fragmented: [3, 'tx'],
    ips_ofragments: [7, 'tx'],
    ips_noroute: [0.3, 'tx'],
    ips_odropped: [1.2, 'tx'],
    ips_notmember: [0.6, 'rx'],
    ips_cantforward: [0.8, 'rx'],
  },
  ip6stat: {
    ip6s_total: [21_400, 'rx'],
    ip6s_delivered: [21_200, 'rx'],
    ip6s_localout: [34_100, 'tx'],
    ip6s_m1: [19_800, 'rx'],
    ip6s_mext1: [1500, 'rx'],
    'ip6s_nxthist[6]': [18_900, 'rx'],
    'ip6s_nxthist[17]': [2300, 'rx'],
    'ip6s_nxthist[58]': [160, 'rx'],
    ip6s_notmember: [0.4, 'rx'],
    'ip6s_m2m[1]': [90, 'rx'],
    'ip6s_sources_sameif[14]': [31, 'tx'],
    'ip6s_sources_rule[8]': [12, 'tx'],
  },
  icmpstat: {
    icps_error: [3, 'rx'],
    icps_reflect: [11, 'rx'],
    'icps_outhist[0]': [11, 'rx'],
    'icps_outhist[3]': [3, 'rx'],
    'icps_outhist[11]': [0.05, 'rx'],
    'icps_inhist[0]': [4, 'rx'],
    'icps_inhist[3]': [6, 'rx'],
    'icps_inhist[8]': [11, 'rx'],
    'icps_inhist[11]': [0.7, 'rx'],
  },
  icmp6stat: {
    icp6s_error: [0.4, 'rx'],
    'icp6s_outhist[135]': [4, 'house'],
    'icp6s_outhist[136]': [5, 'rx'],
    'icp6s_outhist[129]': [2, 'rx'],
    'icp6s_inhist[128]': [2, 'rx'],
    'icp6s_inhist[134]': [0.2, 'rx'],
    'icp6s_inhist[135]': [5, 'rx'],
    'icp6s_inhist[136]': [4, 'rx'],
    icp6s_reflect: [2, 'rx'],
  },
  arpstat: {
    txrequests: [2, 'house'],
    txreplies: [9, 'rx'],
    rxrequests: [14, 'rx'],
    rxreplies: [2, 'rx'],
    received: [16, 'rx'],
    dropped: [0.1, 'rx'],
    timeouts: [0.2, 'house'],
  },
  rtstat: { rts_unreach: [0.2, 'tx'] },
  vm_cnt: {
    v_swtch: [412_000, 'hot'],
    v_trap: [28_400, 'hot'],
    v_syscall: [690_000, 'hot'],
    v_intr: [171_000, 'rx'],
    v_soft: [14_200, 'house'],
    v_vm_faults: [27_300, 'hot'],
    v_io_faults: [4, 'hot'],
    v_cow_faults: [3900, 'hot'],
    v_cow_optim: [2, 'hot'],
    v_zfod: [11_800, 'hot'],
    v_ozfod: [1, 'hot'],
    v_vnodein: [52, 'even'],
    v_vnodeout: [9, 'house'],
    v_vnodepgsin: [610, 'even'],
    v_vnodepgsout: [130, 'house'],
    v_reactivated: [12, 'house'],
    v_pdwakeups: [0.1, 'house'],
    v_dfree: [12, 'house'],
    v_pfree: [9100, 'hot'],
    v_tfree: [24_100, 'hot'],
    v_forks: [21, 'hot'],
    v_vforks: [9, 'hot'],
    v_kthreads: [0.01, 'house'],
    v_forkpages: [6100, 'hot'],
    v_vforkpages: [11_000, 'hot'],
  },
  sfstat: {
    sf_syscalls: [31_000, 'tx'],
    sf_noiocnt: [29_500, 'tx'],
    sf_iocnt: [1500, 'tx'],
    sf_pages_read: [9400, 'tx'],
    sf_pages_valid: [610_000, 'tx'],
    sf_rhpages_requested: [8800, 'tx'],
    sf_rhpages_read: [7100, 'tx'],
    sf_busy: [12, 'tx'],
  },
  cryptostats: { cs_ops: [81_000, 'tx'], cs_intrs: [0.6, 'house'], cs_rets: [81_000, 'tx'] },
  carpstats: { carps_ipackets: [2, 'rx'], carps_opackets: [1, 'house'], carps_ipackets6: [1, 'rx'] },
  // A tunnel of ESP with AES-GCM to another site.
  ipsec4stat: { ips_mbinserted: [900, 'tx'], ips_input_middle: [850, 'rx'], ips_input_end: [0.4, 'rx'] },
  espstat: {
    esps_input: [850, 'rx'],
    esps_output: [900, 'tx'],
    esps_ibytes: [410_000, 'rx'],
    esps_obytes: [730_000, 'tx'],
    'esps_hist[20]': [1750, 'even'],
  },
  pfkeystat: {
    out_total: [0.3, 'house'],
    out_bytes: [41, 'house'],
    'out_msgtype[3]': [0.1, 'house'],
    in_total: [0.5, 'house'],
    in_bytes: [66, 'house'],
    'in_msgtype[3]': [0.2, 'house'],
  },
  names: {
    dothits: [38, 'hot'],
    dotdothits: [210, 'hot'],
    nummiss: [940, 'hot'],
    nummisszap: [51, 'hot'],
    numposzaps: [33, 'hot'],
    numposhits: [92_000, 'hot'],
    numnegzaps: [14, 'hot'],
    numneghits: [7900, 'hot'],
    numfullpathcalls: [61, 'even'],
    numfullpathfound: [60, 'even'],
    numfullpathfail2: [0.4, 'even'],
    buffreekvacnt: [3, 'house'],
    bufdefragcnt: [0.2, 'house'],
    getnewbufcalls: [310, 'even'],
    neg_created: [290, 'hot'],
    neg_evicted: [280, 'hot'],
    vnodes_created: [44, 'hot'],
    recycles_count: [40, 'house'],
    recycles_free_count: [31, 'house'],
    direct_recycles_free_count: [9, 'hot'],
    block_count: [3, 'house'],
    migrate_count: [1, 'house'],
    turnstile_count: [0.1, 'house'],
    switch_count: [2, 'house'],
    epoch_call_count: [1140, 'rx'],
    epoch_call_task_count: [310, 'rx'],
    ktls_offload_total: [690, 'rx'],
    ktls_offload_enable_calls: [690, 'rx'],
  },
};

/** Gauges by name, with what their sum stays near. */
const gauges: Readonly<Record<string, Activity>> = {
  'tcps_states[0]': { rate: 2, cpuClass: 'rx', level: 3 },
  'tcps_states[1]': { rate: 0.2, cpuClass: 'house', level: 42 },
  'tcps_states[2]': { rate: 40, cpuClass: 'tx', level: 9 },
  'tcps_states[3]': { rate: 880, cpuClass: 'rx', level: 61 },
  'tcps_states[4]': { rate: 900, cpuClass: 'rx', level: 18_400 },
  'tcps_states[5]': { rate: 410, cpuClass: 'rx', level: 204 },
  'tcps_states[6]': { rate: 390, cpuClass: 'rx', level: 88 },
  'tcps_states[7]': { rate: 6, cpuClass: 'rx', level: 4 },
  'tcps_states[8]': { rate: 400, cpuClass: 'rx', level: 57 },
  'tcps_states[9]': { rate: 380, cpuClass: 'rx', level: 731 },
  'tcps_states[10]': { rate: 850, cpuClass: 'rx', level: 24_900 },
  'vm_cnt.v_wire_count': { rate: 5400, cpuClass: 'hot', level: 1_284_000 },
  'vm_cnt.v_nofree_count': { rate: 0.1, cpuClass: 'house', level: 31_400 },
  numcachehv: { rate: 480, cpuClass: 'hot', level: 412_000 },
  bufkvaspace: { rate: 900_000, cpuClass: 'even', level: 1_610_612_736 },
  ktls_tasks_active: { rate: 690, cpuClass: 'rx', level: 11_200 },
  ktls_cnt_tx_pending: { rate: 3100, cpuClass: 'tx', level: 40 },
  ktls_cnt_tx_queued: { rate: 3100, cpuClass: 'tx', level: 22 },
  ktls_cnt_rx_queued: { rate: 900, cpuClass: 'rx', level: 8 },
  ktls_offload_active: { rate: 690, cpuClass: 'rx', level: 11_200 },
  ktls_sw_cbc: { rate: 12, cpuClass: 'rx', level: 190 },
  ktls_sw_gcm: { rate: 660, cpuClass: 'rx', level: 10_600 },
  ktls_sw_chacha20: { rate: 30, cpuClass: 'rx', level: 410 },
};

/** Members that FreeBSD 14 and 15 still have and no longer count. */
const unused =
  /^(tcps_(minmssdrops|pcbcachemiss|sc_cacheoverflow)|udp(ps_pcb(cache|hash)miss|s_fastout)|rts_(wildcard|badredirect|newgateway)|ip6s_(cantfrag|rawout)|icps_oldshort|carps_(badaddrs|ostates|preempt)|ips_(in_(nomem|inval)|out_(nomem|noroute)|clcopied)|(esp|ah|ipcomp)s_(badkcr|invalid|tunnel)|sockerr|v_pdpages)$/;

/**
 * At rest on purpose, as on a healthy host: reserved slots, signatures (TCP-MD5 is off), swapping, unused ICMP and extension-header
 * types, ktls in hardware, wrong lengths and versions. `sim_rest` is a counter that is 0 and stays so.
 */
const atRest =
  /^_|spare|_pad|reserved|_sig_|(hist|msgtype)\[|badoff|rcvshort|zonefail|badvers|badhlen|toosmall|swap|sndurg|m2m\[|sources_|ktls_(ifnet|toe)|ktls_.*(corrupt|failed)|icp6errs|symlinktoobig|sim_rest|rforkpages|v_rforks|kthreadpages|cs_k|overflow|rts_.*failure/;

/** By symbol, then by member: a kernel has thousands of both. */
const known = new Map<string, Map<string, Activity>>();

/** `symbol` with `member` (a struct's member, or `[3]`); the member is empty for a counter by itself. */
export function activityOf(symbol: string, member: string): Activity {
  let ofSymbol = known.get(symbol);
  if (ofSymbol === undefined) known.set(symbol, (ofSymbol = new Map<string, Activity>()));
  let activity = ofSymbol.get(member);
  if (activity === undefined) ofSymbol.set(member, (activity = findActivity(symbol, member)));
  return activity;
}

function findActivity(symbol: string, member: string): Activity {
  const full = member.startsWith('[') || member === '' ? symbol + member : `${symbol}.${member}`;
  const gauge = gauges[full];
  if (gauge !== undefined) return gauge;
  const ofZfs = zfsActivityOf(symbol, member);
  if (ofZfs !== undefined) return ofZfs;
  const listed =
    symbol === 'tcpstat' ? tcp[member.replace(/^tcps_/, '')] : (others[symbol]?.[member] ?? others['names']?.[full]);
  if (listed !== undefined) return { rate: listed[0], cpuClass: listed[1] };
  const made = /^sim_counter_(\d+)$/.exec(symbol);
  if (made !== null) return madeUp(Number(made[1]));
  if (unused.test(member) || atRest.test(full) || (member !== '' && atRest.test(member)))
    return { rate: 0, cpuClass: 'even' };
  return { rate: 0.03 + (hash(full) % 40) / 100, cpuClass: 'even' };
}

/** From one a second to a million; every 32nd is at rest, alternately at 0 and at what it had counted before. */
function madeUp(index: number): Activity {
  const cpuClass = cpuClasses[index % cpuClasses.length]!;
  if (index % 32 === 31) return { rate: 0, cpuClass };
  return { rate: Math.round(10 ** (((index * 7) % 31) / 5)), cpuClass };
}

function hash(text: string): number {
  let value = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x0100_0193) >>> 0;
  return value;
}
