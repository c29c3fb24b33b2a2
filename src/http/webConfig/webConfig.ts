/** A web-config file: TLS, users, headers and the rate limit, in the format of prometheus/exporter-toolkit. */
import { validateHeaderValue } from 'node:http';
import { CheckedFile } from '../../yaml/checkedFile.js';
import { FileError, describe } from '../../yaml/diagnostics.js';
import { parseGoDuration } from './goDuration.js';
import { TlsFiles, type TlsSettings } from '../tls/files.js';
import { webSchema, type UserWebConfig } from './schema.js';

export interface RateLimit {
  /** Milliseconds from one request to the next. */
  readonly interval: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

export interface WebConfig {
  /** Undefined for plain HTTP. */
  readonly tls: TlsSettings | undefined;
  /** A bcrypt hash by the user's name; empty where everybody may read. */
  readonly users: ReadonlyMap<string, string>;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly rateLimit: RateLimit | undefined;
  /** Whether the file says anything at all. */
  readonly isEmpty: boolean;
}

export const NO_WEB_CONFIG: WebConfig = {
  tls: undefined,
  users: new Map(),
  headers: [],
  rateLimit: undefined,
  isEmpty: true,
};

/** Exactly what bcrypt makes: version, cost, 22 characters of salt and 31 of hash. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** @param onRead told of the file and of those that it names, each just before it is read */
export function loadWebConfig(file: string, onRead: (file: string) => void): WebConfig | FileError {
  onRead(file);
  const source = new CheckedFile<UserWebConfig>(file, webSchema, {
    name: 'a config',
    form: 'with keys such as `tls_server_config`',
  });
  if (source.isEmpty) return NO_WEB_CONFIG;
  const user = source.contents ?? {};
  refuseCutOff(source, user);
  // http_server_config.http2 is taken and nothing comes of it: Express 5 does not run on node:http2, so every client is offered HTTP/1.1 only.
  const config: WebConfig = {
    tls: user.tls_server_config ? new TlsFiles(source, onRead).settings(user.tls_server_config) : undefined,
    users: usersOf(source, user.basic_auth_users),
    headers: headersOf(source, user),
    rateLimit: rateLimitOf(source, user),
    isEmpty: false,
  };
  const { diagnostics, omitted } = source;
  return diagnostics.length === 0 ? config : new FileError(diagnostics, omitted);
}

/**
 * A key that protects, with nothing after it, is what a file looks like that was cut off there, or that a template made from nothing. The
 * toolkit takes the first two for no key at all, and lets everybody in.
 */
function refuseCutOff(source: CheckedFile<UserWebConfig>, user: UserWebConfig): void {
  const tls = user.tls_server_config;
  const protecting = [
    { path: ['basic_auth_users'], value: user.basic_auth_users, without: '`{}` where nobody needs a password' },
    { path: ['tls_server_config'], value: tls, without: '`{}` where there is to be no TLS' },
    {
      path: ['tls_server_config', 'client_auth_type'],
      value: tls?.client_auth_type,
      without: '`NoClientCert` where clients need no certificate',
    },
    {
      path: ['tls_server_config', 'client_allowed_sans'],
      value: tls?.client_allowed_sans,
      without: 'no such key where any name will do',
    },
  ];
  for (const { path, value, without } of protecting) {
    if (value === null) source.reportKey(path, `found nothing after it, expected what it is to be, or ${without}`);
  }
}

/** Checked here rather than by the schema, since its messages show what they found. */
function usersOf(source: CheckedFile<UserWebConfig>, written: unknown): Map<string, string> {
  const users = new Map<string, string>();
  if (written === undefined || written === null) return users;
  if (typeof written !== 'object' || Array.isArray(written)) {
    source.report(['basic_auth_users'], 'expected a mapping from names to bcrypt hashes');
    return users;
  }
  for (const [name, hash] of Object.entries(written)) {
    if (typeof hash === 'string' && BCRYPT.test(hash)) users.set(name, hash);
    else
      source.report(['basic_auth_users', name], 'found no bcrypt hash, expected one such as `htpasswd -nBC 10` makes');
  }
  return users;
}

function headersOf(
  source: CheckedFile<UserWebConfig>,
  { http_server_config: http }: UserWebConfig,
): [string, string][] {
  const headers: [string, string][] = [];
  for (const [name, written] of Object.entries(http?.headers ?? {})) {
    const value = String(written ?? '');
    // Blank means that the header is not set.
    if (value === '') continue;
    try {
      validateHeaderValue(name, value);
      headers.push([name, value]);
    } catch {
      source.report(
        ['http_server_config', 'headers', name],
        `found ${describe(value)}, expected one line of Latin letters`,
      );
    }
  }
  return headers;
}

function rateLimitOf(source: CheckedFile<UserWebConfig>, { rate_limit: limit }: UserWebConfig): RateLimit | undefined {
  if (limit?.interval == null) return undefined;
  const interval = parseGoDuration(limit.interval);
  if (interval === undefined) {
    source.report(['rate_limit', 'interval'], `found ${describe(limit.interval)}, expected a time such as 1s`);
    return undefined;
  }
  if (interval === 0) return undefined;
  const burst = limit.burst ?? 0;
  // The toolkit takes 0 as well and answers nobody.
  if (burst < 1) source.report(['rate_limit', 'burst'], `found ${describe(limit.burst)}, expected at least 1`);
  return { interval, burst };
}
