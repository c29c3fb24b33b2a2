/** Keeps the stream from the exporter open while the page can be seen, and says why where it cannot be kept open. */
import type { LiveMessages } from '../live/messages.js';
import { ranges } from './ranges.js';

export interface Wanted {
  /** The id of the layout that is known. */
  readonly layout: string | undefined;
  /** Rows whose parts are wanted, ascending. */
  readonly rows: readonly number[];
  /** The row by which the CPUs are coloured, and the id of the CPU whose hot rows are wanted. */
  readonly heat: number | undefined;
  readonly cpu: number | undefined;
  /** How much is to be told of the past of a layout that is not known. */
  readonly past: { readonly seconds: number; readonly points: number } | undefined;
}

type Handlers = { readonly [Name in Exclude<keyof LiveMessages, 'end'>]: (message: LiveMessages[Name]) => void };

/** Milliseconds from a stream that the exporter refused to the next attempt. */
const RETRY = 5000;
/** Milliseconds after which the stream of a page that cannot be seen is closed, so that nothing is read for it. */
const OUT_OF_SIGHT = 30_000;

export class Connection {
  /** Why nothing comes; undefined while the stream is open. */
  fault: string | undefined;
  private source: EventSource | undefined;
  private wanted: Wanted = { layout: undefined, rows: [], heat: undefined, cpu: undefined, past: undefined };
  private timer: number | undefined;

  /** @param onFault called when `fault` has changed */
  constructor(
    private readonly handlers: Handlers,
    private readonly onFault: () => void,
  ) {
    let hiding: number | undefined;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(hiding);
      if (document.visibilityState === 'visible') {
        if (this.source === undefined) this.open();
      } else {
        hiding = setTimeout(() => {
          this.close();
        }, OUT_OF_SIGHT);
      }
    });
  }

  /** Opens a stream that brings what is wanted, in place of the one that is open. */
  want(wanted: Wanted): void {
    this.wanted = wanted;
    this.open();
  }

  /** Opens a new stream for the same as before, in place of the one that is open. */
  open(): void {
    this.close();
    const { layout, rows, heat, cpu, past } = this.wanted;
    const url = new URL('-/live', document.baseURI);
    url.hash = '';
    url.search = layout === undefined ? '' : `layout=${layout}&rows=${ranges(rows)}`;
    if (past !== undefined) {
      url.searchParams.set('seconds', String(past.seconds));
      url.searchParams.set('points', String(past.points));
    }
    if (heat !== undefined) url.searchParams.set('heat', String(heat));
    if (cpu !== undefined) url.searchParams.set('cpu', String(cpu));
    const source = new EventSource(url);
    this.source = source;
    for (const name of ['layout', 'symbols', 'tick', 'past', 'spread', 'trouble'] as const) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        (this.handlers[name] as (message: unknown) => void)(JSON.parse(data));
      });
    }
    source.addEventListener('open', () => {
      this.fault = undefined;
      this.onFault();
    });
    source.addEventListener('end', () => {
      this.open();
    });
    source.addEventListener('error', () => {
      const isRefused = source.readyState === EventSource.CLOSED;
      this.fault = isRefused
        ? 'the exporter refuses the stream: too many pages may be open, or access was withdrawn'
        : 'the connection to the exporter is lost';
      this.onFault();
      // Where there was no answer at all, the browser tries again by itself.
      if (!isRefused) return;
      this.timer = setTimeout(() => {
        this.open();
      }, RETRY);
    });
  }

  private close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }
}
