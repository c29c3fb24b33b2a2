/** No request here has a body. What proxies add is taken all the same: an empty one, written as chunks of which there are none. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerPlain } from '../plainAnswer.js';

/** Calls `handle` for a request without a body, once it is known that there is none, and answers 413 to the others. */
export function withoutBody(request: IncomingMessage, response: ServerResponse, handle: () => void): void {
  const { headers } = request;
  const refuse = (): void => {
    answerPlain(response, 413, 'requests with a body are not taken here', { Connection: 'close' });
  };
  if (Number(headers['content-length'] ?? 0) > 0) refuse();
  else if (headers['transfer-encoding'] === undefined) handle();
  // Who asks first whether a body is welcome has one.
  else if (headers.expect !== undefined) refuse();
  else {
    request.once('end', handle);
    request.once('data', () => {
      request.off('end', handle);
      refuse();
    });
  }
}
