/**
 * Answers scrapes: a document in the format that the client prefers, of all groups or of those that it chooses, before it gives up. This is
 * the way of nearly every request, so it needs nothing of Express, and does no work that would come out the same every time.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Format } from '../exposition/formats/format.js';
import type { Document, Wanted } from '../exposition/publisher.js';
import { KvmError } from '../kernel/errors.js';
import { RequestPlaces } from './limits/requests.js';
import { beforeDeadline, deadlineOf } from './request/deadline.js';
import { groupQuery } from './request/groupQuery.js';
import { negotiate, takesGzip } from './request/negotiation.js';
import { sendDocument } from './sendDocument.js';
import { sendPlain } from './plainAnswer.js';

export interface MetricsParts {
  /** The document that a scrape gets; `client` tells those apart who ask at their own intervals. */
  readonly document: (format: Format, wanted: Wanted, client: string) => Promise<Document>;
  /** The groups that a scrape can choose from. */
  readonly groups: () => readonly string[];
  /** Seconds by which a scrape is answered before Prometheus gives up. */
  readonly timeoutOffset: number;
  /** Scrapes that may be under way at once; 0, the default, for no limit. */
  readonly maxRequests?: number;
  /** Told of each scrape before it is answered. */
  readonly onScrape?: ((response: ServerResponse) => void) | undefined;
  /** Told of requests that failed for a reason of the exporter's own. */
  readonly onError: (error: unknown) => void;
}

export function metricsHandler(parts: MetricsParts): RequestListener {
  const places = new RequestPlaces(parts.maxRequests ?? 0);
  return (request, response) => {
    parts.onScrape?.(response);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!places.enter(response)) return;
    scrape(parts, request, response).catch((error: unknown) => {
      parts.onError(error);
      if (response.headersSent) response.destroy();
      else if (error instanceof KvmError) sendPlain(response, 503, `the kernel cannot be read: ${error.message}`);
      else sendPlain(response, 500, 'internal error; the log says more');
    });
  };
}

async function scrape(
  { document, groups, timeoutOffset }: MetricsParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url = '', headers } = request;
  const chosen = groupQuery(queryOf(url), groups);
  if (typeof chosen === 'string') {
    sendPlain(response, 400, chosen);
    return;
  }
  const { format, contentType } = negotiate(headers.accept);
  const deadline = deadlineOf(headerOf(headers['x-prometheus-scrape-timeout-seconds']), timeoutOffset);
  const wanted = { groups: chosen, takesGzip: takesGzip(headerOf(headers['accept-encoding'])) };
  // Jobs of one Prometheus ask from one address, each for its own.
  const client = `${request.socket.remoteAddress ?? ''} ${headers['user-agent'] ?? ''} ${url}`;
  const work = document(format, wanted, client);
  const found = await beforeDeadline(work, deadline, releaseLate);
  if (found !== undefined) sendDocument(response, found, contentType);
  else sendPlain(response, 503, `the kernel was not read within ${(deadline ?? 0) / 1000} s`);
}

/** All that follows the first question mark. */
function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}

/** A header that came several times is one list (RFC 9110, section 5.3). */
function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value;
}

function releaseLate({ release }: Document): void {
  release();
}
