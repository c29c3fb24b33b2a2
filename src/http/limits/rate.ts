/** A token bucket: so many requests at once, and then one for each interval. */
import type { RateLimit } from '../webConfig/webConfig.js';

export class TokenBucket {
  private tokens: number;
  private filledAt = performance.now();

  constructor(readonly limit: RateLimit) {
    this.tokens = limit.burst;
  }

  /** Whether one more request may come now. */
  take(): boolean {
    const now = performance.now();
    const { interval, burst } = this.limit;
    this.tokens = Math.min(burst, this.tokens + (now - this.filledAt) / interval);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
