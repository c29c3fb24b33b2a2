/** Calls of the library that fail, stop short or lie, as they do on a live system. */
import type { Clocks } from './clock.js';
import type { CallName, Fault } from './hook.js';
import type { Random } from './random.js';

/** How likely a fault is, for each call. */
export interface FaultRates {
  readonly reading: number;
  readonly lookingUp: number;
  /** Reads that are torn in two, or slow: those give the right values, only later. */
  readonly delays: number;
}

/** errno values that a look-up may end with where nothing is known of the symbol: the same numbers on FreeBSD, Linux and macOS. */
const LOOK_UP_ERRORS = { EPERM: 1, EINTR: 4, ENOMEM: 12, EMFILE: 24 } as const;
const EFAULT = 14;
const EIO = 5;
/** Milliseconds that a slow call really takes. */
const SLOW = 2;

export class Faults {
  readonly counts = new Map<string, number>();
  trace: string[] = [];
  /** Faults of the scrape under way. */
  reading = 0;
  lookingUp = 0;
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));

  constructor(
    private readonly random: Random,
    private readonly clocks: Pick<Clocks, 'pass'>,
  ) {}

  begin(): void {
    this.trace = [];
    this.reading = 0;
    this.lookingUp = 0;
  }

  /** What is to happen to a call of the library. */
  choose(call: CallName, length: number, rates: FaultRates): Fault | undefined {
    switch (call) {
      case 'read':
        return this.ofRead(length, rates);
      case 'readZpcpu':
        if (!this.random.chance(rates.reading / 2)) return undefined;
        this.reading++;
        return this.noted(call, this.random.chance(0.5) ? { kind: 'count', argument: 0 } : this.failure(EFAULT));
      case 'fetch':
        if (!this.random.chance(rates.reading / 2)) return undefined;
        this.reading++;
        return this.noted(call, { kind: 'fail', argument: EFAULT });
      case 'nlist':
        if (!this.random.chance(rates.lookingUp)) return undefined;
        this.lookingUp++;
        return this.noted(call, this.random.chance(0.5) ? { kind: 'count', argument: 0 } : this.failure(EFAULT));
      case 'kldsym':
      case 'kldnext':
      case 'kldstat':
      case 'sysctl':
      case 'sysctlNumber': {
        if (!this.random.chance(rates.lookingUp)) return undefined;
        this.lookingUp++;
        const [name, errno] = this.random.pick(Object.entries(LOOK_UP_ERRORS));
        return this.noted(`${call} ${name}`, { kind: 'fail', argument: errno });
      }
      case 'getpcpu':
        return undefined;
    }
  }

  private ofRead(length: number, { reading, delays }: FaultRates): Fault | undefined {
    const { random } = this;
    if (random.chance(delays)) {
      if (random.chance(0.01)) {
        this.clocks.pass(SLOW);
        Atomics.wait(this.sleeper, 0, 0, SLOW);
        return this.noted('read slow', undefined);
      }
      if (length > 8) return this.noted('read torn', { kind: 'split', argument: 8 * random.below(length / 8) });
    }
    if (!random.chance(reading)) return undefined;
    this.reading++;
    switch (random.below(5)) {
      case 0:
        return this.noted('read', { kind: 'short', argument: 1 + random.below(length) });
      case 1:
        return this.noted('read wrong count', { kind: 'count', argument: random.pick([0, length - 1, length + 8]) });
      default:
        return this.noted('read', this.failure(random.pick([EFAULT, EFAULT, EIO])));
    }
  }

  private failure(errno: number): Fault {
    return { kind: this.random.chance(0.7) ? 'fail' : 'mute', argument: errno };
  }

  private noted(call: string, fault: Fault | undefined): Fault | undefined {
    const text =
      fault === undefined || call.includes('torn') || call.includes('count') ? call : `${call} ${fault.kind}`;
    this.counts.set(text, (this.counts.get(text) ?? 0) + 1);
    this.trace.push(`${text} ${fault?.argument ?? ''}`);
    return fault;
  }
}
