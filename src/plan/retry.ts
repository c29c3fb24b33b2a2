/** When something that failed is tried again: at once, then after a pause that doubles. */

/** Milliseconds. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/** All times are milliseconds of a clock that is never set, such as performance.now(). */
export class Retry {
  private pause = 0;
  private dueAt = -Infinity;

  isDue(now: number): boolean {
    return now >= this.dueAt;
  }

  /** It was tried again; should it have failed again, the next try waits. */
  tried(now: number): void {
    this.pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * this.pause));
    this.dueAt = now + this.pause;
  }

  succeeded(): void {
    this.pause = 0;
    this.dueAt = -Infinity;
  }
}
