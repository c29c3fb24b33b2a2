import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type ListenOptions, type Server } from 'node:net';
import { describe, it } from 'node:test';
import { listen } from '../../../src/http/server/listen.js';

/** A server on a machine whose kernel says `code` to every address but those of IPv4. */
function withoutIpv6(code: string): Server {
  const server = createServer();
  const real = server.listen.bind(server) as (options: ListenOptions, done?: () => void) => Server;
  const stub = (options: ListenOptions, done?: () => void): Server => {
    if (options.host?.includes('.') === true) return real(options, done);
    setImmediate(() => server.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
    return server;
  };
  return Object.assign(server, { listen: stub });
}

describe('listen', () => {
  it('takes 0.0.0.0 for every address where there is no IPv6', async () => {
    for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL', 'EPROTONOSUPPORT']) {
      const [server] = await listen(() => withoutIpv6(code), { host: undefined, port: 0 });
      assert.equal((server!.address() as AddressInfo).address, '0.0.0.0', code);
      server!.close();
    }
  });

  it('does not take it where the port is in use', async () => {
    const all = { host: undefined, port: 0 };
    await assert.rejects(
      listen(() => withoutIpv6('EADDRINUSE'), all),
      /the port is in use/,
    );
  });
});
