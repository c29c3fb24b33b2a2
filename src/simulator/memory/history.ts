/** What the counters have counted before the simulator starts: a different share on each CPU, at the rates of model/traffic.ts. */
import { cpuClasses, UPTIME_SECONDS, type Activity, type CpuClass } from '../model/traffic.js';
import type { Memory } from './memory.js';
import type { Random } from './random.js';

/** Per class, the part of the work that each CPU id does; a class's parts add up to 1, and absent ids do none. */
export type CpuWeights = Readonly<Record<CpuClass, Float64Array>>;

export function cpuWeights(present: readonly number[], maxId: number, random: Random): CpuWeights {
  const count = present.length;
  const queues = count <= 4 ? Math.min(count, 2) : Math.min(16, Math.ceil(count / 4));
  const shapes: Readonly<Record<CpuClass, (nth: number) => number>> = {
    even: () => random.between(0.85, 1.15),
    rx: (nth) => (nth < queues ? random.between(0.5, 1.6) : 0.01),
    tx: () => random.between(0.25, 1.75),
    hot: () => random.between(0.6, 1.4),
    house: (nth) => (nth === 0 ? 1 : 0.03 / count),
  };
  const entries = cpuClasses.map((cpuClass): [CpuClass, Float64Array] => {
    const weights = new Float64Array(maxId + 1);
    for (const [nth, id] of present.entries()) weights[id] = shapes[cpuClass](nth);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return [cpuClass, weights.map((weight) => weight / sum)];
  });
  return Object.fromEntries(entries) as Record<CpuClass, Float64Array>;
}

export class History {
  /** Of the counter that is being written: a kernel has ten thousand. */
  private readonly parts: Float64Array;

  constructor(
    private readonly memory: Memory,
    readonly weights: CpuWeights,
    private readonly present: readonly number[],
    private readonly random: Random,
  ) {
    this.parts = new Float64Array(present.length);
  }

  /** Writes the past of one 64-bit value, whose copies lie `stride` bytes apart from `address` on. `extra` comes on top, in all. */
  write(address: bigint, stride: number, activity: Activity, extra = 0): void {
    if (activity.level !== undefined) this.writeGauge(address, stride, activity, activity.level);
    else this.writeCounter(address, stride, activity.cpuClass, activity.rate * UPTIME_SECONDS + extra);
  }

  private writeCounter(address: bigint, stride: number, cpuClass: CpuClass, total: number): void {
    if (total === 0) return;
    const { segment, at } = this.memory.locate(address);
    const bytes = segment.bytes;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at);
    const weights = this.weights[cpuClass];
    // Scattered over the CPUs, but the same in all, so that what belongs together stays in proportion.
    let sum = 0;
    for (const [nth, cpu] of this.present.entries()) {
      const part = weights[cpu]! * this.random.between(0.97, 1.03);
      this.parts[nth] = part;
      sum += part;
    }
    const scale = total / sum;
    for (const [nth, cpu] of this.present.entries()) {
      const value = Math.floor(this.parts[nth]! * scale);
      const word = (cpu * stride) / 4;
      words[word + 1] = Math.floor(value / 2 ** 32);
      // A double has no bits to spare beyond 2^53; counters have.
      words[word] = ((value % 2 ** 32) | (value > 2 ** 40 ? this.random.bits() & 0x3ff : 0)) >>> 0;
    }
  }

  /** Each CPU's part is far from the sum, and about half of the parts are negative. */
  private writeGauge(address: bigint, stride: number, activity: Activity, level: number): void {
    const spread = Math.ceil(activity.rate * 900 + level / 2);
    let rest = BigInt(level);
    for (const [nth, cpu] of this.present.entries()) {
      const isLast = nth === this.present.length - 1;
      const part = isLast ? rest : BigInt(Math.round(this.random.between(-spread, spread)));
      rest -= part;
      this.memory.store(address + BigInt(cpu * stride), part);
    }
  }
}
