/**
 * The keys of a web-config file and what each takes: the format of prometheus/exporter-toolkit, docs/web-configuration.md. What depends on
 * several keys or on other files is checked in webConfig.ts and tls/files.ts. Each `error` says what was expected, in the words of the messages.
 */
import * as z from 'zod/mini';
import { alternatives } from '../../yaml/diagnostics.js';
import { strictMapping } from '../../yaml/strictMapping.js';
import { CIPHER_SUITES, CLIENT_AUTH_TYPES, CURVES, TLS_VERSIONS, type CipherSuite } from '../tls/names.js';

/** As in the toolkit, a key without a value says the same as no key, but for those keys that webConfig.ts refuses so. */
const text = z.nullish(z.string({ error: 'text' }));
/** YAML takes a header's `0` for a number. */
const headerValue = z.nullish(z.union([z.string(), z.number()], { error: 'text' }));

/** The toolkit reads YAML 1.1, where these are truth values, too. */
const YES = ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'] as const;
const NO = ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'] as const;
const truth = z.nullish(z.literal([true, false, ...YES, ...NO], { error: '`true` or `false`' }));

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

function listOf<T extends z.ZodMiniType>(item: T) {
  return z.nullish(z.array(item, { error: 'a list' }));
}

const tlsServer = strictMapping({
  cert_file: text,
  key_file: text,
  cert: text,
  /** A secret, which no message may show. */
  key: z.optional(z.unknown()),
  client_auth_type: z.nullish(oneOf(CLIENT_AUTH_TYPES, ['RequireClientCert', ''])),
  client_ca_file: text,
  client_ca: text,
  client_allowed_sans: listOf(z.string({ error: 'text' })),
  // There are too many to name.
  cipher_suites: listOf(z.enum(Object.keys(CIPHER_SUITES) as CipherSuite[], { error: "a suite of Go's crypto/tls" })),
  curve_preferences: listOf(oneOf(CURVES)),
  min_version: z.nullish(oneOf(TLS_VERSIONS)),
  max_version: z.nullish(oneOf(TLS_VERSIONS)),
  prefer_server_cipher_suites: truth,
});

const httpServer = strictMapping({
  http2: truth,
  headers: z.nullish(
    strictMapping({
      'Content-Security-Policy': headerValue,
      'Strict-Transport-Security': headerValue,
      'X-Content-Type-Options': z.nullish(z.literal('nosniff', { error: '`nosniff`' })),
      'X-Frame-Options': z.nullish(z.enum(['deny', 'sameorigin'], { error: '`deny` or `sameorigin`' })),
      'X-XSS-Protection': headerValue,
    }),
  ),
});

const rateLimit = strictMapping({
  interval: z.nullish(z.union([z.string(), z.int()], { error: 'a time such as 1s' })),
  burst: z.nullish(z.int({ error: 'a whole number' })),
});

export const webSchema = strictMapping({
  tls_server_config: z.nullish(tlsServer),
  http_server_config: z.nullish(httpServer),
  /** Secrets, which no message may show. */
  basic_auth_users: z.optional(z.unknown()),
  rate_limit: z.nullish(rateLimit),
});

export type UserWebConfig = z.infer<typeof webSchema>;
export type UserTls = z.infer<typeof tlsServer>;
