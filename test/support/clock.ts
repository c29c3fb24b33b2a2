/** The time by which limits are kept and files looked at again, which passes only when a test says so. */
import { mock } from 'node:test';

/** While there is one, performance.now() stands still, and no setInterval() runs down. Sockets, and setTimeout(), go on. */
export class Clock {
  /** A whole number: added up, steps of milliseconds are no more than they say. */
  private at = Math.ceil(performance.now());
  private readonly now = mock.method(performance, 'now', () => this.at);

  constructor() {
    mock.timers.enable({ apis: ['setInterval'] });
  }

  /** @param step milliseconds that pass without anything else being done: all at once, as where the event loop is held up, or fewer */
  pass(milliseconds: number, step: number): void {
    for (let left = milliseconds; left > 0; left -= step) {
      const now = Math.min(step, left);
      this.at += now;
      mock.timers.tick(now);
    }
  }

  restore(): void {
    this.now.mock.restore();
    mock.timers.reset();
  }
}
