/** --web.max-requests: how many scrapes may be under way at once. */
import type { RequestHandler } from 'express';
import { answerPlain } from './plainAnswer.js';

/** @param most 0 for no limit */
export function limitRequests(most: number): RequestHandler {
  let underWay = 0;
  return (_request, response, next) => {
    if (most > 0 && underWay >= most) {
      answerPlain(response, 503, `${most} requests are under way, which is the limit; try again later`);
      return;
    }
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
    });
    next();
  };
}
