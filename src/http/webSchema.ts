/**
 * The keys of a web-config file and what each takes: the format of prometheus/exporter-toolkit, docs/web-configuration.md. What depends on
 * several keys or on other files is checked in webConfig.ts and tlsFiles.ts. Each `error` says what was expected, in the words of the messages.
 */
import { z } from 'zod';
import { alternatives } from '../config/diagnostics.js';
import { CIPHER_SUITES, CLIENT_AUTH_TYPES, CURVES, TLS_VERSIONS, type CipherSuite } from './tlsNames.js';

/** As in the toolkit, a key without a value says the same as no key. */
const text = z.string({ error: 'text' }).nullish();
/** YAML takes a header's `0` for a number. */
const headerValue = z.union([z.string(), z.number()], { error: 'text' }).nullish();

/** The toolkit reads YAML 1.1, where these are truth values, too. */
const YES = ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'] as const;
const NO = ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'] as const;
const truth = z.literal([true, false, ...YES, ...NO], { error: '`true` or `false`' }).nullish();

export function isTrue(written: z.infer<typeof truth>, byDefault: boolean): boolean {
  if (written === undefined || written === null) return byDefault;
  return written === true || (YES as readonly unknown[]).includes(written);
}

/** @param tacit words that are taken but not told of */
function oneOf<T extends string, const U extends string = never>(
  names: Readonly<Record<T, unknown>>,
  tacit: readonly U[] = [],
) {
  const words = Object.keys(names) as T[];
  const told = words.filter((word) => !(tacit as readonly string[]).includes(word));
  return z.enum([...words, ...tacit], { error: alternatives(told) });
}

function listOf<T extends z.ZodType>(item: T) {
  return z.array(item, { error: 'a list' }).nullish();
}

/** A mapping with these keys and no others; for an unknown key the error lists them. */
function mapping<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'a mapping'),
  });
}

const tlsServer = mapping({
  cert_file: text,
  key_file: text,
  cert: text,
  /** A secret, which no message may show. */
  key: z.unknown().optional(),
  client_auth_type: oneOf(CLIENT_AUTH_TYPES, ['RequireClientCert', '']).nullish(),
  client_ca_file: text,
  client_ca: text,
  client_allowed_sans: listOf(z.string({ error: 'text' })),
  // There are too many to name.
  cipher_suites: listOf(z.enum(Object.keys(CIPHER_SUITES) as CipherSuite[], { error: "a suite of Go's crypto/tls" })),
  curve_preferences: listOf(oneOf(CURVES)),
  min_version: oneOf(TLS_VERSIONS).nullish(),
  max_version: oneOf(TLS_VERSIONS).nullish(),
  prefer_server_cipher_suites: truth,
});

const httpServer = mapping({
  http2: truth,
  headers: mapping({
    'Content-Security-Policy': headerValue,
    'Strict-Transport-Security': headerValue,
    'X-Content-Type-Options': z.literal('nosniff', { error: '`nosniff`' }).nullish(),
    'X-Frame-Options': z.enum(['deny', 'sameorigin'], { error: '`deny` or `sameorigin`' }).nullish(),
    'X-XSS-Protection': headerValue,
  }).nullish(),
});

const rateLimit = mapping({
  interval: z.union([z.string(), z.int()], { error: 'a time such as 1s' }).nullish(),
  burst: z.int({ error: 'a whole number' }).nullish(),
});

export const webSchema = mapping({
  tls_server_config: tlsServer.nullish(),
  http_server_config: httpServer.nullish(),
  /** Secrets, which no message may show. */
  basic_auth_users: z.unknown().optional(),
  rate_limit: rateLimit.nullish(),
});

export type UserWebConfig = z.infer<typeof webSchema>;
export type UserTls = z.infer<typeof tlsServer>;
