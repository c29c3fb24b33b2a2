/** The memory domains of the simulated host: their pages, queues and thresholds, and the sysctls that tell of one or of all. */
import { offsetOf, sizeOf, type CType } from '../model/ctypes.js';
import { pageQueues, vmDomain, vmPagequeue } from '../model/domainTypes.js';
import { UPTIME_SECONDS } from '../model/traffic.js';
import { domainCount } from './domainOf.js';
import type { KernelImage } from './kernelImage.js';
import type { SysctlNode } from './sysctlNode.js';

/** Of all domains together: pages in each queue, and how many of them the page daemon looks at in a second. */
const queues: readonly (readonly [pages: number, scanned: number])[] = [
  [1_904_220, 61],
  [3_402_118, 410],
  [88_214, 0.8],
  [0, 0],
];
const FREE_PAGES = 9_204_117;
const ALL_PAGES = 16_711_680;

/** Thresholds that `vm_cnt` has the sum of, by their names there without `v_`. */
const sums = [
  'free_reserved',
  'free_target',
  'free_min',
  'inactive_target',
  'pageout_free_min',
  'interrupt_free_min',
  'free_severe',
];

export function fillDomains(image: KernelImage): void {
  const { memory, profile } = image;
  const type = vmDomain(profile);
  const count = domainCount(image);
  memory.store(image.addressOf('vm_ndomains'), BigInt(count), 4);
  const names = pageQueues.map((name) => {
    const address = image.heap.reserve(name.length + 1, 8);
    memory.storeText(address, name);
    return address;
  });
  const total = image.addressOf('vm_cnt');
  const counts = image.typeOf('vm_cnt');
  for (let domain = 0; domain < count; domain++) {
    const at = (path: string): bigint => domainMember(image, type, domain, path);
    // The first has what cannot be halved.
    const part = (whole: number): number =>
      domain === 0 ? whole - (count - 1) * Math.floor(whole / 2) : Math.floor(whole / 2);
    memory.store(at('vmd_domain'), BigInt(domain), 4);
    memory.store(at('vmd_page_count'), BigInt(part(ALL_PAGES)), 4);
    memory.store(at('vmd_free_count'), BigInt(part(FREE_PAGES)), 4);
    memory.storeText(at('vmd_name'), String(domain));
    for (const name of sums) {
      const whole = Number(memory.load(total + BigInt(offsetOf(counts, `v_${name}`))) & 0xffff_ffffn);
      memory.store(at(`vmd_${name}`), BigInt(part(whole)), 4);
    }
    memory.store(at('vmd_pageout_wakeup_thresh'), BigInt(part(74_097)), 4);
    for (const [queue, [pages, scanned]] of queues.entries()) {
      const member = (path: string): bigint => at(`vmd_pagequeues[${queue}].${path}`);
      memory.store(member('pq_name'), names[queue] ?? 0n);
      memory.store(member('pq_cnt'), BigInt(part(pages)), 4);
      const rate = scanned / (domain + 1);
      memory.store(member('pq_pdpages'), BigInt(Math.floor(rate * UPTIME_SECONDS)));
      image.values.push({
        address: member('pq_pdpages'),
        stride: 0,
        activity: { rate, cpuClass: 'house' },
        symbol: 'vm_dom',
        index: domain * queues.length + queue,
        file: 'kernel',
        cpu: image.present[0] ?? 0,
        single: true,
      });
    }
  }
}

function domainMember(image: KernelImage, type: CType, domain: number, path: string): bigint {
  return image.addressOf('vm_dom') + BigInt(domain * sizeOf(type) + offsetOf(type, path));
}

/** Each is the sum of a number in every domain, of one queue or of all, and of a counter where one is named. */
export function domainNodes(image: KernelImage): SysctlNode[] {
  const { profile } = image;
  const type = vmDomain(profile);
  const queueSize = sizeOf(vmPagequeue(profile));
  const size = sizeOf(type);
  const sum = (
    name: string,
    path: string,
    width: 4 | 8,
    of: readonly [inner: number, counter: number],
  ): SysctlNode => ({
    name: `vm.stats.vm.${name}`,
    kind: 'sum',
    source: domainMember(image, type, 0, path),
    layout: [width, domainCount(image), size, of[0], queueSize, of[1]],
  });
  const queueOf = (name: string, queue: number): SysctlNode =>
    sum(name, `vmd_pagequeues[${queue}].pq_cnt`, 4, [1, NO_COUNTER]);
  const perDomain = Array.from({ length: domainCount(image) }, (_, domain) => [
    one(image, domain, 'free_count', 'vmd_free_count', 4),
    one(image, domain, 'inactive_target', 'vmd_inactive_target', 4),
    one(image, domain, 'free_target', 'vmd_free_target', 4),
    ...['inact', 'act', 'laund', 'unswpp'].flatMap((short, queue) => [
      one(image, domain, QUEUE_NAMES[queue] ?? '', `vmd_pagequeues[${queue}].pq_cnt`, 4),
      one(image, domain, `${short}pdpgs`, `vmd_pagequeues[${queue}].pq_pdpages`, 8),
    ]),
  ]);
  return [
    { name: 'vm.ndomains', kind: 'memory', source: image.addressOf('vm_ndomains'), count: 4 },
    sum('v_free_count', 'vmd_free_count', 4, [1, NO_COUNTER]),
    queueOf('v_inactive_count', 0),
    queueOf('v_active_count', 1),
    queueOf('v_laundry_count', 2),
    // The counter of this name, too, which 13 and later leave at rest. In 12 it is the counter alone.
    ...(profile.release > 12
      ? [
          sum('v_pdpages', 'vmd_pagequeues[0].pq_pdpages', 8, [
            pageQueues.length,
            offsetOf(image.typeOf('vm_cnt'), 'v_pdpages'),
          ]),
        ]
      : []),
    ...perDomain.flat(),
  ];
}

/** In the place of an offset in `vm_cnt`. */
const NO_COUNTER = 0xffff_ffff;
const QUEUE_NAMES = ['inactive', 'active', 'laundry', 'unswappable'];

function one(image: KernelImage, domain: number, name: string, path: string, count: 4 | 8): SysctlNode {
  const source = domainMember(image, vmDomain(image.profile), domain, path);
  return { name: `vm.domain.${domain}.stats.${name}`, kind: 'memory', source, count };
}
