/** What every request passes before the app sees it: no body, the rate limit, the headers of all answers, and the password. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { BasicAuth, type Verdict } from '../auth/basicAuth.js';
import { TokenBucket } from '../limits/rate.js';
import { answerPlain } from '../plainAnswer.js';
import { withoutBody } from '../request/body.js';
import type { RateLimit, WebConfig } from './webConfig.js';
import type { WebConfigSource } from './file.js';

/** The realm is what RFC 7617 asks for; browsers show it. */
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="kcounter_exporter", charset="UTF-8"' };

export class WebGate {
  private readonly auth = new BasicAuth();
  private bucket: TokenBucket | undefined;

  /** @param onError told of requests that failed for a reason of the exporter's own */
  constructor(
    private readonly web: WebConfigSource,
    private readonly handler: RequestListener,
    private readonly onError: (error: unknown) => void,
  ) {}

  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    const config = this.web.current;
    setHeaders(response, config);
    withoutBody(request, response, () => {
      this.admit(request, response, config);
    });
  };

  close(): void {
    this.auth.close();
  }

  private admit(request: IncomingMessage, response: ServerResponse, config: WebConfig): void {
    if (!this.withinRate(config.rateLimit)) {
      answerPlain(response, 429, 'too many requests; try again later');
    } else if (config.users.size === 0) {
      this.handler(request, response);
    } else {
      void this.authenticate(request, response, config);
    }
  }

  private async authenticate(request: IncomingMessage, response: ServerResponse, config: WebConfig): Promise<void> {
    const verdict = await this.verdict(request, config);
    // The client may have gone meanwhile.
    if (response.destroyed) return;
    if (verdict === 'granted') this.handler(request, response);
    else if (verdict === 'refused') answerPlain(response, 401, 'a user and a password are needed', CHALLENGE);
    else if (verdict === 'busy') answerPlain(response, 503, 'too many passwords wait to be checked; try again later');
    else answerPlain(response, 500, 'internal error; the log says more');
  }

  private async verdict({ headers, socket }: IncomingMessage, { users }: WebConfig): Promise<Verdict | 'failed'> {
    try {
      return await this.auth.verdict(headers.authorization, users, socket.remoteAddress);
    } catch (error) {
      this.onError(error);
      return 'failed';
    }
  }

  private withinRate(limit: RateLimit | undefined): boolean {
    if (limit === undefined) this.bucket = undefined;
    else if (limit.interval !== this.bucket?.limit.interval || limit.burst !== this.bucket.limit.burst) {
      this.bucket = new TokenBucket(limit);
    }
    return this.bucket?.take() ?? true;
  }
}

function setHeaders(response: ServerResponse, { headers }: WebConfig): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'deny');
  for (const [name, value] of headers) response.setHeader(name, value);
}
