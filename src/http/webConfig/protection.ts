/**
 * What a web-config protects by, and what of that another one takes away. A file that is written anew may be empty, cut or without a section
 * for a moment, and then nobody may get in whom the one before kept out: such a file needs a restart.
 */
import type { TlsSettings } from '../tls/files.js';
import type { WebConfig } from './webConfig.js';

/** What `next` would take away of the protection of `now`, in words; empty where it protects as well. */
export function takenAway(now: WebConfig, next: WebConfig): string[] {
  const lost: string[] = [];
  if (now.users.size > 0 && next.users.size === 0) lost.push('all users of `basic_auth_users`');
  if (now.tls !== undefined) {
    if (next.tls === undefined) lost.push('TLS, with all of `tls_server_config`');
    else lost.push(...takenFromTls(now.tls, next.tls));
  }
  if (now.rateLimit !== undefined && next.rateLimit === undefined) lost.push('`rate_limit`');
  return lost;
}

function takenFromTls(now: TlsSettings, next: TlsSettings): string[] {
  const lost: string[] = [];
  const isWeaker = (['asks', 'requires', 'verifies'] as const).some(
    (one) => now.clientAuth[one] && !next.clientAuth[one],
  );
  if (isWeaker) lost.push("a part of what `client_auth_type` asks of clients' certificates");
  if (now.context.ca !== undefined && next.context.ca === undefined) lost.push('`client_ca_file` or `client_ca`');
  if (now.allowedSans !== undefined && next.allowedSans === undefined) lost.push('`client_allowed_sans`');
  // The names sort as the versions do.
  if ((next.context.minVersion ?? '') < (now.context.minVersion ?? ''))
    lost.push('older versions of TLS kept out by `min_version`');
  return lost;
}
