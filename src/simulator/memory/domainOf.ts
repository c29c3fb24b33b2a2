/** Memory domains (NUMA): two on a host of eight CPUs and more, each with half of them. */
import type { KernelImage } from './kernelImage.js';

type Host = Pick<KernelImage, 'present'>;

export function domainCount({ present }: Host): 1 | 2 {
  return present.length >= 8 ? 2 : 1;
}

export function domainOf(host: Host, cpu: number): 0 | 1 {
  return domainCount(host) === 2 && host.present.indexOf(cpu) >= host.present.length / 2 ? 1 : 0;
}
