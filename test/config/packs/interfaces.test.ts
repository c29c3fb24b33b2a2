/** Covers: config/packs/interfaces.yaml: what it publishes on each simulated kernel is what ifmib(4) tells of every interface. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sysctls } from '../../../src/kernel/sysctls.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { comparePack } from '../../support/packValues.js';

/** In the order of struct if_data; the kernel's own numbers of its counters are another. */
const columns = [
  'receive_packets',
  'receive_errors',
  'transmit_packets',
  'transmit_errors',
  'collisions',
  'receive_bytes',
  'transmit_bytes',
  'receive_multicast_packets',
  'transmit_multicast_packets',
  'receive_queue_drops',
  'transmit_queue_drops',
  'unknown_protocol_packets',
];
/** To `ifmd_data.ifi_ipackets` in struct ifmibdata. */
const FIRST = 80;

function told(sysctls: Sysctls): Map<string, bigint> {
  const interfaces = sysctls.bytesAt([4, 18, 0, 1, 1])!.readInt32LE();
  const found = new Map<string, bigint>();
  for (let index = 1; index <= interfaces; index++) {
    const data = sysctls.bytesAt([4, 18, 0, 2, index, 1]);
    assert.ok(data !== undefined, `interface ${index}`);
    const name = data.toString('latin1', 0, data.indexOf(0));
    for (const [nth, column] of columns.entries()) {
      found.set(`interface_${column}{interface=${name}}`, data.readBigUInt64LE(FIRST + 8 * nth));
    }
  }
  return found;
}

describe('the pack interfaces', () => {
  for (const profile of profileNames) {
    it(`tells of each interface what ifmib(4) does in all columns, while all move: ${profile}`, async (context) => {
      const compared = await comparePack(`${profile},cpus=3,absent=1`, 'interfaces', ({ sysctls }) => {
        const found = told(sysctls);
        assert.equal(found.size, 8 * columns.length);
        return found;
      });
      context.diagnostic(`${compared} values compared`);
    });
  }
});
