/** What memory alone tells of the kernel: its build id, and the time. */
import { buildIdNote } from '../elfWriter.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { timehands } from '../model/identityTypes.js';
import { UPTIME_SECONDS } from '../model/traffic.js';
import { buildId } from './buildId.js';
import type { KernelImage } from './kernelImage.js';

export function fillIdentity(image: KernelImage): void {
  const { memory } = image;
  const note = memory.locate(image.addressOf('__build_id_start'));
  buildIdNote(buildId(image)).copy(note.segment.bytes, note.at);

  const hands = timehands(image.profile);
  const first = image.addressOf('ths');
  const now = BigInt(Math.floor(Date.now() / 1000));
  const booted = now - BigInt(UPTIME_SECONDS);
  memory.store(image.addressOf('timehands'), first);
  memory.store(first + BigInt(offsetOf(hands, 'th_boottime.sec')), booted);
  // A fraction of 2^64.
  memory.store(first + BigInt(offsetOf(hands, 'th_boottime.frac')), 0x3441_1f2c_0000_0000n);
  memory.store(first + BigInt(offsetOf(hands, 'th_offset.sec')), BigInt(UPTIME_SECONDS));
  memory.store(first + BigInt(offsetOf(hands, 'th_generation')), 1n, 4);
  memory.store(first + BigInt(offsetOf(hands, 'th_next')), first + BigInt(sizeOf(hands)));
  memory.store(image.addressOf('time_second'), now);
  memory.store(image.addressOf('time_uptime'), BigInt(UPTIME_SECONDS));
}
