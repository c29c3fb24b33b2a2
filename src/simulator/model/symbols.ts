/** Which data symbols the simulated kernel and its modules have, and the C type of each: a description, not yet in any memory. */
import type { SimulatorSpec } from '../spec.js';
import { profileOf, type Profile, type Release } from '../profiles.js';
import {
  array,
  char,
  cInt,
  counterU64,
  forward,
  long,
  pcpuStat,
  pointer,
  typedef,
  uInt,
  uint32,
  ulong,
  unsigned,
  voidPointer,
  type CType,
  type StructType,
} from './ctypes.js';
import { bpfSymbols } from './bpfTypes.js';
import * as cpu from './cpuTypes.js';
import { epoch, MOST_EPOCHS } from './epochTypes.js';
import type { FileName } from './files.js';
import { structOf } from './fromLayouts.js';
import * as interfaces from './interfaceTypes.js';
import { identitySymbols } from './identityTypes.js';
import { ipFwChain } from './ipfwTypes.js';
import * as jails from './jailTypes.js';
import { sparesType } from '../memory/spareStacks.js';
import { secashead } from './ipsecTypes.js';
import * as kernel from './kernelTypes.js';
import { memorySymbols } from './memorySymbols.js';
import * as net from './netTypes.js';
import * as pf from './pfTypes.js';
import { listHead, tailqHead } from './queues.js';
import { ribHead } from './routeTypes.js';
import { socketSymbols } from './socketSymbols.js';
import { isSingleCounter, PLAIN_SINCE_15 } from './singleCounters.js';
import { zfsSymbols } from './zfsTypes.js';

/** `vnet` and `dpcpu` symbols are named vnet_entry_NAME and pcpu_entry_NAME, and have a copy in each vnet or for each CPU. */
export type Section = 'data' | 'vnet' | 'dpcpu';

export interface DataSymbol {
  readonly name: string;
  readonly type: CType;
  readonly section: Section;
  readonly file: FileName;
  /** The struct whose members an array of counters stands for, slot by slot. */
  readonly layout: StructType | undefined;
  /** What it holds at boot, for a plain scalar or string. */
  readonly value: bigint | string | undefined;
}

/** Ids of CPUs at compile time: the length of every table by CPU id. GENERIC of 15 has as many as others were built with for large machines. */
export function maxCpusOf(spec: SimulatorSpec): number {
  const { release, machine } = profileOf(spec.profile);
  return spec.cpus + spec.absent.length > 256 || (release >= 15 && machine === 'amd64') ? 1024 : 256;
}

/** The kernel's full name with its prefix, as the symbol table has it. */
export function linkName(symbol: Pick<DataSymbol, 'name' | 'section'>): string {
  const prefix = { data: '', vnet: 'vnet_entry_', dpcpu: 'pcpu_entry_' } as const;
  return prefix[symbol.section] + symbol.name;
}

/** What another build of the kernel makes of a struct: of those behind arrays of counters, and in files also of those that are variables. */
export type Rebuilt = (layout: StructType) => StructType;

export function dataSymbols(spec: SimulatorSpec, rebuilt: Rebuilt): DataSymbol[] {
  const symbols = [
    ...machineSymbols(spec),
    ...networkSymbols(spec),
    ...systemSymbols(spec),
    ...memorySymbols(profileOf(spec.profile), maxCpusOf(spec)).map(({ name, type, value }) =>
      symbol(name, type, { value }),
    ),
    ...bpfSymbols(profileOf(spec.profile)).map(({ name, type }) => symbol(name, type)),
    ...socketSymbols(profileOf(spec.profile)).map(({ name, type, section = 'data' as const }) =>
      symbol(name, type, { section }),
    ),
    ...zfsSymbols(profileOf(spec.profile)).map(({ name, type, value }) => symbol(name, type, { file: 'zfs', value })),
    ...trapSymbols(spec),
    ...madeUpCounters(spec),
  ];
  return symbols.map((each) => {
    if (each.layout === undefined) return each;
    const layout = rebuilt(each.layout);
    return { ...each, layout, type: pcpuStat(layout) };
  });
}

