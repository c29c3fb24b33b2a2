/**
 * The connections of all listeners: how many there may be, how long a client may take to ask and to fetch its answer, and how they end.
 * node:http has timeouts of its own for the first, but keeps them only on a server that listens itself, which ours does not (server.ts).
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Times are milliseconds. */
export interface ConnectionLimits {
  readonly connections: number;
  /** From the connection, or from the first byte of a request, to the end of the request's header. The TLS handshake has as long. */
  readonly header: number;
  /** From the request to the end of its answer. */
  readonly answer: number;
  /** Without taking anything of what waits to be sent to it: cuts clients that do not read. */
  readonly stall: number;
  /** As `stall`, while there is no place left for a newcomer. */
  readonly patience: number;
  /** Bytes that may wait to be sent on all connections together. */
  readonly unsent: number;
  /** Between two requests. */
  readonly keepAlive: number;
  /** What answers under way get to finish when the server is closed. */
  readonly grace: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  connections: 2048,
  header: 10_000,
  answer: 120_000,
  stall: 60_000,
  patience: 2_000,
  unsent: 1 << 26,
  // Longer than the two minutes that may lie between scrapes at most: beyond five, Prometheus takes a series for gone.
  keepAlive: 125_000,
  grace: 3_000,
};

/** Files that are kept for the kernel, configs, certificates and threads; a quarter where few may be open in all. */
const RESERVE = 64;

/**
 * Connections that may be open at once.
 *
 * @param openFiles how many files the process may have open; undefined for no limit
 */
export function connectionsFor(openFiles: number | undefined): number {
  if (openFiles === undefined) return CONNECTION_LIMITS.connections;
  const left = Math.max(openFiles - RESERVE, Math.floor(openFiles / 4));
  return Math.max(1, Math.min(CONNECTION_LIMITS.connections, left));
}

/** What is known of a socket that requests come from, or of one whose handshake is under way. */
interface Watched {
  /** The answers under way: several where a client does not wait for one before it asks again. */
  readonly answers: Set<ServerResponse>;
  /** When it began to wait for a request, or to answer one; undefined between two requests. */
  since: number | undefined;
  /** Bytes that had come when the last answer was done. */
  bytesBefore: number;
  /** Bytes that had been given to the socket when it was last looked at, and when that last became more, or nothing waited to be sent. */
  written: number;
  takenAt: number;
}

/** Connections from which on what waits to be sent is added up with each request, not only from time to time. */
const MANY = 16;

export class Connections {
  private readonly accepted = new Set<Socket>();
  /** In the order in which they came. */
  private readonly watched = new Map<Socket, Watched>();
  private readonly sweep: NodeJS.Timeout;
  /** Milliseconds. */
  private readonly interval: number;
  private ending = false;
  /** When cutOverdue() ran last. */
  private sweptAt = performance.now();

  constructor(
    private readonly limits: ConnectionLimits,
    http: Server,
  ) {
    http.keepAliveTimeout = limits.keepAlive;
    const cutOverdue = (): void => {
      this.cutOverdue();
      this.cutUnsent();
    };
    this.interval = Math.min(1000, limits.header / 4);
    this.sweep = setInterval(cutOverdue, this.interval);
    this.sweep.unref();
  }

  /** Counts a connection; false where there are too many of them, all at work. */
  accept(raw: Socket): boolean {
    if (this.accepted.size >= this.limits.connections && !this.makeRoom()) return false;
    this.accepted.add(raw);
    raw.once('close', () => this.accepted.delete(raw));
    return true;
  }

  /** Cuts the socket where it does not ask, or does not take its answer, in time. */
  watch(socket: Socket): void {
    const now = performance.now();
    this.watched.set(socket, { answers: new Set(), since: now, bytesBefore: 0, written: 0, takenAt: now });
    socket.once('close', () => this.watched.delete(socket));
  }

  /** Of a socket in whose place another one is watched. */
  unwatch(socket: Socket): void {
    this.watched.delete(socket);
  }

