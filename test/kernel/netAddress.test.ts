import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressOfSockaddr, addressText } from '../../src/kernel/netAddress.js';

const v6 = (hex: string): string => addressText(Buffer.from(hex, 'hex'));

describe('addresses', () => {
  it('are written as people write them', () => {
    assert.equal(addressText(Buffer.from([192, 0, 2, 255])), '192.0.2.255');
    assert.equal(v6('20010db8000000000000000000000001'), '2001:db8::1');
    assert.equal(v6('00000000000000000000000000000000'), '::');
    assert.equal(v6('20010db8000100000001000000000001'), '2001:db8:1:0:1::1');
  });

  it('are without the zone that the kernel keeps in link-local ones', () => {
    assert.equal(v6('fe800007000000000000000000000001'), 'fe80::1');
    assert.equal(v6('ff020007000000000000000000000001'), 'ff02:7::1', 'of nothing else');
  });

  it('are in a sockaddr of their family', () => {
    assert.equal(addressOfSockaddr(Buffer.from([16, 2, 0, 80, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])), '10.0.0.1');
    const inet6 = Buffer.alloc(28);
    inet6.set([28, 28, 0, 80]);
    inet6[23] = 1;
    assert.equal(addressOfSockaddr(inet6), '::1');
    assert.equal(addressOfSockaddr(Buffer.from([16, 18, 0, 0, 1, 2, 3, 4])), undefined, 'of a link');
  });
});
