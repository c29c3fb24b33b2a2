/** Sysctls that do not tell what the counters hold. */
import { truthCandidates } from '../../../src/kernel/counterSysctls.js';
import { WORD_BYTES } from '../../../src/kernel/address.js';
import type { Random } from '../../torture/random.js';
import type { Lie, StillKernel } from './stillKernel.js';
import type { Subject } from './world.js';

/** By what is wrong with the answer. */
export const lies: Readonly<Record<string, (truth: Buffer, random: Random) => Buffer | undefined>> = {
  'a sysctl off by one': (truth, random) => {
    const bytes = Buffer.from(truth);
    const delta = random.pick([-1, 1]);
    if (bytes.length < WORD_BYTES) bytes.writeUInt32LE((bytes.readUInt32LE() + delta) >>> 0);
    else {
      const at = WORD_BYTES * random.below(Math.floor(bytes.length / WORD_BYTES));
      bytes.writeBigUInt64LE(BigInt.asUintN(64, bytes.readBigUInt64LE(at) + BigInt(delta)), at);
    }
    return bytes;
  },
  'a sysctl of another length': (truth, random) => {
    const length = Math.max(0, truth.length + random.pick([-8, -4, 4, 8]));
    return Buffer.concat([truth, Buffer.alloc(WORD_BYTES)]).subarray(0, length);
  },
  'a sysctl gone': () => undefined,
};

/** A lie of that kind about one of the symbol's counters; undefined where no sysctl tells any. */
export function lieAbout(
  kernel: StillKernel,
  { truth, entry }: Subject,
  kind: string,
  random: Random,
): Lie | undefined {
  const [offset, { name }] = random.pick([...truth.values]);
  for (const { sysctl } of truthCandidates(entry.symbol, offset, name)) {
    const told = kernel.truth(sysctl);
    if (told !== undefined) return { sysctl, tells: lies[kind]!(told, random) };
  }
  return undefined;
}