  /** Tells of a request whose header has been read. */
  begin(socket: Socket, response: ServerResponse): void {
    const watched = this.watched.get(socket);
    if (watched === undefined) return;
    if (watched.answers.size === 0) watched.since = performance.now();
    watched.answers.add(response);
    if (this.watched.size > MANY) this.cutUnsent();
    if (this.ending) response.setHeader('Connection', 'close');
  }

  /** Tells of the end of that request's answer, whole or not. */
  finish(socket: Socket, response: ServerResponse): void {
    const watched = this.watched.get(socket);
    if (watched === undefined) return;
    watched.answers.delete(response);
    if (watched.answers.size > 0) return;
    watched.since = undefined;
    watched.bytesBefore = socket.bytesRead;
    if (this.ending) socket.destroySoon();
  }

  /** Ends every connection: at once where nothing is under way, else with the end of the answer or when the grace is over. */
  end(): void {
    const { grace } = this.limits;
    this.ending = true;
    clearInterval(this.sweep);
    for (const [socket, { answers }] of this.watched) {
      if (answers.size === 0) socket.destroy();
      for (const response of answers) if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    const begin = performance.now();
    const cutOff = (): void => {
      for (const raw of this.accepted) raw.destroy();
    };
    const endGrace = (): void => {
      // Where a read of the kernel held up the event loop, what it gave is still to be sent.
      const late = performance.now() - begin - grace;
      if (late < grace / 4) cutOff();
      else setTimeout(cutOff, grace).unref();
    };
    setTimeout(endGrace, grace).unref();
  }

  /** Cuts the oldest connection that waits for a request or, where all are at work, that which has taken nothing for the longest time. */
  makeRoom(): boolean {
    for (const [socket, { answers }] of this.watched) {
      if (answers.size > 0 || socket.destroyed) continue;
      socket.destroy();
      return true;
    }
    return this.cutStalled(performance.now() - this.limits.patience);
  }

  /** Cuts the connection that has taken nothing for the longest time, if that was since `then`; false where there is none. */
  private cutStalled(then: number): boolean {
    let found: Socket | undefined;
    let earliest = then;
    for (const [socket, watched] of this.watched) {
      this.look(socket, watched);
      if (watched.takenAt > earliest || socket.destroyed) continue;
      found = socket;
      earliest = watched.takenAt;
    }
    found?.destroy();
    return found !== undefined;
  }

  /** Keeps what waits to be sent within its bound: not all of it is shared, as documents are. */
  private cutUnsent(): void {
    let unsent = 0;
    for (const socket of this.watched.keys()) unsent += socket.writableLength;
    if (unsent <= this.limits.unsent) return;
    const longestFirst = [...this.watched].sort(([, one], [, other]) => one.takenAt - other.takenAt);
    for (const [socket] of longestFirst) {
      if (socket.writableLength === 0) continue;
      unsent -= socket.writableLength;
      socket.destroy();
      if (unsent <= this.limits.unsent) return;
    }
  }

  /** Looks whether the client has taken something. What is sent is given to the socket piece by piece: then more of it has come there. */
  private look(socket: Socket, watched: Watched): void {
    if (socket.writableLength > 0 && socket.bytesWritten === watched.written) return;
    watched.written = socket.bytesWritten;
    watched.takenAt = performance.now();
  }

  private cutOverdue(): void {
    const now = performance.now();
    // While a read of the kernel held up the event loop nobody could be served: that time is nobody's fault.
    const heldUp = Math.max(0, now - this.sweptAt - 2 * this.interval);
    this.sweptAt = now;
    for (const [socket, watched] of this.watched) {
      const { answers, bytesBefore } = watched;
      this.look(socket, watched);
      if (watched.since !== undefined) watched.since = Math.min(now, watched.since + heldUp);
      watched.takenAt = Math.min(now, watched.takenAt + heldUp);
      // The next request has begun to come.
      if (watched.since === undefined && socket.bytesRead > bytesBefore) watched.since = now;
      const most = answers.size > 0 ? this.limits.answer : this.limits.header;
      if (watched.since !== undefined && now - watched.since > most) socket.destroy();
      else if (now - watched.takenAt > this.limits.stall) socket.destroy();
    }
  }
}
