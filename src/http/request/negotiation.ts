/**
 * Which format a client gets: the one of its Accept header with the highest q that is served, and text format 0.0.4 where there is none, as
 * Prometheus' own negotiation does it.
 */
import type { Format } from '../../exposition/formats.js';

export interface Negotiated {
  readonly format: Format;
  readonly contentType: string;
}

const TEXT: Negotiated = { format: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8' };

/** What is served besides, by media type and version. No name needs escaping: all are plain in every scheme. */
const SERVED: Readonly<Record<string, Negotiated>> = {
  'text/plain 0.0.4': TEXT,
  'text/plain 1.0.0': { format: 'text', contentType: 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores' },
  'application/openmetrics-text 0.0.1': {
    format: 'openmetrics',
    contentType: 'application/openmetrics-text; version=0.0.1; charset=utf-8',
  },
  'application/openmetrics-text 1.0.0': {
    format: 'openmetrics',
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
  },
};
/** The version that is meant where a media type comes without one. */
const DEFAULT_VERSION: Readonly<Record<string, string>> = {
  'text/plain': '0.0.4',
  'text/*': '0.0.4',
  '*/*': '0.0.4',
  'application/openmetrics-text': '0.0.1',
};

/** Longer headers are not taken apart: no client has a reason for one. */
const MAX_LENGTH = 4096;

export function negotiate(accept: string | undefined): Negotiated {
  let best: { readonly q: number; readonly served: Negotiated } | undefined;
  for (const range of (accept ?? '').slice(0, MAX_LENGTH).split(',')) {
    const [type = '', ...rest] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map(rest.map((part) => part.split('=', 2) as [string, string | undefined]));
    const version = parameters.get('version') ?? DEFAULT_VERSION[type] ?? '';
    const served = SERVED[`${type.replace(/^(text|\*)\/\*$/, 'text/plain')} ${version}`];
    const q = Number(parameters.get('q') ?? 1);
    // The first of equals wins; 0 means "not this one", and what is no number counts as that.
    if (served !== undefined && q > (best?.q ?? 0)) best = { q, served };
  }
  return best?.served ?? TEXT;
}
