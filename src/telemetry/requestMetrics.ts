/**
 * Scrapes by what they were answered, and how many are under way, under the names of Prometheus' client for Go: most exporters are written with
 * it, and an alert or a dashboard that looks at all of them finds this one, too.
 */
import type { ServerResponse } from 'node:http';
import type { OwnFamily } from '../exposition/ownFamilies.js';
import type { OtherMetrics } from './families.js';

/** There from the start, as in Go, so that the first of them is an increase. */
const EXPECTED = [200, 500, 503];

export class RequestMetrics implements OtherMetrics {
  private readonly answered = new Map<number, number>(EXPECTED.map((code) => [code, 0]));
  private inFlight = 0;

  /** Tells of a scrape whose header has been read. One whose client went away before an answer has no code. */
  readonly begin = (response: ServerResponse): void => {
    this.inFlight += 1;
    response.once('close', () => {
      this.inFlight -= 1;
      const { headersSent, statusCode } = response;
      if (headersSent) this.answered.set(statusCode, (this.answered.get(statusCode) ?? 0) + 1);
    });
  };

  families(): Promise<readonly OwnFamily[]> {
    const codes = [...this.answered].toSorted(([a], [b]) => a - b);
    return Promise.resolve([
      {
        name: 'promhttp_metric_handler_requests_total',
        help: 'Scrapes that were answered, by HTTP status code.',
        type: 'counter',
        samples: codes.map(([code, value]) => ({ labels: [{ name: 'code', value: String(code) }], value })),
      },
      {
        name: 'promhttp_metric_handler_requests_in_flight',
        help: 'Scrapes that are being answered now, this one among them.',
        type: 'gauge',
        samples: [{ labels: [], value: this.inFlight }],
      },
    ]);
  }
}
