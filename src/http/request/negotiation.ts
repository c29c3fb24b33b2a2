/**
 * What a client gets: the format of its Accept header with the highest q that is served, and text format 0.0.4 where there is none, as
 * Prometheus' own negotiation does it; and gzip where its Accept-Encoding prefers that. A scraper sends the same two headers every time,
 * so what was found for a header is kept.
 */
import type { Format, MediaType } from '../../exposition/formats/format.js';
import { formats } from '../../exposition/formats/registry.js';
import { text } from '../../exposition/formats/text.js';

export interface Negotiated {
  readonly format: Format;
  readonly contentType: string;
}

/** What is served of each media type. */
const served = new Map<string, (Negotiated & Pick<MediaType, 'parameters'>)[]>();
for (const format of formats) {
  for (const { type, parameters, contentType } of format.mediaTypes) {
    const known = served.get(type) ?? [];
    known.push({ format, parameters, contentType });
    served.set(type, known);
  }
}
/** What a client gets that takes anything, or nothing that is served. */
const any: Negotiated = { format: text, contentType: text.mediaTypes[0].contentType };

/** Longer headers are not taken apart: no client has a reason for one. */
const MAX_LENGTH = 4096;

/** Headers for which the outcome is kept. A server has fewer kinds of clients; what others send is taken apart each time. */
const MOST_KEPT = 32;
/** Longer headers are not kept, so that they hold no memory. */
const MAX_KEPT_LENGTH = 1024;

export const negotiate = kept(negotiateFormat);

/** Whether a client that sends this Accept-Encoding would rather have gzip than the plain document (RFC 9110, section 12.5.3). */
export const takesGzip = kept(prefersGzip);

/** `find`, asked only once for each header of the first few that come. */
function kept<T>(find: (header: string) => T): (header: string | undefined) => T {
  const found = new Map<string, T>();
  return (header = '') => {
    const before = found.get(header);
    if (before !== undefined) return before;
    const now = find(header);
    if (found.size < MOST_KEPT && header.length <= MAX_KEPT_LENGTH) found.set(header, now);
    return now;
  };
}

function negotiateFormat(accept: string): Negotiated {
  let best: { readonly q: number; readonly found: Negotiated } | undefined;
  for (const range of accept.slice(0, MAX_LENGTH).split(',')) {
    const [written = '', ...rest] = range.split(';').map((part) => part.trim().toLowerCase());
    const type = written.replace(/^(text|\*)\/\*$/, 'text/plain');
    const parameters = new Map(rest.map((part) => part.split('=', 2) as [string, string | undefined]));
    const kinds = served.get(type) ?? [];
    const found = kinds.find((kind) => isMeant(kind.parameters, parameters, kind === kinds[0]));
    const q = Number(parameters.get('q') ?? 1);
    // The first of equals wins; 0 means "not this one", and what is no number counts as that.
    if (found !== undefined && q > (best?.q ?? 0)) best = { q, found };
  }
  return best?.found ?? any;
}

/** @param byDefault true where a client that names no version means this one */
function isMeant(
  wanted: MediaType['parameters'],
  given: ReadonlyMap<string, string | undefined>,
  byDefault: boolean,
): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => given.get(name) === value.toLowerCase() || (name === 'version' && byDefault && !given.has(name)),
  );
}

/** An encoding as a header names it. */
interface Coding {
  readonly q: number;
  /** False where `*` stands for it. */
  readonly isNamed: boolean;
  /** Its place in the header. */
  readonly place: number;
}

function prefersGzip(acceptEncoding: string): boolean {
  const written = acceptEncoding
    .slice(0, MAX_LENGTH)
    .split(',')
    .map((range, place) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const [, q = ''] =
        parameters.map((part) => /^q\s*=\s*"?([^"]*)/.exec(part)).find((match) => match !== null) ?? [];
      return { name, q: q === '' ? 1 : parseFloat(q), place };
    })
    .filter(({ name }) => name !== '');
  const find = (wanted: string): Coding | undefined => {
    let best: Coding | undefined;
    for (const { name, q, place } of written) {
      if (name !== wanted && name !== '*') continue;
      const isNamed = name === wanted;
      if (best === undefined || (isNamed === best.isNamed ? q >= best.q : isNamed)) best = { q, isNamed, place };
    }
    return best;
  };
  const gzip = find('gzip');
  if (gzip === undefined) return false;
  // What is not named can always be sent as it is, but is the last choice.
  const plain = find('identity') ?? { q: 0, isNamed: true, place: Infinity };
  if (gzip.q !== plain.q) return gzip.q > plain.q;
  return gzip.q > 0 && (gzip.isNamed === plain.isNamed ? gzip.place <= plain.place : gzip.isNamed);
}
