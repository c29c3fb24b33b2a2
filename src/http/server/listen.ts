/** Opens a listening socket: at an address, or as a file that the group may connect to. */
import { lookup } from 'node:dns/promises';
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, isIP, type AddressInfo, type Server } from 'node:net';
import { asTyped } from '../../npmScript.js';
import { formatListenAddress, type ListenAddress, type TcpAddress, type UnixAddress } from './listenAddress.js';

/** The address could not be listened on; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Who may open a `unix:` socket: the user of the process and the group. */
const SOCKET_MODE = 0o660;

/** What is said of an address, or a family of addresses, that this machine does not have. */
const NOT_HERE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EINVAL']);
/** Ports that are tried for a name with several addresses where any port will do. */
const MOST_ATTEMPTS = 10;

const MAX_PORT = 65_535;

export interface SocketOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Listens on the address, and where it is a name on every address of the name, all on the same port. Throws ListenError. A `unix:`
 * socket's file goes when the server is closed.
 *
 * @param make gives a new server
 * @param owner of that file
 * @returns the servers that listen, at least one
 */
export async function listen(make: () => Server, address: ListenAddress, owner?: SocketOwner): Promise<Server[]> {
  if ('path' in address) return [await listenAtPath(make(), address, owner)];
  try {
    if (address.host === undefined) return [await listenEverywhere(make, address.port)];
    return await listenAtName(make, address.host, address.port);
  } catch (error) {
    throw asListenError(error, address);
  }
}

async function listenAtPath(server: Server, address: UnixAddress, owner: SocketOwner | undefined): Promise<Server> {
  try {
    await open(server, address, owner);
  } catch (error) {
    // The file of a socket stays behind when a process is killed.
    if (codeOf(error) !== 'EADDRINUSE' || !(await isStale(address.path))) throw asListenError(error, address);
    try {
      unlinkSync(address.path);
      await open(server, address, owner);
    } catch (again) {
      throw asListenError(again, address);
    }
  }
  return server;
}

/** On IPv6 and IPv4 by one socket, and on IPv4 alone where there is no IPv6, as in a jail with ip6=disable. */
async function listenEverywhere(make: () => Server, port: number): Promise<Server> {
  const both = make();
  try {
    await open(both, { host: undefined, port });
    return both;
  } catch (error) {
    if (!NOT_HERE.has(codeOf(error) ?? '')) throw error;
    const v4 = make();
    await open(v4, { host: '0.0.0.0', port });
    return v4;
  }
}

async function listenAtName(make: () => Server, host: string, port: number): Promise<Server[]> {
  const found = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }];
  const hosts = [...new Set(found.map(({ address }) => address))];
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = [];
    let missing: unknown;
    try {
      for (const one of hosts) {
        const server = make();
        const given = servers[0]?.address() as AddressInfo | undefined;
        try {
          await open(server, { host: one, port: given?.port ?? port });
          servers.push(server);
        } catch (error) {
          if (!NOT_HERE.has(codeOf(error) ?? '')) throw error;
          missing = error;
        }
      }
      if (servers.length === 0) throw missing;
      return servers;
    } catch (error) {
      for (const server of servers) server.close();
      // The port that the system chose for one address may be taken at another.
      const isChosen = port === 0 && servers.length > 0;
      if (!isChosen || codeOf(error) !== 'EADDRINUSE' || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function open(server: Server, address: ListenAddress, owner?: SocketOwner): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  if (!('path' in address)) return;
  if (owner !== undefined) chownSync(address.path, owner.uid, owner.gid);
  chmodSync(address.path, SOCKET_MODE);
}

/** Whether there is a socket that nobody listens on. */
function isStale(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => {
      resolve(codeOf(error) === 'ECONNREFUSED');
    });
  });
}

function asListenError(error: unknown, address: ListenAddress): ListenError {
  return new ListenError(`cannot listen on ${formatListenAddress(address)}: ${remedy(error, address)}`);
}

function remedy(error: unknown, address: ListenAddress): string {
  const isUnix = 'path' in address;
  const flag = asTyped('--web.listen-address');
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return isUnix
        ? `there is a file that is no socket, or another program listens on it; choose another with ${flag}`
        : `the port is in use; choose another with ${flag}=${formatListenAddress(next(address))}`;
    case 'EACCES':
      return isUnix
        ? `permission denied; choose a folder that the exporter may write to with ${flag}`
        : `permission denied; choose a port above 1023 with ${flag}`;
    case 'EADDRNOTAVAIL':
      return `this machine does not have that address; choose one that it has with ${flag}`;
    default: {
      const message = error instanceof Error ? error.message : String(error);
      return `${message}; choose another address with ${flag}`;
    }
  }
}

/** The same host's next port. */
function next({ host, port }: TcpAddress): TcpAddress {
  return { host, port: port === MAX_PORT ? port - 1 : port + 1 };
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
