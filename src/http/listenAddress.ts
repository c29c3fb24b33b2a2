/** The form of --web.listen-address: HOST:PORT, [IPv6]:PORT, or :PORT for every address of the machine. */

export interface ListenAddress {
  /** Undefined for every address. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Throws an Error that says what was expected. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new Error(`"${text}" is not HOST:PORT, [IPv6]:PORT or :PORT, with a port from 0 to 65535`);
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? undefined : host, port };
}
