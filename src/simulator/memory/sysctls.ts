/** The sysctl(3) nodes of the simulated kernel: where in its memory each finds the truth when it is asked. */
import { counterU64, leavesOf, offsetOf, sizeOf } from '../model/ctypes.js';
import { pcpu } from '../model/cpuTypes.js';
import { timehands, versionText } from '../model/identityTypes.js';
import { busyModes, STATISTICS_HZ } from '../model/traffic.js';
import { buildId } from './buildId.js';
import { domainNodes } from './domains.js';
import { interfaceNodes } from './interfaceSysctls.js';
import { interruptNodes } from './interrupts.js';
import type { KernelImage } from './kernelImage.js';
import { mallocNodes } from './mallocTypes.js';
import type { SysctlNode } from './sysctlNode.js';
import { zoneNodes } from './umaZones.js';
import { zfsNodes } from './zfsSysctls.js';

/** @param bootfile where the kernel file is, or would be */
export function sysctlNodes(image: KernelImage, bootfile: string): SysctlNode[] {
  return [
    ...machineNodes(image, bootfile),
    ...memoryNodes(image),
    ...networkNodes(image),
    ...interfaceNodes(image),
    ...mallocNodes(image),
    ...interruptNodes(image),
    ...zoneNodes(image),
    ...domainNodes(image),
    ...fileSystemNodes(image),
    ...zfsNodes(image),
  ];
}

function constantText(name: string, value: string): SysctlNode {
  return { name, kind: 'constant', bytes: Buffer.from(`${value}\0`) };
}

function constantInt(name: string, value: number): SysctlNode {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return { name, kind: 'constant', bytes };
}

function machineNodes(image: KernelImage, bootfile: string): SysctlNode[] {
  const { profile } = image;
  const memory = (name: string, symbol: string): SysctlNode => ({
    name,
    kind: 'memory',
    source: image.addressOf(symbol),
    count: 4,
  });
  const boottime = Buffer.alloc(16);
  const bintime = image.addressOf('ths') + BigInt(offsetOf(timehands(profile), 'th_boottime'));
  boottime.writeBigUInt64LE(image.memory.load(bintime));
  boottime.writeBigUInt64LE((image.memory.load(bintime + 8n) * 1_000_000n) >> 64n, 8);
  // struct clockinfo of <sys/time.h>: hz, microseconds of a tick, unused, stathz, profhz.
  const clockrate = Buffer.alloc(20);
  for (const [index, value] of [1000, 1000, 0, STATISTICS_HZ, 8128].entries()) clockrate.writeInt32LE(value, 4 * index);
  return [
    constantText('kern.ostype', 'FreeBSD'),
    constantText('kern.osrelease', profile.osrelease),
    constantText('kern.version', versionText(profile)),
    constantText('kern.hostname', 'simulated'),
    memory('kern.osreldate', 'osreldate'),
    constantText('kern.bootfile', bootfile),
    constantText('kern.build_id', buildId(image)),
    { name: 'kern.boottime', kind: 'constant', bytes: boottime },
    { name: 'kern.clockrate', kind: 'constant', bytes: clockrate },
    {
      name: 'kern.cp_times',
      kind: 'cpuTimes',
      source: BigInt(offsetOf(pcpu(profile), 'pc_cp_time')),
      count: (busyModes.length + 1) * (image.maxId + 1),
    },
    constantText('kern.sched.name', 'ULE'),
    memory('kern.smp.maxid', 'mp_maxid'),
    memory('kern.smp.cpus', 'mp_ncpus'),
    memory('kern.smp.maxcpus', 'mp_maxcpus'),
    memory('hw.ncpu', 'mp_ncpus'),
    constantInt('hw.pagesize', profile.pageSize),
    constantText('hw.machine', profile.machine),
    constantText('hw.machine_arch', profile.machineArch),
    constantInt('security.jail.jailed', 0),
  ];
}

