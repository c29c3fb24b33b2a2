/** What was before the page was opened: how each row went in the last minutes, as PastHead in live/messages.ts says. */
import type { RequestHandler } from 'express';
import { LONGEST_PAST, MOST_POINTS, type LiveFeed } from '../../live/feed.js';
import { answerPlain } from '../plainAnswer.js';

export type PageHistory = Pick<LiveFeed, 'past'>;

export function history(feed: PageHistory): RequestHandler {
  return (request, response) => {
    const { searchParams } = new URL(request.url, 'http://localhost');
    const wanted = pastWanted(searchParams);
    if (wanted === undefined) {
      answerPlain(response, 400, `seconds must be 1 to ${LONGEST_PAST}, points 1 to ${MOST_POINTS}`);
      return;
    }
    const bytes = feed.past(searchParams.get('layout') ?? '', wanted.seconds, wanted.points);
    response.set('Cache-Control', 'no-store, no-transform');
    // A layout is another one as soon as a list changes, which is no fault of the page's.
    if (bytes === undefined) response.status(204).end();
    else response.type('application/octet-stream').send(bytes);
  };
}

/** How much of the past a page asks for; undefined where it says nothing that makes sense. */
export function pastWanted(query: URLSearchParams): { readonly seconds: number; readonly points: number } | undefined {
  const seconds = numberOf(query.get('seconds'), LONGEST_PAST);
  const points = numberOf(query.get('points'), MOST_POINTS);
  return seconds === undefined || points === undefined ? undefined : { seconds, points };
}

/** A whole number from 1 to `most`; undefined where the text is none. */
function numberOf(text: string | null, most: number): number | undefined {
  if (text === null || !/^\d{1,5}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= 1 && number <= most ? number : undefined;
}
