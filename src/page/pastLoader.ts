/** Asks the exporter how the rows went before the page was opened, and while it did not look. */
import type { PastHead } from '../live/messages.js';
import { readPast } from './past.js';

/** Milliseconds after which it is asked again where it did not know the rows yet: it looks at them every few seconds. */
const AGAIN = 1500;
const MOST_TRIES = 5;

export class PastLoader {
  private asking: AbortController | undefined;
  private timer: number | undefined;

  /** @param take called with what it answered */
  constructor(private readonly take: (head: PastHead, values: Float32Array) => void) {}

  /** Asks for what is wanted now, in place of what was wanted before. */
  load(layout: string, { seconds, points }: { readonly seconds: number; readonly points: number }, tries = 1): void {
    this.asking?.abort();
    clearTimeout(this.timer);
    const asking = new AbortController();
    this.asking = asking;
    const url = new URL('-/history', document.baseURI);
    url.hash = '';
    url.search = new URLSearchParams({ layout, seconds: String(seconds), points: String(points) }).toString();
    fetch(url, { signal: asking.signal })
      .then((response) => (response.ok ? response.arrayBuffer() : undefined))
      .then((bytes) => {
        const past = bytes === undefined ? undefined : readPast(bytes);
        if (past?.head.layout === layout) this.take(past.head, past.values);
        else if (tries < MOST_TRIES && !asking.signal.aborted) {
          this.timer = setTimeout(() => {
            this.load(layout, { seconds, points }, tries + 1);
          }, AGAIN);
        }
      })
      // Why nothing comes, the stream says.
      .catch(() => undefined);
  }
}
