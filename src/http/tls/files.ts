/** The certificates and the key that a web-config file names or holds, checked so that an error says which of them is wrong, and where. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContextOptions } from 'node:tls';
import type { CheckedFile } from '../../yaml/checkedFile.js';
import type { Path } from '../../yaml/diagnostics.js';
import { readBytes, UnreadableFile } from '../../yaml/readText.js';
import { CLIENT_AUTH_TYPES, CURVES, openSslCiphers, TLS_VERSIONS, type ClientAuth, type TlsVersion } from './names.js';
import { isTrue, type UserTls, type UserWebConfig } from '../webConfig/schema.js';

export interface TlsSettings {
  readonly context: SecureContextOptions;
  readonly clientAuth: ClientAuth;
  /** Of which names a client's certificate must have one; undefined where any will do. */
  readonly allowedSans: readonly string[] | undefined;
}

/** What is given in the file itself or by the name of another file, and the place where the user can mend it. */
interface Pem {
  readonly text: string;
  readonly at: Path;
}

const SECTION = 'tls_server_config';

/** As in the toolkit, these keys ask for TLS and the others only say how. */
const ASKING = ['cert_file', 'cert', 'key_file', 'key', 'client_ca_file', 'client_ca', 'client_auth_type'] as const;

export class TlsFiles {
  constructor(
    private readonly source: CheckedFile<UserWebConfig>,
    private readonly onRead: (file: string) => void,
  ) {}

  /** Undefined where the config asks for no TLS, and where it is wrong: the source was then told. */
  settings(user: UserTls): TlsSettings | undefined {
    if (ASKING.every((key) => isBlank(user[key]))) return undefined;
    const cert = this.pem(user, 'cert_file', 'cert');
    const key = this.pem(user, 'key_file', 'key');
    if (cert === undefined) this.missing(user, 'cert_file', 'cert');
    if (key === undefined) this.missing(user, 'key_file', 'key');
    const clientAuth = CLIENT_AUTH_TYPES[isBlank(user.client_auth_type) ? 'NoClientCert' : user.client_auth_type];
    const ca = this.clientCa(user, clientAuth);
    const least = user.min_version ?? 'TLS12';
    this.checkVersions(least, user.max_version ?? 'TLS13');
    if (this.source.diagnostics.length > 0 || cert === undefined || key === undefined) return undefined;

    this.checkPair(cert, key);
    const context: SecureContextOptions = {
      cert: cert.text,
      key: key.text,
      ca: ca?.text,
      minVersion: TLS_VERSIONS[least],
      maxVersion: TLS_VERSIONS[user.max_version ?? 'TLS13'],
      ciphers: openSslCiphers(user.cipher_suites ?? [], DEFAULT_CIPHERS, least),
      honorCipherOrder: isTrue(user.prefer_server_cipher_suites, true),
    };
    const curves = (user.curve_preferences ?? []).map((curve) => CURVES[curve]);
    if (curves.length > 0) context.ecdhCurve = curves.join(':');
    if (this.source.diagnostics.length > 0) return undefined;
    try {
      createSecureContext(context);
    } catch (error) {
      this.source.report([SECTION], `cannot be used: ${(error as Error).message}`);
      return undefined;
    }
    return { context, clientAuth, allowedSans: user.client_allowed_sans ?? undefined };
  }

  /** A file goes before what is written beside it, as in the toolkit. */
  private pem<T extends 'cert' | 'key' | 'client_ca'>(
    user: UserTls,
    fileKey: `${T}_file`,
    textKey: T,
  ): Pem | undefined {
    const file = user[fileKey];
    if (isBlank(file)) {
      const text = user[textKey];
      const at = [SECTION, textKey];
      if (isBlank(text)) return undefined;
      if (typeof text === 'string') return { text, at };
      this.source.report(at, 'found no text, expected text in PEM form');
      return { text: '', at };
    }
    const at = [SECTION, fileKey];
    const path = resolve(dirname(this.source.file), file);
    this.onRead(path);
    try {
      if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false))
        return { text: pemText(readBytes(path)), at };
      this.source.report(at, `${path}: found a directory, expected a file in PEM form`);
    } catch (error) {
      this.source.report(at, `${path}: ${error instanceof UnreadableFile ? error.message : String(error)}`);
    }
    return { text: '', at };
  }

  private missing(user: UserTls, fileKey: keyof UserTls, textKey: keyof UserTls): void {
    const at = isBlank(user[fileKey]) && user[fileKey] != null ? [SECTION, fileKey] : [SECTION];
    this.source.report(at, `found neither \`${fileKey}\` nor \`${textKey}\`, expected one of them`);
  }

  private clientCa(user: UserTls, { asks, verifies }: ClientAuth): Pem | undefined {
    const ca = this.pem(user, 'client_ca_file', 'client_ca');
    const at = user.client_auth_type == null ? [SECTION] : [SECTION, 'client_auth_type'];
    if (ca !== undefined && !asks) {
      this.source.report(
        at,
        'found a client CA, expected also a `client_auth_type` such as `RequireAndVerifyClientCert`',
      );
    }
    // Every public CA would do otherwise, which is hardly what was meant.
    if (ca === undefined && verifies) {
      this.source.report(at, 'found no client CA, expected `client_ca_file` or `client_ca`');
    }
    if (ca !== undefined && ca.text !== '') this.certificate(ca, 'a CA certificate');
    return ca;
  }

  private checkVersions(least: TlsVersion, most: TlsVersion): void {
    // The names sort as the versions do.
    if (least > most) this.source.report([SECTION, 'min_version'], `found \`${least}\`, expected at most \`${most}\``);
  }

  private checkPair(cert: Pem, key: Pem): void {
    const certificate = this.certificate(cert, 'a certificate');
    let privateKey: KeyObject;
    try {
      privateKey = createPrivateKey(key.text);
    } catch {
      // What OpenSSL says of it helps nobody.
      this.source.report(key.at, 'found no private key in PEM form without a passphrase, expected one');
      return;
    }
    if (certificate?.checkPrivateKey(privateKey) === false) {
      this.source.report(key.at, "found a key that is not the certificate's, expected the one that is");
    }
  }

  private certificate({ text, at }: Pem, what: string): X509Certificate | undefined {
    try {
      return new X509Certificate(text);
    } catch {
      this.source.report(at, `found no certificate in PEM form, expected ${what}`);
      return undefined;
    }
  }
}

/** Comments beside the PEM blocks may be in any encoding; a byte order mark would hide the first block. */
function pemText(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
}

function isBlank(value: unknown): value is '' | null | undefined {
  return value === undefined || value === null || value === '';
}
