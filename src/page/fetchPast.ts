/** The request for the past of a layout. */
import { readPast } from './past.js';
import type { PastAnswer, PastWanted } from './pastLoader.js';

export async function fetchPast({ layout, seconds, points }: PastWanted, signal: AbortSignal): Promise<PastAnswer> {
  const url = new URL('-/history', document.baseURI);
  url.hash = '';
  url.search = new URLSearchParams({ layout, seconds: String(seconds), points: String(points) }).toString();
  const response = await fetch(url, { signal });
  // 204: nothing is known of these series, or not yet.
  return response.status === 200 ? readPast(await response.arrayBuffer()) : undefined;
}
