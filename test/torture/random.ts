/** Random numbers that a seed decides (mulberry32), so that what went wrong can be brought about again. */
export class Random {
  private state: number;

  /** Different parts of one run get numbers of their own by different `parts`. */
  constructor(...parts: readonly (number | string)[]) {
    let state = 0x811c9dc5;
    for (const character of parts.join('/')) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
    this.state = state;
  }

  /** 32 bits, unsigned. */
  bits(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor((this.bits() / 0x1_0000_0000) * end);
  }

  chance(probability: number): boolean {
    return this.bits() < probability * 0x1_0000_0000;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  bits64(): bigint {
    return (BigInt(this.bits()) << 32n) | BigInt(this.bits());
  }
}
