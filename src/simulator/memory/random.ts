/** Numbers that look random and are the same each time, so that a spec always gives the same image. */
export class Random {
  constructor(private state: number) {}

  /** 32 random bits (mulberry32). */
  bits(): number {
    this.state = (this.state + 0x6d2b_79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** From `low` up to, not including, `high`. */
  between(low: number, high: number): number {
    return low + (this.bits() / 2 ** 32) * (high - low);
  }
}
