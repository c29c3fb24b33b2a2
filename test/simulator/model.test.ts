/** The model of the kernel's types: sizes and offsets that FreeBSD's headers give. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layoutOf, leavesOf, offsetOf, sizeOf } from '../../src/simulator/model/ctypes.js';
import { pcpu } from '../../src/simulator/model/cpuTypes.js';
import * as kernel from '../../src/simulator/model/kernelTypes.js';
import * as net from '../../src/simulator/model/netTypes.js';
import { activityOf } from '../../src/simulator/model/traffic.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { profileNames } from '../../src/simulator/spec.js';

describe('struct layouts', () => {
  it('have the slots of their release', () => {
    assert.equal(sizeOf(net.tcpstat(14)) / 8, 120);
    assert.equal(sizeOf(net.tcpstat(12)) / 8, 113);
    assert.notEqual(
      offsetOf(net.tcpstat(14), 'tcps_sack_sboverflow'),
      offsetOf(net.tcpstat(12), 'tcps_sack_sboverflow'),
      'a member was inserted before it',
    );
    assert.equal(sizeOf(net.udpstat) / 8, 14);
    assert.equal(sizeOf(net.rtstat(12)), 10);
    assert.deepEqual(
      [net.ipsecstat, net.espstat, net.ahstat, net.ipcompstat, net.pfkeystat].map((type) => sizeOf(type) / 8),
      [16, 276, 35, 25, 530],
    );
    assert.equal(sizeOf(kernel.mallocTypeStats), 64);
    assert.equal(sizeOf(kernel.simZpcpu), 64);
    assert.equal(offsetOf(kernel.simZpcpu, 'offset'), 45);
    assert.equal(offsetOf(kernel.simDpcpu, 'depth'), 16);
  });

  it('have the padding of the C compiler', () => {
    assert.equal(offsetOf(kernel.vnet, 'vnet_magic_n'), 16);
    assert.equal(offsetOf(kernel.vnet, 'vnet_data_base'), 40);
    assert.equal(offsetOf(kernel.vmmeter, 'v_wire_count'), 35 * 8);
    assert.equal(offsetOf(kernel.vmmeter, 'v_page_size'), 36 * 8);
    assert.equal(sizeOf(kernel.netisrWorkstream(profileOf('amd64-14'))), 1216);
    assert.equal(sizeOf(kernel.netisrWorkstream(profileOf('arm64-14'))), 1280);
    assert.equal(offsetOf(kernel.mallocType(14), 'ks_mti.mti_stats'), 40);
    for (const name of profileNames) {
      const profile = profileOf(name);
      assert.equal(sizeOf(pcpu(profile)), profile.pcpuSize);
      // The pointer to the scheduler's part came with 13.
      const shift = profile.release >= 13 ? 8 : 0;
      assert.equal(offsetOf(pcpu(profile), 'pc_cpuid'), 52 + shift);
      assert.equal(offsetOf(pcpu(profile), 'pc_cp_time'), 72 + shift);
    }
  });

  it('name every leaf once', () => {
    for (const type of [net.icmp6stat(14), kernel.netisrWorkstream(profileOf('arm64-14')), net.pfKstatus(14)]) {
      const paths = leavesOf(type).map(({ path }) => path);
      assert.equal(new Set(paths).size, paths.length);
    }
    assert.equal(layoutOf(net.icmpstat).find(({ name }) => name === 'icps_inhist')!.offset, 49 * 8);
  });
});

describe('the traffic', () => {
  it('moves most of what administrators look at', () => {
    const moving = (symbol: string, members: readonly { path: string }[]): number =>
      members.filter(({ path }) => activityOf(symbol, path).rate > 0).length;
    assert.ok(moving('tcpstat', leavesOf(net.tcpstat(14))) >= 95);
    assert.ok(moving('udpstat', leavesOf(net.udpstat)) >= 9);
    assert.ok(moving('ipstat', leavesOf(net.ipstat)) >= 22);
  });

  it('leaves at rest what the kernel no longer counts, as the packs say of it', () => {
    assert.equal(activityOf('udpstat', 'udps_fastout').rate, 0);
    assert.equal(activityOf('tcpstat', 'tcps_pcbcachemiss').rate, 0);
    assert.equal(activityOf('rtstat', 'rts_wildcard').rate, 0);
  });
});
