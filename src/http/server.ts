/** Opens and closes the listening socket. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from './listenAddress.js';

/** Milliseconds that answers under way get to finish when the server is closed. */
const GRACE = 3_000;
/** Milliseconds between looks for connections whose answer is finished meanwhile. */
const SWEEP = 50;

/** The address could not be listened on; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface HttpServer {
  /** Such as http://localhost:9969, with no slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startServer(handler: RequestListener, address: ListenAddress): Promise<HttpServer> {
  const server = createServer(handler);
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  const host = address.host ?? 'localhost';
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => close(server),
  };
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(`cannot listen on ${host ?? ''}:${port}: ${remedy(error)}`));
    });
    server.listen({ host, port }, resolve);
  });
}

function remedy(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is in use; choose another with --web.listen-address';
    case 'EACCES':
      return 'permission denied; choose a port above 1023 with --web.listen-address';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address; choose one that it has with --web.listen-address';
    default:
      return `${error.message}; choose another address with --web.listen-address`;
  }
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A client keeps its connection open after the last answer, and close() alone would wait for it.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, SWEEP);
  const cutOff = setTimeout(() => {
    server.closeAllConnections();
  }, GRACE);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}
