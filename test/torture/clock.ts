/**
 * Clocks that only the torture moves: what depends on the time then depends on the seed alone, minutes pass at once, and the wall clock can
 * be set back while the other one goes on.
 */

/** Milliseconds that go by each time somebody looks at a clock. */
const LOOK = 0.002;

export class Clocks {
  /** What has gone by since they were installed, in milliseconds. */
  private passed = 0;
  /** By how much somebody has set the wall clock, in milliseconds. */
  private set = 0;
  private readonly began = Date.UTC(2026, 0, 1);
  private readonly real = {
    date: Date.now,
    performance: performance.now.bind(performance),
    bigint: process.hrtime.bigint.bind(process.hrtime),
  };

  /** Milliseconds of the clock that nobody sets. */
  get now(): number {
    return this.passed;
  }

  install(): void {
    Date.now = () => Math.floor(this.began + this.set + this.look());
    performance.now = () => this.look();
    process.hrtime.bigint = () => BigInt(Math.round(this.look() * 1e6));
  }

  remove(): void {
    Date.now = this.real.date;
    performance.now = this.real.performance;
    process.hrtime.bigint = this.real.bigint;
  }

  pass(milliseconds: number): void {
    this.passed += milliseconds;
  }

  setWall(milliseconds: number): void {
    this.set += milliseconds;
  }

  private look(): number {
    this.passed += LOOK;
    return this.passed;
  }
}
