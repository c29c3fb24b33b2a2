/**
 * What a request asks for, brought into one form before Express sees it, as Go's ServeMux does it for other exporters: the path decoded
 * where that changes nothing, slashes and dots cleaned up by a redirect. Express would take a malformed target apart by url.parse(),
 * which is deprecated, and answer in HTML.
 */
import type { IncomingMessage } from 'node:http';

export type Target =
  /** To be handled, as `url`: an absolute path of printable ASCII with its query. */
  | { readonly url: string }
  /** To be asked for there. */
  | { readonly location: string }
  /** Not to be understood; why. */
  | { readonly fault: string };

export function targetOf({ url = '', method }: Pick<IncomingMessage, 'url' | 'method'>): Target {
  const origin = originForm(url);
  // It asks about the server as a whole; which methods there are is said for any path.
  if (url === '*' && method === 'OPTIONS') return { url: '/' };
  if (origin === undefined) return { fault: `the target of the request is neither a path nor a URL of http` };
  const mark = origin.indexOf('?');
  const rawPath = mark === -1 ? origin : origin.slice(0, mark);
  const query = mark === -1 ? '' : printable(origin.slice(mark));
  let path: string;
  try {
    path = decodeURIComponent(rawPath);
  } catch {
    return { fault: 'the path of the request is not percent-encoded UTF-8' };
  }
  const cleaned = clean(path);
  // A redirect makes a GET of every other method.
  if (cleaned !== path && (method === 'GET' || method === 'HEAD')) return { location: encode(cleaned) + query };
  return { url: encode(path) + query };
}

/** The path and the query; undefined where there is none. */
function originForm(url: string): string | undefined {
  if (url.startsWith('/')) return url;
  const match = /^https?:\/\/([^/?#]+)(.*)$/is.exec(url);
  if (match === null || !URL.canParse(`http://${match[1]}/`)) return undefined;
  const [, , rest = ''] = match;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Without empty segments and dots; a slash at the end stays. */
function clean(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
}

function encode(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** node:http hands bytes above 127 on as Latin-1; a fragment has no place in a request. */
function printable(query: string): string {
  return query.replace(/[^\x21-\x7e]|#/g, encodeURIComponent);
}
