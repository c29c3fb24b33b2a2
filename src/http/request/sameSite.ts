/**
 * Whom a request comes from, where a browser sent it: no page of another site may have the exporter do anything, and no foreign name that
 * was made to point to this machine (DNS rebinding) may read what is served to it alone.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { ListenAddress } from '../server/listenAddress.js';

/**
 * The names that a server which can be reached over loopback only is known by here; undefined for one that others can reach, too: what it
 * serves it serves to everybody.
 */
export function loopbackNames(addresses: readonly ListenAddress[]): readonly string[] | undefined {
  const hosts = addresses.flatMap((address) => ('path' in address ? [] : [address.host ?? '']));
  const isLocal = (host: string): boolean => isLoopback(host) || isLocalhost(host.toLowerCase());
  return hosts.length > 0 && hosts.every(isLocal) ? [...hosts, hostname()] : undefined;
}

/**
 * Why a request over loopback is refused: it has to name this machine, by `localhost`, an address or one of `names`. Undefined where it is
 * welcome, as it is over a `unix:` socket: a proxy knows its names.
 */
export function foreignHost({ headers, socket }: IncomingMessage, names: readonly string[]): string | undefined {
  const { host } = headers;
  // Browsers always send one.
  if (host === undefined || !isLoopback(socket.localAddress)) return undefined;
  const name = host.replace(/:\d*$/, '').toLowerCase().replace(/\.$/, '');
  if (name === '' || isLocalhost(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return undefined;
  if (names.some((known) => known.toLowerCase() === name)) return undefined;
  return (
    'this page is for this machine only, and was asked for by a name that is not known here; ask for localhost or an IP address, ' +
    'have the proxy send one of them as Host, or listen on unix:/PATH with --web.listen-address'
  );
}

function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
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
