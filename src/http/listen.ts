/** Opens a listening socket: at an address, or as a file that the group may connect to. */
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { formatListenAddress, type ListenAddress } from './listenAddress.js';

/** The address could not be listened on; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Who may open a `unix:` socket: the user of the process and the group. */
const SOCKET_MODE = 0o660;

export interface SocketOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Throws ListenError. A `unix:` socket's file goes when the server is closed.
 *
 * @param owner of that file
 */
export async function listen(server: Server, address: ListenAddress, owner?: SocketOwner): Promise<void> {
  try {
    await open(server, address, owner);
  } catch (error) {
    // The file of a socket stays behind when a process is killed.
    if (!('path' in address) || codeOf(error) !== 'EADDRINUSE' || !(await isStale(address.path))) {
      throw asListenError(error, address);
    }
    try {
      unlinkSync(address.path);
      await open(server, address, owner);
    } catch (again) {
      throw asListenError(again, address);
    }
  }
}

async function open(server: Server, address: ListenAddress, owner: SocketOwner | undefined): Promise<void> {
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
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return isUnix
        ? 'there is a file that is no socket, or another program listens on it; choose another with --web.listen-address'
        : 'the port is in use; choose another with --web.listen-address';
    case 'EACCES':
      return isUnix
        ? 'permission denied; choose a folder that the exporter may write to with --web.listen-address'
        : 'permission denied; choose a port above 1023 with --web.listen-address';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address; choose one that it has with --web.listen-address';
    default: {
      const message = error instanceof Error ? error.message : String(error);
      return `${message}; choose another address with --web.listen-address`;
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
