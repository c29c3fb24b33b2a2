import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  INTERFACE_COUNTERS,
  INTERFACE_COUNTERS_AT,
  interfaceDataOid,
  interfaceNameIn,
} from '../../src/kernel/interfaceData.js';
import { layoutOf, offsetOf, sizeOf } from '../../src/simulator/model/ctypes.js';
import { ifmibdata } from '../../src/simulator/model/interfaceTypes.js';

/** In the order of `ift_counter` (<net/if.h>). */
const COUNTERS = [
  'ipackets',
  'ierrors',
  'opackets',
  'oerrors',
  'collisions',
  'ibytes',
  'obytes',
  'imcasts',
  'omcasts',
  'iqdrops',
  'oqdrops',
  'noproto',
];

describe('the data of an interface', () => {
  it('is asked for by the index', () => {
    assert.deepEqual(interfaceDataOid(7), [4, 18, 0, 2, 7, 1]);
  });

  it('has the counters one after the other, in the order of those in struct ifnet', () => {
    const data = layoutOf(ifmibdata).find(({ name }) => name === 'ifmd_data')!;
    assert.equal(COUNTERS.length, INTERFACE_COUNTERS);
    COUNTERS.forEach((name, index) => {
      const at = data.offset + offsetOf(data.type, `ifi_${name}`);
      assert.equal(at, INTERFACE_COUNTERS_AT + 8 * index, name);
    });
    assert.ok(sizeOf(ifmibdata) >= INTERFACE_COUNTERS_AT + 8 * INTERFACE_COUNTERS);
  });

  it('begins with the name of whose it is', () => {
    const data = Buffer.alloc(sizeOf(ifmibdata), 0xff);
    data.write('epair0a\0junk');
    assert.equal(interfaceNameIn(data), 'epair0a');
    data.write('abcdefghijklmnop');
    assert.equal(interfaceNameIn(data), 'abcdefghijklmnop', 'all of the sixteen bytes');
    assert.equal(interfaceNameIn(Buffer.alloc(0)), '');
  });
});
