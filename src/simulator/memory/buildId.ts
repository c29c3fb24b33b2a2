import { createHash } from 'node:crypto';
import type { KernelImage } from './kernelImage.js';

/** The kernel's identity: 20 bytes in hexadecimal, the same for the same spec and the same structs. */
export function buildId({ spec, symbols }: Pick<KernelImage, 'spec' | 'symbols'>): string {
  const members = symbols.map(({ model }) => model?.layout?.members.map(({ name }) => name));
  return createHash('sha1')
    .update(JSON.stringify([spec, members]))
    .digest('hex');
}
