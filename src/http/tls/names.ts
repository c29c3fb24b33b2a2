/** The names that a web-config file has from Go's crypto/tls, and what OpenSSL calls the same. */
import type { SecureVersion } from 'node:tls';

export const TLS_VERSIONS = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
} as const satisfies Record<string, SecureVersion>;
export type TlsVersion = keyof typeof TLS_VERSIONS;

export const CURVES = {
  X25519: 'X25519',
  CurveP256: 'prime256v1',
  CurveP384: 'secp384r1',
  CurveP521: 'secp521r1',
} as const;

/** Those of TLS 1.3, which Go does not let anybody choose from: they may be named, and are there in any case. */
const TLS13_SUITES = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
} as const;

/** Those that tls.CipherSuites() gives, in Go up to 1.21 (the last four) or still. */
export const CIPHER_SUITES = {
  ...TLS13_SUITES,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
} as const;
export type CipherSuite = keyof typeof CIPHER_SUITES;

/** What a client's certificate is asked for, and what is made of it. */
export interface ClientAuth {
  readonly asks: boolean;
  /** Whether a client without one is turned away. */
  readonly requires: boolean;
  /** Whether it has to be signed by a client CA. */
  readonly verifies: boolean;
}

const REQUIRE_ANY: ClientAuth = { asks: true, requires: true, verifies: false };

export const CLIENT_AUTH_TYPES = {
  NoClientCert: { asks: false, requires: false, verifies: false },
  RequestClientCert: { asks: true, requires: false, verifies: false },
  RequireAnyClientCert: REQUIRE_ANY,
  /** An old name of the one before, which the toolkit still takes. */
  RequireClientCert: REQUIRE_ANY,
  VerifyClientCertIfGiven: { asks: true, requires: false, verifies: true },
  RequireAndVerifyClientCert: { asks: true, requires: true, verifies: true },
} as const satisfies Record<string, ClientAuth>;

/** A list of suites as OpenSSL takes it. Lower versions than 1.2 sign by SHA-1, which OpenSSL's first security level forbids. */
export function openSslCiphers(suites: readonly CipherSuite[], defaults: string, least: TlsVersion): string {
  const isOld = least === 'TLS10' || least === 'TLS11';
  const chosen =
    suites.length === 0
      ? // Suites that sign by SHA-1 in CBC mode are for those who name them, or TLS 1.0 and 1.1, which have no others.
        `${defaults}${isOld ? '' : ':!SHA1'}`
      : [...new Set([...Object.values(TLS13_SUITES), ...suites.map((suite) => CIPHER_SUITES[suite])])].join(':');
  return isOld ? `${chosen}:@SECLEVEL=0` : chosen;
}
