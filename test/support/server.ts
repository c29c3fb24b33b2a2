/** A server at an address, without anything that would be done between taking that and serving. */
import type { RequestListener } from 'node:http';
import type { ListenAddress } from '../../src/http/server/listenAddress.js';
import { serveAt, type HttpServer, type ServerOptions } from '../../src/http/server/server.js';
import { TakenAddresses } from '../../src/http/server/taken.js';

/** Throws ListenError. */
export async function startServer(
  handler: RequestListener,
  addresses: ListenAddress | readonly ListenAddress[],
  options: ServerOptions = {},
): Promise<HttpServer> {
  return serveAt(handler, await TakenAddresses.take([addresses].flat()), options);
}
