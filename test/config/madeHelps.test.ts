/** The helps of metrics to which the config gives none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { madeHelp } from '../../src/config/madeHelps.js';
import { loadTyped } from './files.js';

describe('a made help', () => {
  it('says where in the kernel the value comes from', () => {
    const counter = loadTyped('version: 1\ncounters: [{symbol: tcpstat, struct: tcpstat}]')[0]!;
    assert.equal(
      madeHelp(counter, 'tcps_rcvduppack', 'tcpstat'),
      'Counter tcps_rcvduppack of tcpstat (struct tcpstat).',
    );
    assert.equal(madeHelp(counter, 'tcps_rcvduppack'), 'Counter tcps_rcvduppack of tcpstat.');
    assert.equal(madeHelp(counter), 'Counter tcpstat.');
    const dpcpu = loadTyped('version: 1\ndpcpu: [{symbol: nws}]')[0]!;
    assert.equal(
      madeHelp(dpcpu, 'nws_flags', 'netisr_workstream'),
      'Field nws_flags of nws (struct netisr_workstream).',
    );
    assert.equal(madeHelp(dpcpu), 'Value nws.');
  });
});
