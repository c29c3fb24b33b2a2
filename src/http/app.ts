/** The web interface: /metrics, the pages, health and reload. Errors are plain text with the status that says what happened. */
import type { RequestListener } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { history, type PageHistory } from './pages/history.js';
import { PAGE_POLICY } from './pages/html.js';
import { liveStream, type PageFeed } from './pages/liveStream.js';
import { metricsHandler, type MetricsParts } from './metricsHandler.js';
import { pageFile } from './pages/pageFiles.js';
import { answerPlain } from './plainAnswer.js';
import { targetOf } from './request/target.js';
import { foreignHost, isCrossSite } from './request/sameSite.js';

export interface ReloadOutcome {
  readonly isGood: boolean;
  /** What to tell who asked for it: lines of text. */
  readonly text: string;
}

export interface AppParts extends MetricsParts {
  /** Where Prometheus scrapes, such as /metrics. */
  readonly telemetryPath: string;
  /** As loopbackNames() gives them: undefined where the pages are for other machines, too. */
  readonly names?: readonly string[] | undefined;
  /** The live page, and what feeds it. */
  readonly page: () => string;
  readonly feed: PageFeed & PageHistory;
  /** Ends the streams to live pages, which would not end by themselves. */
  readonly stopping?: AbortSignal | undefined;
  readonly symbolsPage: () => string;
  /** The config in force, for programs and for browsers. */
  readonly configText: () => string;
  readonly configPage: () => string;
  /** Why a scrape would get nothing of use; undefined where it would. */
  readonly unready: () => Promise<string | undefined>;
  /** Undefined where nobody may ask for it over HTTP. */
  readonly reload: (() => Promise<ReloadOutcome>) | undefined;
}

const PLAIN = 'text/plain; charset=utf-8';
const RELOAD_PATH = '/-/reload';

export function createApp(parts: AppParts): RequestListener {
  const { telemetryPath, page } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.use((request: Request, response: Response, next: NextFunction) => {
    response.set('X-Content-Type-Options', 'nosniff');
    const isReload = request.path === RELOAD_PATH;
    if (isReload ? request.method === 'POST' : request.method === 'GET' || request.method === 'HEAD') {
      next();
      return;
    }
    const allowed = isReload ? 'POST' : 'GET, HEAD';
    response.status(405).set('Allow', allowed).type(PLAIN).send(`only ${allowed} is answered here\n`);
  });
  // What scrapers and health checks ask for has nothing that a page of another site could use.
  const open = [telemetryPath, '/-/healthy', '/-/ready'];
  app.use((request: Request, response: Response, next: NextFunction) => {
    const refusal =
      parts.names === undefined || open.includes(request.path) ? undefined : foreignHost(request, parts.names);
    if (refusal === undefined) next();
    else response.status(403).type(PLAIN).send(`${refusal}\n`);
  });
  const metrics = metricsHandler(parts);
  app.get(telemetryPath, metrics);
  app.get('/-/healthy', (_request, response) => {
    response.type(PLAIN).send('kcounter_exporter is healthy\n');
  });
  app.get('/-/ready', async (_request, response) => {
    const reason = await parts.unready();
    response.type(PLAIN);
    if (reason === undefined) response.send('kcounter_exporter is ready\n');
    else response.status(503).send(`kcounter_exporter is not ready: ${reason}\n`);
  });
  app.post(RELOAD_PATH, async (request, response) => {
    response.type(PLAIN);
    if (isCrossSite(request)) {
      response
        .status(403)
        .send('a page of another site may not reload this; ask from the exporter itself, or by curl\n');
      return;
    }
    if (parts.reload === undefined) {
      response.status(403).send('this needs --web.enable-lifecycle; SIGHUP reloads without it\n');
      return;
    }
    const { isGood, text } = await parts.reload();
    response.status(isGood ? 200 : 500).send(`${text}\n`);
  });
  app.get('/config', (request, response) => {
    response.vary('Accept');
    if (request.accepts(['text/plain', 'text/html']) === 'text/html') sendPage(response, parts.configPage());
    else response.set('Cache-Control', 'no-store').type(PLAIN).send(parts.configText());
  });
  app.get('/symbols', (_request, response) => {
    sendPage(response, parts.symbolsPage());
  });
  app.get('/-/page.css', pageFile('page.css'));
  if (telemetryPath !== '/') {
    app.get('/', (_request, response) => {
      sendPage(response, page());
    });
    // No telemetry path begins with /-/.
    app.get('/-/page.js', pageFile('page.js'));
    app.get('/-/alerts.json', pageFile('alerts.json'));
    app.get('/-/live', liveStream(parts.feed, { stopping: parts.stopping }));
    app.get('/-/history', history(parts.feed));
  }
  app.use((_request: Request, response: Response) => {
    response.status(404).type(PLAIN).send('there is nothing here; see /\n');
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    parts.onError(error);
    response.status(500).type(PLAIN).send('internal error; the log says more\n');
  });
  const isDirect = isAsItIs(telemetryPath);
  return (request, response) => {
    // Nearly every request asks for exactly this, and Express would take longer over it than the document does.
    if (isDirect && request.url === telemetryPath && (request.method === 'GET' || request.method === 'HEAD')) {
      metrics(request, response);
      return;
    }
    const target = targetOf(request);
    if ('fault' in target) answerPlain(response, 400, target.fault);
    else if ('location' in target) answerPlain(response, 301, `see ${target.location}`, { Location: target.location });
    else {
      request.url = target.url;
      app(request, response);
    }
  };
}

/** Whether a request's target that is the same text as the path asks for just that path. */
function isAsItIs(path: string): boolean {
  const target = targetOf({ url: path, method: 'GET' });
  return 'url' in target && target.url === path;
}

function sendPage(response: Response, html: string): void {
  // The operator's own policy goes before this one.
  if (!response.hasHeader('Content-Security-Policy')) response.set('Content-Security-Policy', PAGE_POLICY);
  response.set('Cache-Control', 'no-store').type('html').send(html);
}
