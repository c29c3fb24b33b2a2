/** Makes what `top` shows: reads the kernel and compares it with the reads before. */
import { copySnapshot } from '../live/snapshotCopy.js';
import { Activity } from '../snapshots/activity/activity.js';
import { Pacer } from '../snapshots/pacer.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Snapshots } from '../snapshots/snapshots.js';
import { Comparison } from './comparison.js';
import { FrameMaker, type Frame } from './series.js';

/** Reads that an average is over. */
export const AVERAGED = 10;

export class FrameReader {
  private readonly activity: Activity;
  private readonly maker: FrameMaker;
  private before: Snapshot | undefined;
  /** One that is no longer needed, whose memory the next copy uses. */
  private spare: Snapshot | undefined;

  /** @param arePartsRead as in FrameMaker */
  constructor(
    private readonly snapshots: Pick<Snapshots, 'use'>,
    intervalMs: number,
    arePartsRead: boolean,
  ) {
    this.activity = new Activity({ intervalMs, windowMs: AVERAGED * intervalMs });
    this.maker = new FrameMaker(arePartsRead);
  }

  /** Rejects where the kernel cannot be read. */
  next(): Promise<Frame> {
    return this.snapshots.use(async (snapshot) => {
      const { activity, before } = this;
      await activity.take(snapshot, new Pacer());
      const comparison = before === undefined ? undefined : new Comparison(before, snapshot);
      const frame = this.maker.make(snapshot, comparison, activity);
      this.before = copySnapshot(snapshot, this.spare);
      this.spare = before;
      return frame;
    });
  }
}
