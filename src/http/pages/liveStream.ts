/**
 * The stream of server-sent events that feeds the live page. It keeps no state of the page: what the page wants stands in the URL, and it
 * opens another stream when it wants something else.
 */
import type { RequestHandler, Response } from 'express';
import type { LiveFeed, LiveMessage } from '../../live/feed.js';
import { pastWanted } from './history.js';
import { CONNECTION_LIMITS } from '../limits/connections.js';
import { answerPlain } from '../plainAnswer.js';

/** Streams at once. */
const MOST_STREAMS = 16;
/** Milliseconds that a stream lasts: ended before it is cut as an answer that takes too long, so that only clients that are gone are cut. */
const LIFE = CONNECTION_LIMITS.answer / 2;
/** Milliseconds without an event after which a comment is sent, or the connection would be cut as stalled. */
const HEARTBEAT = CONNECTION_LIMITS.stall / 4;
/** Milliseconds after which a browser tries again. */
const RETRY = 2000;
/** Rows whose parts one page can ask for: more than fit on a screen. */
const MOST_ROWS = 256;

/** What tells pages of each read; a page is told from add() to remove(). */
export type PageFeed = Pick<LiveFeed, 'add' | 'remove'>;

export interface LiveStreamOptions {
  /** Ends all streams. */
  readonly stopping?: AbortSignal | undefined;
  readonly life?: number;
}

export function liveStream(feed: PageFeed, { stopping, life = LIFE }: LiveStreamOptions = {}): RequestHandler {
  const streams = new Set<Response>();
  stopping?.addEventListener('abort', () => {
    for (const response of streams) response.end();
  });
  return (request, response) => {
    const { searchParams } = new URL(request.url, 'http://localhost');
    const rows = rowsOf(searchParams.get('rows') ?? '');
    if (rows === undefined) {
      answerPlain(response, 400, `rows must be at most ${MOST_ROWS} numbers of rows such as 1,2-5`);
      return;
    }
    if (stopping?.aborted === true || streams.size >= MOST_STREAMS) {
      answerPlain(response, 503, `${MOST_STREAMS} streams are open, which is the limit, or the exporter stops`);
      return;
    }
    response.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Proxies that compress would hold events back, and nginx in any case.
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    streams.add(response);
    response.write(`retry: ${RETRY}\n\n`);
    const viewer = {
      layout: searchParams.get('layout') ?? undefined,
      rows,
      past: pastWanted(searchParams),
      heat: numberOf(searchParams.get('heat')),
      cpu: numberOf(searchParams.get('cpu')),
      isReady: () => !response.writableNeedDrain && !response.writableEnded,
      send: (messages: readonly LiveMessage[]) => {
        heartbeat.refresh();
        response.write(messages.map(eventText).join(''));
      },
    };
    const heartbeat = setInterval(() => {
      if (viewer.isReady()) response.write(':\n\n');
    }, HEARTBEAT);
    const leave = (): void => {
      response.end();
    };
    const end = setTimeout(() => response.end(eventText({ name: 'end', json: '{}' })), life);
    // Who has ended its side does not look any more, though the connection may stay half open.
    request.socket.once('end', leave);
    response.once('close', () => {
      request.socket.off('end', leave);
      clearInterval(heartbeat);
      clearTimeout(end);
      streams.delete(response);
      feed.remove(viewer);
    });
    feed.add(viewer);
  };
}

function eventText({ name, json }: LiveMessage): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}

/** Undefined where the text is no number of a row or a CPU. */
function numberOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

/** The numbers of a list such as `1,4-7`; undefined where it is none, or too long. */
function rowsOf(list: string): number[] | undefined {
  if (list === '') return [];
  if (!/^\d{1,7}(-\d{1,7})?(,\d{1,7}(-\d{1,7})?)*$/.test(list)) return undefined;
  const rows: number[] = [];
  for (const range of list.split(',')) {
    const [from, to = from] = range.split('-').map(Number) as [number, number?];
    if (to - from >= MOST_ROWS - rows.length || to < from) return undefined;
    for (let row = from; row <= to; row++) rows.push(row);
  }
  return rows;
}
