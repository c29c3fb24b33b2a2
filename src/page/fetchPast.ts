/** The request for the past of a layout. */
import { readPast } from './past.js';
import type { PastAnswer, PastWanted } from './pastLoader.js';

export async function fetchPast({ layout, seconds, points }: PastWanted, signal: AbortSignal): Promise<PastAnswer> {
  const url = new URL('-/history', document.baseURI);
  url.hash = '';
  url.search = new URLSearchParams({ layout, seconds: String(seconds), points: String(points) }).toString();
  const response = await fetch(url, { signal });
  return response.ok ? readPast(await response.arrayBuffer()) : undefined;
}
