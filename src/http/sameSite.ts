/**
 * Whom a request comes from, where a browser sent it: no page of another site may have the exporter do anything, and no foreign name that
 * was made to point to this machine (DNS rebinding) may read what is served to it alone.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Why a request is refused; undefined where it is welcome. A request that came over loopback must name this machine: by `localhost`, an
 * address, the machine's own name, or a name that it listens on. A request over a `unix:` socket comes through a proxy, which knows
 * its names.
 *
 * @param names those of --web.listen-address
 */
export function foreignHost({ headers, socket }: IncomingMessage, names: readonly string[]): string | undefined {
  const { host } = headers;
  // Browsers always send one.
  if (host === undefined || !isLoopback(socket.localAddress)) return undefined;
  const name = /^(.*?)(?::\d*)?$/s.exec(host)![1]!.toLowerCase().replace(/\.$/, '');
  if (name === '' || name === 'localhost' || name.endsWith('.localhost')) return undefined;
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name === hostname().toLowerCase()) return undefined;
  if (names.some((known) => known.toLowerCase() === name)) return undefined;
  return (
    'this came over loopback for a host name that is not known here; ask for localhost or an IP address, have the proxy send ' +
    'one of them as Host, or listen on that name with --web.listen-address'
  );
}

/** Whether a page of another site had the browser send it. Other clients than browsers send none of these headers. */
export function isCrossSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host = '' } = headers;
  if (origin === undefined) return false;
  // A page of the exporter behind a proxy that sends another Host is known by Sec-Fetch-Site alone.
  if (site === 'same-origin') return false;
  return !URL.canParse(origin) || new URL(origin).host !== hostOf(host, new URL(origin).protocol);
}

/** As URL writes it: in lower case, without the port where it is the scheme's own. */
function hostOf(host: string, scheme: string): string | undefined {
  const url = `${scheme}//${host}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address ?? '');
}
