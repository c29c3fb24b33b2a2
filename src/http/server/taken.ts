/** Addresses that are listened on before there is anything to answer: whether they can be had is known before a kernel is opened. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connectionsFor } from '../limits/connections.js';
import { openFileLimit } from '../limits/openFiles.js';
import { listen, type SocketOwner } from './listen.js';
import { formatListenAddress, type ListenAddress } from './listenAddress.js';

interface TakenAddress {
  readonly address: ListenAddress;
  /** At least one. */
  readonly servers: readonly Server[];
}

export class TakenAddresses {
  private readonly taken: TakenAddress[] = [];
  /** Connections that nobody has received: they wait for their answer. Undefined once somebody receives them. */
  private waiting: Socket[] | undefined = [];
  private readonly mostWaiting = connectionsFor(openFileLimit());
  private receive: (socket: Socket) => void = () => undefined;
  private onAcceptError: () => void = () => undefined;

  /**
   * All addresses, or none. Throws ListenError.
   *
   * @param owner of the files of `unix:` sockets; the process' own user by default
   */
  static async take(addresses: readonly ListenAddress[], owner?: SocketOwner): Promise<TakenAddresses> {
    const taken = new TakenAddresses();
    try {
      for (const address of addresses) await taken.add(address, owner);
      return taken;
    } catch (error) {
      await taken.close();
      throw error;
    }
  }

  /** For each address: such as http://localhost:9969, with no slash at the end, or http://unix:/run/kcounter.sock: as nginx writes it. */
  urls(scheme: 'http' | 'https'): string[] {
    return this.taken.map(({ address, servers: [first] }) => {
      if ('path' in address || first === undefined) return `${scheme}://${formatListenAddress(address)}:`;
      const { port } = first.address() as AddressInfo;
      return `${scheme}://${formatListenAddress({ host: address.host ?? 'localhost', port })}`;
    });
  }

  /**
   * Hands over those who connect from the next turn of the event loop on, first those who wait: the caller may have something to do before.
   *
   * @param onAcceptError told that a connection could not be accepted, such as for want of files
   */
  receiveBy(receive: (socket: Socket) => void, onAcceptError: () => void): void {
    this.onAcceptError = onAcceptError;
    setImmediate(() => {
      const waiting = this.waiting ?? [];
      this.waiting = undefined;
      this.receive = receive;
      for (const socket of waiting) if (!socket.destroyed) receive(socket);
    });
  }

  /** Who was not received until now never is. */
  async close(): Promise<void> {
    const servers = this.taken.flatMap(({ servers: own }) => own);
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.waiting ?? []) socket.destroy();
    await Promise.all(closed);
  }

  private async add(address: ListenAddress, owner: SocketOwner | undefined): Promise<void> {
    const onConnection = (socket: Socket): void => {
      this.connected(socket);
    };
    const servers = await listen(
      () => createServer({ noDelay: true, allowHalfOpen: true }, onConnection),
      address,
      owner,
    );
    for (const server of servers) {
      server.on('error', () => {
        this.onAcceptError();
      });
    }
    this.taken.push({ address, servers });
  }

  private connected(socket: Socket): void {
    // The connection's end is all that comes of an error.
    socket.on('error', () => undefined);
    if (this.waiting === undefined) this.receive(socket);
    else if (this.waiting.length < this.mostWaiting) this.waiting.push(socket);
    else socket.destroy();
  }
}
