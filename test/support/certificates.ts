/** Certificates for tests, made by openssl: of a CA, of a server on this machine and of clients. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Files in PEM form in one folder. */
export class Certificates {
  readonly ca: Certificate;

  /** @param dir an empty folder */
  constructor(private readonly dir: string) {
    this.ca = this.selfSigned('ca');
  }

  /** Signed by itself, such as one that no CA vouches for. */
  selfSigned(name: string): Certificate {
    const files = this.files(name);
    openssl('req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', files.key, '-out', files.cert);
    return files;
  }

  /** Signed by the CA. */
  signed(name: string, usage: 'serverAuth' | 'clientAuth', sans: string): Certificate {
    const files = this.files(name);
    const request = join(this.dir, `${name}.csr`);
    const extensions = join(this.dir, `${name}.ext`);
    writeFileSync(extensions, `extendedKeyUsage=${usage}\nsubjectAltName=${sans}\n`);
    openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', files.key, '-out', request);
    const by = ['-CA', this.ca.cert, '-CAkey', this.ca.key, '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', request, ...by, '-extfile', extensions, '-out', files.cert);
    rmSync(request);
    rmSync(extensions);
    return files;
  }

  private files(name: string): Certificate {
    return { cert: join(this.dir, `${name}.crt`), key: join(this.dir, `${name}.key`) };
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