function symbol(name: string, type: CType, rest: Partial<DataSymbol> = {}): DataSymbol {
  return { name, type, section: 'data', file: 'kernel', layout: undefined, value: undefined, ...rest };
}

function counters(names: string, rest: Partial<DataSymbol> = {}): DataSymbol[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => symbol(name, counterU64, rest));
}

/** An array of counters laid out by `layout`. */
function statistics(layout: StructType, rest: Partial<DataSymbol> = {}): DataSymbol {
  return symbol(layout.name, pcpuStat(layout), { layout, ...rest });
}

function machineSymbols(spec: SimulatorSpec): DataSymbol[] {
  const profile = profileOf(spec.profile);
  const maxCpus = maxCpusOf(spec);
  const pcpu = cpu.pcpu(profile);
  const own: DataSymbol[] = [
    symbol('mp_maxid', uInt, { value: BigInt(spec.cpus + spec.absent.length - 1) }),
    symbol('mp_maxcpus', cInt, { value: BigInt(maxCpus) }),
    symbol('mp_ncpus', cInt, { value: BigInt(spec.cpus) }),
    symbol('mp_ncores', cInt, { value: BigInt(Math.ceil(spec.cpus / 2)) }),
    symbol('all_cpus', typedef('cpuset_t', array(ulong, maxCpus / 64))),
    symbol('cpuid_to_pcpu', array(pointer(pcpu), maxCpus)),
    symbol('dpcpu_off', array(typedef('uintptr_t', ulong), maxCpus)),
    symbol('vnet0', pointer(kernel.vnet)),
    symbol('vnet_head', listHead('vnet_list_head', kernel.vnet)),
    symbol('prison0', jails.prison(profile.release)),
    symbol('allprison', jails.prisonList(profile.release)),
    symbol('linker_files', kernel.linkerFiles),
    symbol('allproc', pointer(forward('proc'))),
    symbol('dumptid', cInt),
    // Filled where a dump is written: an image does not say where physical memory is.
    symbol('dump_avail', array(typedef('vm_paddr_t', ulong), 128)),
    symbol('vm_page_dump', pointer(profile.release >= 13 ? forward('bitset') : ulong)),
    symbol('hz', cInt, { value: 1000n }),
    symbol('ticks', cInt, { value: -180_431n }),
    symbol('osreldate', cInt, { value: BigInt(profile.osreldate) }),
    symbol('bootverbose', cInt),
    symbol('pagesizes', array(ulong, 3)),
    symbol('physmem', long, { value: 16_711_680n }),
    symbol('maxproc', cInt, { value: 131_072n }),
    symbol('ostype', array(char, 8), { value: 'FreeBSD' }),
    symbol('osrelease', array(char, 32), { value: profile.osrelease }),
    ...identitySymbols(profile).map(({ name, type, value }) => symbol(name, type, { value })),
    symbol('desiredvnodes', ulong, { value: 1_044_480n }),
    symbol('vm_free_count', uInt, { value: 9_204_117n }),
  ];
  // A pointer on amd64 14, the array itself on 12; arm64 has no __pcpu, and CPU 0's struct by name.
  if (profile.machine === 'arm64') own.push(symbol('pcpu0', pcpu));
  else own.push(symbol('__pcpu', profile.offsetByPcpu ? pointer(pcpu) : array(pcpu, maxCpus)));
  return own;
}

