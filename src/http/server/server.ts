/**
 * The HTTP server: listening sockets, each connection with TLS or without as the web-config in force says, and one node:http server for
 * the requests of all of them. That one does not listen itself, so that a change of the TLS settings needs no new listening socket.
 */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { HalfClosed } from './halfClosed.js';
import { CONNECTION_LIMITS, Connections, connectionsFor, type ConnectionLimits } from '../limits/connections.js';
import type { TakenAddresses } from './taken.js';
import { openFileLimit } from '../limits/openFiles.js';
import { TlsAcceptor } from '../tls/accept.js';
import { WITHOUT_WEB_CONFIG, type WebConfigSource } from '../webConfig/file.js';
import { WebGate } from '../webConfig/gate.js';

/** Bytes of a request's header: Prometheus sends less than one thousand, a browser the cookies of every other program on the same name. */
const MAX_HEADER_BYTES = 65_536;

export interface ServerOptions {
  readonly web?: WebConfigSource;
  readonly limits?: Partial<ConnectionLimits>;
  /** Told of requests that failed for a reason of the exporter's own, before the handler saw them. */
  readonly onError?: (error: unknown) => void;
}

export interface HttpServer {
  /** For each address: such as http://localhost:9969, with no slash at the end, or http://unix:/run/kcounter.sock: as nginx writes it. */
  readonly urls: readonly string[];
  /** The first of them. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves at addresses that were taken, also those who have connected since, and closes them in the end. */
export function serveAt(
  handler: RequestListener,
  taken: TakenAddresses,
  { web = WITHOUT_WEB_CONFIG, limits, onError = () => undefined }: ServerOptions = {},
): HttpServer {
  const gate = new WebGate(web, handler, onError);
  const http = createHttpServer({ maxHeaderSize: MAX_HEADER_BYTES });
  const allLimits = { ...CONNECTION_LIMITS, connections: connectionsFor(openFileLimit()), ...limits };
  const connections = new Connections(allLimits, http);
  const halfClosed = new HalfClosed(http);
  const onRequest: RequestListener = (request, response) => {
    const { socket } = request;
    connections.begin(socket, response);
    halfClosed.begin(socket, response);
    response.once('close', () => {
      connections.finish(socket, response);
      halfClosed.finish(socket, response);
    });
    gate.listener(request, response);
  };
  http.on('request', onRequest);
  // Who asks first whether a body is welcome is told so like everybody else.
  http.on('checkContinue', onRequest);
  const acceptor = new TlsAcceptor(allLimits.header, (secure, raw) => {
    if (raw !== undefined) connections.unwatch(raw);
    connections.watch(secure);
    halfClosed.connect(secure);
  });
  const receive = (raw: Socket): void => {
    if (!connections.accept(raw)) {
      raw.destroy();
      return;
    }
    // From the first moment on, of every kind: who says nothing, or does not shake hands, makes room for others.
    connections.watch(raw);
    const { tls } = web.current;
    if (tls === undefined) halfClosed.connect(raw);
    else acceptor.accept(raw, tls);
  };

  taken.receiveBy(receive, () => connections.makeRoom());
  const urls = taken.urls(web.current.tls === undefined ? 'http' : 'https');
  const close = async (): Promise<void> => {
    const closed = taken.close();
    connections.end();
    await closed;
    gate.close();
  };
  const [url = ''] = urls;
  return { urls, url, close };
}