function memoryNodes(image: KernelImage): SysctlNode[] {
  const base = image.addressOf('vm_cnt');
  const inSys = new Set(['v_swtch', 'v_trap', 'v_syscall', 'v_intr', 'v_soft']);
  return leavesOf(image.typeOf('vm_cnt')).flatMap(({ path: name, offset, type }): SysctlNode[] => {
    const source = base + BigInt(offset);
    const full = `vm.stats.${inSys.has(name) ? 'sys' : 'vm'}.${name}`;
    // A sum over the page queues: see domains.ts.
    if (name === 'v_pdpages' && image.profile.release > 12) return [];
    if (sizeOf(type) === 4) return [{ name: full, kind: 'memory', source, count: 4 }];
    // Of pages there are now, the kernel tells 32 bits.
    return [{ name: full, kind: 'counters', source, count: 1, width: name.endsWith('_count') ? 4 : 8 }];
  });
}

function networkNodes(image: KernelImage): SysctlNode[] {
  const names: Readonly<Record<string, string>> = {
    'net.inet.tcp.stats': 'tcpstat',
    'net.inet.tcp.states': 'tcps_states',
    'net.inet.udp.stats': 'udpstat',
    'net.inet.ip.stats': 'ipstat',
    'net.inet.icmp.stats': 'icmpstat',
    'net.link.ether.arp.stats': 'arpstat',
    'net.inet6.ip6.stats': 'ip6stat',
    'net.inet6.icmp6.stats': 'icmp6stat',
  };
  const ofHost = { 'kern.ipc.sfstat': 'sfstat' };
  const vnet = Object.entries(names).map(([name, symbol]): SysctlNode => {
    const { values, size } = image.placed(`vnet_entry_${symbol}`);
    return { name, kind: 'counters', source: image.inVnet(values[0], 0), count: size / 8, width: 8 };
  });
  // In 12 the second is of plain 32-bit numbers, which its sysctl tells as they are.
  const plain = image.profile.release > 12 ? { ...ofHost, 'kern.crypto.stats': 'cryptostats' } : ofHost;
  return [
    ...vnet,
    ...moduleNodes(image),
    ...Object.entries(plain).map(([name, symbol]): SysctlNode => {
      const { values, size } = image.placed(symbol);
      return { name, kind: 'counters', source: values[0], count: size / 8, width: 8 };
    }),
  ];
}

/** What modules tell while they are loaded. */
function moduleNodes(image: KernelImage): SysctlNode[] {
  const names: Readonly<Record<string, string>> = {
    'net.inet.carp.stats': 'carpstats',
    'net.inet.ipsec.ipsecstats': 'ipsec4stat',
    'net.inet6.ipsec6.ipsecstats': 'ipsec6stat',
    'net.inet.esp.stats': 'espstat',
    'net.inet.ah.stats': 'ahstat',
    'net.inet.ipcomp.stats': 'ipcompstat',
  };
  return Object.entries(names).map(([name, symbol]) => {
    const { size, file } = image.placed(`vnet_entry_${symbol}`);
    const [source, second] = image.placesOf(symbol).map((place) => image.inVnet(place, 0)) as [bigint, bigint];
    return { name, kind: 'counters', source, count: size / 8, width: 8, module: { file, second } };
  });
}

/** Names of the sysctl that differ from the symbol's, since 13. */
const cacheNames: Readonly<Record<string, string>> = {
  numcachehv: 'heldvnodes',
  numdrops: 'drops',
  dothits: 'dothits',
  dotdothits: 'dotdothis',
  nummiss: 'miss',
  nummisszap: 'misszap',
  numposzaps: 'posszaps',
  numposhits: 'poshits',
  numnegzaps: 'negzaps',
  numneghits: 'neghits',
  numfullpathcalls: 'fullpathcalls',
  numfullpathfail1: 'fullpathfail1',
  numfullpathfail2: 'fullpathfail2',
  numfullpathfail4: 'fullpathfail4',
  numfullpathfound: 'fullpathfound',
  symlinktoobig: 'symlinktoobig',
};

