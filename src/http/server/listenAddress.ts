/** The form of --web.listen-address: HOST:PORT, [IPv6]:PORT, :PORT for every address of the machine, or unix:/PATH. */

export type ListenAddress = TcpAddress | UnixAddress;

export interface TcpAddress {
  /** Undefined for every address. */
  readonly host: string | undefined;
  readonly port: number;
}

export interface UnixAddress {
  /** Of the socket, from the root. */
  readonly path: string;
}

/** FreeBSD's sun_path has 104 bytes with the NUL at its end, the shortest of all. */
const MAX_PATH_BYTES = 103;

/** Throws an Error that says what was expected. */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) return parseUnix(text);
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new Error(`"${text}" is not HOST:PORT, [IPv6]:PORT or :PORT with a port from 0 to 65535, nor unix:/PATH`);
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? undefined : host, port };
}

/** As it is written on the command line. */
export function formatListenAddress(address: ListenAddress): string {
  if ('path' in address) return `unix:${address.path}`;
  const { host = '', port } = address;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function parseUnix(text: string): UnixAddress {
  const path = text.slice('unix:'.length);
  if (!/^\/.*[^/]$/.test(path)) throw new Error(`"${text}" is not unix:/PATH with the whole path of a socket`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new Error(`"${text}" is too long: the path of a socket has at most ${MAX_PATH_BYTES} bytes`);
  }
  return { path };
}
