/**
 * Connections whose client has ended its side: it still wants its answers (RFC 9112, section 9.6). node:http closes them at once, and what
 * was not written yet is lost; and what it says of requests that it cannot read is without a word.
 */
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** By the codes of node:http's parser; 400 for all others. */
const STATUSES: Readonly<Record<string, readonly [status: number, text: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the header of the request is too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the extensions of the chunks are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
};

export class HalfClosed {
  /** Answers under way by connection. */
  private readonly answers = new Map<Duplex, Set<ServerResponse>>();

  constructor(private readonly http: Server) {
    http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.refuse(error, socket);
    });
  }

  /** Hands a connection to node:http. */
  connect(socket: Duplex): void {
    this.answers.set(socket, new Set());
    socket.once('close', () => this.answers.delete(socket));
    const before = new Set(socket.listeners('end'));
    this.http.emit('connection', socket);
    const theirs = socket.listeners('end').filter((listener) => !before.has(listener));
    for (const listener of theirs) socket.off('end', listener as () => void);
    const end = (): void => {
      const [response] = this.answers.get(socket) ?? [];
      if (response === undefined) for (const listener of theirs) listener.call(socket);
      else response.once('close', () => setImmediate(end));
    };
    socket.once('end', end);
  }

  /** Tells of a request whose header has been read. */
  begin(socket: Duplex, response: ServerResponse): void {
    this.answers.get(socket)?.add(response);
  }

  /** Tells of the end of that request's answer, whole or not. */
  finish(socket: Duplex, response: ServerResponse): void {
    this.answers.get(socket)?.delete(response);
  }

  private refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const isAnswering = (this.answers.get(socket)?.size ?? 0) > 0;
    if (!socket.writable || isAnswering || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const [status, text] = STATUSES[error.code ?? ''] ?? [400, 'this is no request of HTTP'];
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${text.length + 1}`,
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${text}\n`, () => socket.destroy());
  }
}
