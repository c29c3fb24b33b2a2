/**
 * --web.max-requests: how many scrapes may be made at once. A scrape has its place from its request until its document is ready to be sent:
 * how long the client then takes to read it is its own affair, and keeps nobody else from being served.
 */
import type { RequestHandler } from 'express';
import type { ServerResponse } from 'node:http';
import { answerPlain } from '../plainAnswer.js';

const places = new WeakMap<ServerResponse, () => void>();

/** @param most 0 for no limit */
export function limitRequests(most: number): RequestHandler {
  let underWay = 0;
  return (_request, response, next) => {
    if (most > 0 && underWay >= most) {
      answerPlain(response, 503, `${most} requests are under way, which is the limit; try again later`);
      return;
    }
    underWay += 1;
    const leave = (): void => {
      if (places.delete(response)) underWay -= 1;
    };
    places.set(response, leave);
    response.once('close', leave);
    next();
  };
}

/** Gives up the place that a request has, if any: all that is left to do is to send. */
export function leavePlace(response: ServerResponse): void {
  places.get(response)?.();
}
