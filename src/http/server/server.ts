/**
 * The HTTP server: listening sockets, each connection with TLS or without as the web-config in force says, and one node:http server for
 * the requests of all of them. That one does not listen itself, so that a change of the TLS settings needs no new listening socket.
 */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HalfClosed } from './halfClosed.js';
import { CONNECTION_LIMITS, Connections, connectionsFor, type ConnectionLimits } from '../limits/connections.js';
import { listen, type SocketOwner } from './listen.js';
import { formatListenAddress, type ListenAddress } from './listenAddress.js';
import { openFileLimit } from '../limits/openFiles.js';
import { TlsAcceptor } from '../tls/accept.js';
import { WITHOUT_WEB_CONFIG, type WebConfigSource } from '../webConfig/file.js';
import { WebGate } from '../webConfig/gate.js';

export { ListenError } from './listen.js';

/** Bytes of a request's header: Prometheus sends less than one thousand, a browser the cookies of every other program on the same name. */
const MAX_HEADER_BYTES = 65_536;

export interface ServerOptions {
  readonly web?: WebConfigSource;
  readonly limits?: Partial<ConnectionLimits>;
  /** Whose the files of `unix:` sockets are; the process' own by default. */
  readonly owner?: SocketOwner | undefined;
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

/** Throws ListenError. */
export async function startServer(
  handler: RequestListener,
  addresses: ListenAddress | readonly ListenAddress[],
  { web = WITHOUT_WEB_CONFIG, limits, owner, onError = () => undefined }: ServerOptions = {},
): Promise<HttpServer> {
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
  /** Connections that came before all listening sockets were open and the caller had its turn: it may have something to do before. */
  let early: Socket[] | undefined = [];
  const onConnection = (raw: Socket): void => {
    // The connection's end is all that comes of an error.
    raw.on('error', () => undefined);
    if (early === undefined) receive(raw);
    else early.push(raw);
  };
  const receive = (raw: Socket): void => {
    if (raw.destroyed) return;
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

  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    connections.end();
    await Promise.all(closed);
    gate.close();
  };
  try {
    const urls: string[] = [];
    for (const address of [addresses].flat()) {
      const make = (): Server => createServer({ noDelay: true, allowHalfOpen: true }, onConnection);
      const opened = await listen(make, address, owner);
      const [first] = opened;
      // A connection could not be accepted, such as for want of files: whoever waits for nothing makes room for the next.
      for (const server of opened) server.on('error', () => connections.makeRoom());
      servers.push(...opened);
      if (first !== undefined) urls.push(urlOf(first, address, web.current.tls === undefined ? 'http' : 'https'));
    }
    setImmediate(() => {
      const waiting = early ?? [];
      early = undefined;
      waiting.forEach(receive);
    });
    const [url = ''] = urls;
    return { urls, url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function urlOf(server: Server, address: ListenAddress, scheme: string): string {
  if ('path' in address) return `${scheme}://${formatListenAddress(address)}:`;
  const { port } = server.address() as AddressInfo;
  return `${scheme}://${formatListenAddress({ host: address.host ?? 'localhost', port })}`;
}
