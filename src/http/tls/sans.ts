/** The names in a client's certificate (subject alternative names), compared as the toolkit does: exactly. */
import type { X509Certificate } from 'node:crypto';
import { isIPv6, SocketAddress } from 'node:net';

/** Node writes `DNS:a, IP Address:1.2.3.4`, and as JSON what would be misread otherwise. */
const NAME = /(DNS|IP Address|URI|email):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

export function hasAllowedSan({ subjectAltName }: X509Certificate, allowed: readonly string[]): boolean {
  return sansOf(subjectAltName ?? '').some((name) => allowed.includes(name));
}

/** In the order of the certificate. What is neither DNS, IP, URI nor email ends the list: it cannot be told where it ends itself. */
export function sansOf(subjectAltName: string): string[] {
  return [...subjectAltName.matchAll(NAME)].map(([, kind, written = '']) => {
    const name = written.startsWith('"') ? (JSON.parse(written) as string) : written;
    // Written at full length there.
    return kind === 'IP Address' && isIPv6(name) ? new SocketAddress({ address: name, family: 'ipv6' }).address : name;
  });
}
