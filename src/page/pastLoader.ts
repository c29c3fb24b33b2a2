/** Asks the exporter how the rows went before the page was opened, and while it did not look. */
import type { PastHead } from '../live/messages.js';

/** What is asked for of the past of a layout. */
export interface PastWanted {
  readonly layout: string;
  readonly seconds: number;
  readonly points: number;
}

export type PastAnswer = { readonly head: PastHead; readonly values: Float32Array } | undefined;

/** Milliseconds after which it is asked again: where lists change, or where it did not know the rows yet. It looks at them every few seconds. */
const AGAIN = 5000;
const MOST_TRIES = 5;

export class PastLoader {
  private asking: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private askedAt = -Infinity;
  private tries = 0;

  /**
   * @param wanted gives what is lacking, when it is asked for; undefined where nothing is
   * @param take called with what it answered
   * @param get asks for it; undefined where nothing is known
   */
  constructor(
    private readonly wanted: () => PastWanted | undefined,
    private readonly take: (head: PastHead, values: Float32Array) => void,
    private readonly get: (wanted: PastWanted, signal: AbortSignal) => Promise<PastAnswer>,
  ) {}

  /** Asks for what is wanted: now, where the user waits for it, else when it was not asked for lately. */
  load(isUrgent = false): void {
    this.tries = 0;
    const wait = this.askedAt + AGAIN - performance.now();
    if (isUrgent || wait <= 0) this.ask();
    else this.askIn(wait);
  }

  private askIn(ms: number): void {
    this.timer ??= setTimeout(() => {
      this.ask();
    }, ms);
  }

  private ask(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const wanted = this.wanted();
    if (wanted === undefined) return;
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.askedAt = performance.now();
    this.tries++;
    this.get(wanted, asking.signal)
      .then((past) => {
        if (asking.signal.aborted) return;
        if (past?.head.layout === wanted.layout) this.take(past.head, past.values);
        else if (this.tries < MOST_TRIES) this.askIn(AGAIN);
      })
      // Why nothing comes, the stream says.
      .catch(() => undefined);
  }
}
