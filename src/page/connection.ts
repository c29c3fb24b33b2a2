/** Keeps the stream from the exporter open while somebody looks, and tells when what came last is no longer the present. */
import type { LiveMessages } from '../live/messages.js';
import { ranges } from './ranges.js';

export interface Wanted {
  /** The id of the layout that is known. */
  readonly layout: string | undefined;
  /** Rows whose parts are wanted, ascending. */
  readonly rows: readonly number[];
}

type Handlers = { readonly [Name in Exclude<keyof LiveMessages, 'end'>]: (message: LiveMessages[Name]) => void };

/** Milliseconds after which another stream is tried where the exporter refused one. */
const RETRY = 5000;
/** Milliseconds that the page may be out of sight before the stream is closed: nothing is read for who does not look. */
const OUT_OF_SIGHT = 30_000;

export class Connection {
  /** Why nothing comes; undefined while the stream is open. */
  fault: string | undefined;
  private source: EventSource | undefined;
  private wanted: Wanted = { layout: undefined, rows: [] };
  private timer: number | undefined;

  /** @param onFault told when `fault` changed */
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

  /** Opens a stream that has what is wanted, in place of the one before. */
  want(wanted: Wanted): void {
    this.wanted = wanted;
    this.open();
  }

  /** Opens the stream again: nothing came of this one. */
  open(): void {
    this.close();
    const { layout, rows } = this.wanted;
    const url = new URL('-/live', document.baseURI);
    url.hash = '';
    url.search = layout === undefined ? '' : `layout=${layout}&rows=${ranges(rows)}`;
    const source = new EventSource(url);
    this.source = source;
    for (const name of ['layout', 'symbols', 'tick', 'trouble'] as const) {
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
      // A browser itself tries again where it got no answer at all.
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
