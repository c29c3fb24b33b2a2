/**
 * --web.max-requests: how many scrapes may be made at once. A scrape has its place from its request until its document is ready to be sent:
 * how long the client then takes to read it is its own affair, and keeps nobody else from being served.
 */
import type { ServerResponse } from 'node:http';
import { answerPlain } from '../plainAnswer.js';

/** Who has a place, and in which limit. */
const taken = new WeakMap<ServerResponse, RequestPlaces>();

export class RequestPlaces {
  private underWay = 0;

  /** @param most 0 for no limit */
  constructor(private readonly most: number) {}

  /** Gives the request a place until it is answered, or leavePlace() is called; false where there is none, which the client is then told. */
  enter(response: ServerResponse): boolean {
    const { most } = this;
    if (most === 0) return true;
    if (this.underWay >= most) {
      answerPlain(response, 503, `${most} requests are under way, which is the limit; try again later`);
      return false;
    }
    this.underWay += 1;
    taken.set(response, this);
    response.once('close', leaveAtClose);
    return true;
  }

  leave(): void {
    this.underWay -= 1;
  }
}

/** Gives up the place that a request has, if any: all that is left to do is to send. */
export function leavePlace(response: ServerResponse): void {
  const places = taken.get(response);
  if (places === undefined) return;
  taken.delete(response);
  places.leave();
}

/** One function for all, so that no request needs one of its own. */
function leaveAtClose(this: ServerResponse): void {
  leavePlace(this);
}
