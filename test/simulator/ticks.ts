/** The workload's ticks, each of which moves every busy counter once. */
import type { ImageFile } from '../../src/simulator/image.js';
import { until } from '../support/until.js';

/** Waits until a tick that may be under way now has ended, and one that began later, too. */
export async function untilTicked(image: ImageFile): Promise<void> {
  // The first change may be of the tick that is under way, the second is of the one after, and with the third that has ended.
  for (let tick = 0; tick < 3; tick++) {
    const before = image.counterSum('vm_cnt', 0);
    await until(() => image.counterSum('vm_cnt', 0) !== before, 'the workload moves context switches', 1);
  }
}