function networkSymbols(spec: SimulatorSpec): DataSymbol[] {
  const profile = profileOf(spec.profile);
  const vnet = { section: 'vnet' } as const;
  const rtstat = structOf('rtstat', profile, net.rtstat);
  return [
    statistics(structOf('tcpstat', profile, net.tcpstat), vnet),
    symbol('tcps_states', array(counterU64, 11), vnet),
    ...[
      net.udpstat,
      net.ipstat,
      net.ip6stat,
      net.icmpstat,
      structOf('icmp6stat', profile, net.icmp6stat),
      structOf('arpstat', profile, net.arpstat),
    ].map((layout) => statistics(layout, vnet)),
    profile.release >= 13 ? statistics(rtstat, vnet) : symbol('rtstat', rtstat, vnet),
    ...routeSymbols(profile),
    symbol('pfsyncstats', net.pfsyncstats, vnet),
    symbol('igmpstat', net.igmpstat, vnet),
    symbol('ifnet', interfaces.ifnetHead(profile.release), vnet),
    ...indexSymbols(profile.release),
    symbol('ip_defttl', cInt, { ...vnet, value: 64n }),
    symbol('tcp_recvspace', ulong, { ...vnet, value: 65_536n }),
    statistics(net.carpstats, { ...vnet, file: 'carp' }),
    symbol('carp_allow', cInt, { ...vnet, file: 'carp', value: 1n }),
    symbol('carp_mtx', kernel.mtx, { file: 'carp' }),
    symbol('pf_status', structOf('pf_status', profile, net.pfKstatus), { ...vnet, file: 'pf' }),
    symbol('pf_main_anchor', pf.pfAnchor(profile.release), { ...vnet, file: 'pf' }),
    symbol('pf_anchors', pf.pfAnchors(profile.release), { ...vnet, file: 'pf' }),
    symbol('pf_unlinked_rules', tailqHead('pf_krulequeue', pf.pfRule(profile.release)), { ...vnet, file: 'pf' }),
    symbol('pfi_ifs', pf.pfInterfaces(profile.release), { ...vnet, file: 'pf' }),
    symbol('pfr_ktables', pf.pfTables(profile.release), { ...vnet, file: 'pf' }),
    symbol('layer3_chain', ipFwChain(profile.release), { ...vnet, file: 'ipfw' }),
    // GENERIC has the socket for keys itself (the option IPSEC_SUPPORT), and the rest as a module.
    statistics(net.pfkeystat, vnet),
    ...['ipsec4stat', 'ipsec6stat'].map((name) =>
      symbol(name, pcpuStat(net.ipsecstat), { ...vnet, file: 'ipsec', layout: net.ipsecstat }),
    ),
    ...[net.espstat, net.ahstat, net.ipcompstat].map((layout) => statistics(layout, { ...vnet, file: 'ipsec' })),
    symbol('sahtree', tailqHead('secashead_queue', secashead(profile.release)), { ...vnet, file: 'ipsec' }),
    symbol('pf_end_threads', cInt, { file: 'pf' }),
    symbol('nws', kernel.netisrWorkstream(profile), { section: 'dpcpu' }),
    // In 12 an array by CPU id.
    ...(profile.release >= 13 ? [symbol('tdq', cpu.tdq(profile), { section: 'dpcpu' })] : []),
    symbol('pcputicks', cInt, { section: 'dpcpu', value: 81_204_118n }),
  ];
}

/** In 12 an array of tables whose routes have their gateways themselves. */
function routeSymbols(profile: Profile): DataSymbol[] {
  const vnet = { section: 'vnet' } as const;
  if (profile.release === 12) return [symbol('rt_tables', pointer(forward('rib_head')), vnet)];
  return [
    symbol('rt_tables', pointer(pointer(ribHead(profile))), vnet),
    symbol('_rt_numfibs', uint32, { ...vnet, value: 1n }),
  ];
}

/** The table of interfaces by their index. */
function indexSymbols(release: Release): DataSymbol[] {
  const place = release >= 14 ? {} : ({ section: 'vnet' } as const);
  return [
    symbol('if_index', cInt, place),
    symbol('if_indexlim', cInt, place),
    symbol('ifindex_table', pointer(interfaces.ifindexEntry), place),
  ];
}

