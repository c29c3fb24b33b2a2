/**
 * Which format a client gets: the one of its Accept header with the highest q that is served, and text format 0.0.4 where there is none, as
 * Prometheus' own negotiation does it.
 */
import type { Format } from '../../exposition/formats/format.js';
import { formats } from '../../exposition/formats/registry.js';

export interface Negotiated {
  readonly format: Format;
  readonly contentType: string;
}

/** What is served, by media type and version. */
const served = new Map<string, Negotiated>();
/** The version that is meant where a media type comes without one. */
const defaultVersions = new Map<string, string>();
for (const format of formats) {
  for (const { type, version, isDefault, contentType } of format.mediaTypes) {
    served.set(`${type} ${version}`, { format, contentType });
    if (isDefault) defaultVersions.set(type, version);
  }
}
/** What a client gets that takes anything, or nothing that is served. */
const ANY = `text/plain ${defaultVersions.get('text/plain')}`;

/** Longer headers are not taken apart: no client has a reason for one. */
const MAX_LENGTH = 4096;

export function negotiate(accept: string | undefined): Negotiated {
  let best: { readonly q: number; readonly found: Negotiated } | undefined;
  for (const range of (accept ?? '').slice(0, MAX_LENGTH).split(',')) {
    const [written = '', ...rest] = range.split(';').map((part) => part.trim().toLowerCase());
    const type = written.replace(/^(text|\*)\/\*$/, 'text/plain');
    const parameters = new Map(rest.map((part) => part.split('=', 2) as [string, string | undefined]));
    const version = parameters.get('version') ?? defaultVersions.get(type) ?? '';
    const found = served.get(`${type} ${version}`);
    const q = Number(parameters.get('q') ?? 1);
    // The first of equals wins; 0 means "not this one", and what is no number counts as that.
    if (found !== undefined && q > (best?.q ?? 0)) best = { q, found };
  }
  return best?.found ?? served.get(ANY)!;
}