const otherNames: Readonly<Record<string, string>> = {
  'kern.epoch.stats.nblocked': 'block_count',
  'kern.epoch.stats.migrations': 'migrate_count',
  'kern.epoch.stats.ncontended': 'turnstile_count',
  'kern.epoch.stats.switches': 'switch_count',
  'kern.epoch.stats.epoch_calls': 'epoch_call_count',
  'kern.epoch.stats.epoch_call_tasks': 'epoch_call_task_count',
  'vfs.bufkvaspace': 'bufkvaspace',
  'vfs.buffreekvacnt': 'buffreekvacnt',
  'vfs.bufdefragcnt': 'bufdefragcnt',
  'vfs.getnewbufcalls': 'getnewbufcalls',
  'vfs.getnewbufrestarts': 'getnewbufrestarts',
  'vfs.mappingrestarts': 'mappingrestarts',
  'vfs.numbufallocfails': 'numbufallocfails',
  'vfs.notbufdflushes': 'notbufdflushes',
  'vfs.vnodes_created': 'vnodes_created',
  'vfs.recycles': 'recycles_count',
  'vfs.recycles_free': 'recycles_free_count',
  'vfs.deferred_inact': 'deferred_inact',
  'vfs.cache.neg.created': 'neg_created',
  'vfs.cache.neg.evicted': 'neg_evicted',
  'kern.ipc.tls.tasks_active': 'ktls_tasks_active',
  'kern.ipc.tls.stats.sw_tx_pending': 'ktls_cnt_tx_pending',
  'kern.ipc.tls.stats.sw_tx_inqueue': 'ktls_cnt_tx_queued',
  'kern.ipc.tls.stats.sw_rx_inqueue': 'ktls_cnt_rx_queued',
  'kern.ipc.tls.stats.offload_total': 'ktls_offload_total',
  'kern.ipc.tls.stats.enable_calls': 'ktls_offload_enable_calls',
  'kern.ipc.tls.stats.active': 'ktls_offload_active',
  'kern.ipc.tls.stats.corrupted_records': 'ktls_offload_corrupted_records',
  'kern.ipc.tls.stats.failed_crypto': 'ktls_offload_failed_crypto',
  'kern.ipc.tls.stats.switch_to_ifnet': 'ktls_switch_to_ifnet',
  'kern.ipc.tls.stats.switch_to_sw': 'ktls_switch_to_sw',
  'kern.ipc.tls.stats.switch_failed': 'ktls_switch_failed',
  'kern.ipc.tls.stats.ifnet_disable_failed': 'ktls_ifnet_disable_fail',
  'kern.ipc.tls.stats.ifnet_disable_ok': 'ktls_ifnet_disable_ok',
  'kern.ipc.tls.sw.cbc': 'ktls_sw_cbc',
  'kern.ipc.tls.sw.gcm': 'ktls_sw_gcm',
  'kern.ipc.tls.sw.chacha20': 'ktls_sw_chacha20',
  'kern.ipc.tls.ifnet.cbc': 'ktls_ifnet_cbc',
  'kern.ipc.tls.ifnet.gcm': 'ktls_ifnet_gcm',
  'kern.ipc.tls.ifnet.chacha20': 'ktls_ifnet_chacha20',
  'kern.ipc.tls.ifnet.reset': 'ktls_ifnet_reset',
  'kern.ipc.tls.ifnet.reset_dropped': 'ktls_ifnet_reset_dropped',
  'kern.ipc.tls.ifnet.reset_failed': 'ktls_ifnet_reset_failed',
  'kern.ipc.tls.toe.cbc': 'ktls_toe_cbc',
  'kern.ipc.tls.toe.gcm': 'ktls_toe_gcm',
  'kern.ipc.tls.toe.chacha20': 'ktls_toe_chacha20',
};

function fileSystemNodes(image: KernelImage): SysctlNode[] {
  const isOld = image.profile.release === 12;
  const cache = Object.entries(cacheNames).map(([symbol, name]): [string, string] =>
    isOld ? [`vfs.cache.${symbol}`, symbol] : [`vfs.cache.stats.${name}`, symbol],
  );
  return [...cache, ...Object.entries(otherNames)].flatMap(([name, symbol]): SysctlNode[] => {
    if (!image.has(symbol)) return [];
    const type = image.typeOf(symbol);
    const source = image.addressOf(symbol);
    return type === counterU64
      ? [{ name, kind: 'counters', source, count: 1, width: 8 }]
      : [{ name, kind: 'memory', source, count: sizeOf(type) }];
  });
}
