/** Makes TLS connections of accepted ones, by the settings of the moment, and turns away clients whose certificate will not do. */
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { hasAllowedSan } from './sans.js';
import type { TlsSettings } from './files.js';

/** The first byte of a client that speaks TLS. */
const HANDSHAKE = 0x16;
/** In the words of Go's server, which the toolkit's users know. */
const NOT_HTTPS = 'Client sent an HTTP request to an HTTPS server.\n';
const BAD_REQUEST = `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${NOT_HTTPS.length}\r\nConnection: close\r\n\r\n${NOT_HTTPS}`;

export class TlsAcceptor {
  private server: Server | undefined;
  private settings: TlsSettings | undefined;
  /** By their addresses: nothing else tells which connection a TLS socket was made of. */
  private readonly handshaking = new Map<string, Socket>();

  /**
   * @param timeout milliseconds of silence that end a handshake
   * @param onSecure told of sockets that are ready for requests, and of the connection below if that is still there
   */
  constructor(
    private readonly timeout: number,
    private readonly onSecure: (secure: TLSSocket, raw: Socket | undefined) => void,
  ) {}

  accept(raw: Socket, settings: TlsSettings): void {
    const key = addressesOf(raw);
    if (key !== undefined) {
      this.handshaking.set(key, raw);
      raw.once('close', () => {
        if (this.handshaking.get(key) === raw) this.handshaking.delete(key);
      });
    }
    raw.once('readable', () => {
      const first = raw.read() as Buffer | null;
      if (first === null) raw.destroy();
      else if (first[0] === HANDSHAKE) {
        raw.unshift(first);
        // Who goes before the handshake is done is not waited for.
        raw.allowHalfOpen = false;
        // What has no address gets a server of its own, so that it is known whose handshake is done.
        const server = key === undefined ? this.newServer(settings, () => raw) : this.serverFor(settings);
        server.emit('connection', raw);
      } else {
        raw.end(BAD_REQUEST, () => {
          raw.destroySoon();
        });
      }
    });
  }

  /** Sessions of one server's tickets are not resumed at the next: new settings hold for every client. */
  private serverFor(settings: TlsSettings): Server {
    if (this.server !== undefined && this.settings === settings) return this.server;
    this.server = this.newServer(settings, (secure) => {
      const key = addressesOf(secure);
      const raw = key === undefined ? undefined : this.handshaking.get(key);
      if (key !== undefined) this.handshaking.delete(key);
      return raw;
    });
    this.settings = settings;
    return this.server;
  }

  /** @param rawOf gives the connection below a socket whose handshake is done */
  private newServer(settings: TlsSettings, rawOf: (secure: TLSSocket) => Socket | undefined): Server {
    const { context, clientAuth } = settings;
    const server = createServer({
      ...context,
      requestCert: clientAuth.asks,
      // OpenSSL's word is only asked for where the settings say so, in isWelcome().
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: this.timeout,
    });
    server.on('secureConnection', (secure: TLSSocket) => {
      secure.on('error', () => undefined);
      const raw = rawOf(secure);
      // From here on, who has sent all may still wait for its answer.
      secure.allowHalfOpen = true;
      if (isWelcome(secure, settings)) this.onSecure(secure, raw);
      else secure.destroy();
    });
    server.on('tlsClientError', (_error: Error, socket: TLSSocket) => {
      socket.destroy();
    });
    return server;
  }
}

function isWelcome(secure: TLSSocket, { clientAuth, allowedSans }: TlsSettings): boolean {
  if (!clientAuth.asks) return true;
  const certificate = secure.getPeerX509Certificate();
  if (certificate === undefined) return !clientAuth.requires && allowedSans === undefined;
  if (clientAuth.verifies && !secure.authorized) return false;
  return allowedSans === undefined || hasAllowedSan(certificate, allowedSans);
}

/** Undefined for a connection without addresses: one of a `unix:` socket, or one that is gone. */
function addressesOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
