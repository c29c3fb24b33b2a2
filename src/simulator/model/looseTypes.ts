/** Structs that no variable of the kernel is or points to, though its code has pointers to them, so that its file describes them. */
import type { Profile } from '../profiles.js';
import type { StructType } from './ctypes.js';
import { ifmibdata } from './interfaceTypes.js';
import { iflibCtx, iflibTxq, ifmpRing } from './iflibTypes.js';
import { ioapicIntsrc, msiIntsrc } from './interruptTypes.js';
import { elfFile, elfFileOf, mallocTypeInternal } from './kernelTypes.js';
import { socket } from './socketTypes.js';
import { umaZoneDomain } from './umaTypes.js';

export function looseTypes(profile: Profile): StructType[] {
  const both = [
    elfFile(profile.release),
    elfFileOf(profile),
    mallocTypeInternal,
    umaZoneDomain(profile),
    ifmibdata,
    socket(profile),
    iflibCtx(profile),
    iflibTxq(profile),
    ifmpRing(profile),
  ];
  return profile.machine === 'amd64' ? [...both, ioapicIntsrc, msiIntsrc(profile.release)] : both;
}
