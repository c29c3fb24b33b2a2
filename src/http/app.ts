/** The web interface: /metrics, the landing page and /-/healthy. Errors are plain text with the status that says what happened. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Format } from '../exposition/formats.js';
import type { Document } from '../exposition/publisher.js';
import { KvmError } from '../kvm/errors.js';
import { negotiate } from './negotiation.js';
import { sendDocument } from './sendDocument.js';

export interface AppParts {
  /** Where Prometheus scrapes, such as /metrics. */
  readonly telemetryPath: string;
  /** The document that a scrape gets. */
  readonly document: (format: Format) => Promise<Document>;
  /** The landing page. */
  readonly page: () => string;
  /** Told of requests that failed for a reason of the exporter's own. */
  readonly onError: (error: unknown) => void;
}

const PLAIN = 'text/plain; charset=utf-8';

export function createApp({ telemetryPath, document, page, onError }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.use((request: Request, response: Response, next: NextFunction) => {
    response.set('X-Content-Type-Options', 'nosniff');
    if (request.method === 'GET' || request.method === 'HEAD') {
      next();
      return;
    }
    response.status(405).set('Allow', 'GET, HEAD').type(PLAIN).send('only GET and HEAD are answered here\n');
  });
  app.get(telemetryPath, async (request, response) => {
    const { format, contentType } = negotiate(request.get('Accept'));
    await sendDocument(request, response, await document(format), contentType);
  });
  app.get('/-/healthy', (_request, response) => {
    response.type(PLAIN).send('kcounter_exporter is healthy\n');
  });
  if (telemetryPath !== '/') {
    app.get('/', (_request, response) => {
      response
        .set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        .set('Cache-Control', 'no-store')
        .type('html')
        .send(page());
    });
  }
  app.use((_request: Request, response: Response) => {
    response.status(404).type(PLAIN).send('there is nothing here; see /\n');
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    onError(error);
    response.type(PLAIN);
    if (error instanceof KvmError) response.status(503).send(`the kernel cannot be read: ${error.message}\n`);
    else response.status(500).send('internal error; the log says more\n');
  });
  return app;
}