function systemSymbols(spec: SimulatorSpec): DataSymbol[] {
  const profile = profileOf(spec.profile);
  const { release } = profile;
  const crypto = structOf('cryptostats', profile, kernel.cryptostats);
  const ofRelease = (names: string): DataSymbol[] =>
    counters(names).filter(({ name }) => isSingleCounter(name, release));
  return [
    symbol(
      'vm_cnt',
      structOf('vm_cnt', profile, () => kernel.vmmeter),
    ),
    statistics(kernel.sfstat),
    release >= 13 ? statistics(crypto) : symbol('cryptostats', crypto),
    ...ofRelease(`numcachehv dothits dotdothits nummiss nummisszap numposzaps numposhits numnegzaps numneghits
      numfullpathcalls numfullpathfail1 numfullpathfail2 numfullpathfail4 numfullpathfound bufkvaspace buffreekvacnt
      bufdefragcnt`),
    symbol('kmemstatistics', pointer(kernel.mallocType(release))),
    symbol('kmemcount', cInt),
    ...ofRelease(`getnewbufcalls getnewbufrestarts mappingrestarts numbufallocfails notbufdflushes
      numdrops symlinktoobig neg_created neg_evicted vnodes_created recycles_count
      recycles_free_count deferred_inact direct_recycles_free_count vnode_skipped_requeues
      ktls_tasks_active ktls_cnt_tx_pending ktls_cnt_tx_queued ktls_cnt_rx_queued ktls_offload_total
      ktls_offload_enable_calls ktls_offload_active ktls_offload_corrupted_records ktls_offload_failed_crypto
      ktls_switch_to_ifnet ktls_switch_to_sw ktls_switch_failed ktls_ifnet_disable_fail ktls_ifnet_disable_ok
      ktls_sw_cbc ktls_sw_gcm ktls_sw_chacha20 ktls_ifnet_cbc ktls_ifnet_gcm ktls_ifnet_chacha20 ktls_ifnet_reset
      ktls_ifnet_reset_dropped ktls_ifnet_reset_failed ktls_toe_cbc ktls_toe_gcm ktls_toe_chacha20`),
    // Plain numbers now. On amd64 this one would be a zpcpu pointer, too: to what is in CPU 1's struct pcpu.
    ...counters('block_count migrate_count turnstile_count switch_count epoch_call_count epoch_call_task_count'),
    symbol('global_epoch', pointer(epoch(profile))),
    ...(release >= 13 ? [symbol('epoch_array', array(epoch(profile), MOST_EPOCHS))] : []),
    ...(release >= 15 ? PLAIN_SINCE_15.map((name) => symbol(name, ulong, { value: 4208n })) : []),
  ];
}

/** Made-up objects for what real ones show only in rare moments: see kernelImage.ts for what each cell holds. */
function trapSymbols(spec: SimulatorSpec): DataSymbol[] {
  const cell = pointer(kernel.simZpcpu);
  return [
    symbol('sim_early', counterU64),
    symbol('sim_null', counterU64),
    symbol('sim_unmapped', counterU64),
    symbol('sim_rest', counterU64),
    symbol('sim_zpcpu', cell),
    symbol('sim_zpcpu_array', array(cell, 2)),
    symbol('sim_dpcpu', kernel.simDpcpu, { section: 'dpcpu' }),
    symbol('sim_module_dpcpu', kernel.simDpcpu, { section: 'dpcpu', file: 'carp' }),
    symbol('sim_plain', uint32, { value: 0xdead_beefn }),
    symbol('sim_pointer', voidPointer),
    symbol('sim_seed', unsigned, { value: BigInt(spec.counters) }),
    symbol('sim_spares', sparesType),
  ];
}

function madeUpCounters(spec: SimulatorSpec): DataSymbol[] {
  return Array.from({ length: spec.counters }, (_, i) => symbol(`sim_counter_${i}`, counterU64));
}
