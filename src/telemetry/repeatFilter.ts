/** Keeps events that repeat from filling the log: of equal ones, one a minute is written, and tells how many were not. */

/** Milliseconds. */
const WINDOW = 60_000;
/** Events that are remembered; beyond it the oldest is forgotten. */
const MOST = 4096;

interface Written {
  readonly at: number;
  suppressed: number;
}

export class RepeatFilter {
  /** By what makes events equal; the one that was written longest ago comes first. */
  private readonly events = new Map<string, Written>();

  /** @param now a clock in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** How many were suppressed since one was written; undefined where this one is to be suppressed, too. */
  admit(event: string): number | undefined {
    const now = this.now();
    const before = this.events.get(event);
    if (before !== undefined && now - before.at < WINDOW) {
      before.suppressed++;
      return undefined;
    }
    this.events.delete(event);
    this.events.set(event, { at: now, suppressed: 0 });
    const [oldest] = this.events.keys();
    if (this.events.size > MOST && oldest !== undefined) this.events.delete(oldest);
    return before?.suppressed ?? 0;
  }
}

/** What fails in the same way again and again, as often as somebody asks. Nothing else repeats by itself, and no change of state is left out. */
const REPEATING = 'request failed';

/** What makes an event equal to others: all that it tells. Undefined where all are to be written. */
export function eventKey(message: string, fields: Readonly<Record<string, unknown>>): string | undefined {
  return message === REPEATING ? JSON.stringify(fields) : undefined;
}
