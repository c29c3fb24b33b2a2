/** How long ago whoever asks for documents asked before: of several at their own intervals, the one who asks least often. */
import { LONGEST_WINDOW } from './peaks.js';

/** Clients that are remembered: of more, those that asked last. */
const MOST = 100;

interface Asker {
  at: number;
  /** Milliseconds from the time before to the last one. */
  interval: number;
}

export class Askers {
  private readonly known = new Map<string, Asker>();

  /** @param now milliseconds of a clock that nobody sets */
  asked(client: string, now = performance.now()): void {
    const before = this.known.get(client);
    // The one that asked last is the last.
    this.known.delete(client);
    this.known.set(client, { at: now, interval: before === undefined ? 0 : now - before.at });
    const [first] = this.known.keys();
    if (this.known.size > MOST && first !== undefined) this.known.delete(first);
  }

  /** Milliseconds, of those that have asked within LONGEST_WINDOW, and no more than that. */
  longestInterval(now = performance.now()): number {
    let longest = 0;
    for (const { at, interval } of this.known.values()) {
      if (now - at <= LONGEST_WINDOW) longest = Math.max(longest, Math.min(interval, LONGEST_WINDOW));
    }
    return longest;
  }
}
