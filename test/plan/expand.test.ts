/** Covers: expand.ts, shapes.ts, typeSource.ts: from the types of simulated kernels to fields. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { basisText } from '../../src/plan/layoutBasis.js';
import { layoutOf, offsetOf } from '../../src/simulator/model/ctypes.js';
import { netisrWorkstream } from '../../src/simulator/model/kernelTypes.js';
import { structOf } from '../../src/simulator/model/fromLayouts.js';
import { tcpstat } from '../../src/simulator/model/netTypes.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { profileNames } from '../../src/simulator/spec.js';
import { rowsOf, Simulated } from '../support/simulated.js';

/** The published series of a config on a simulated kernel, the faults of its symbols, and the kernel to compare with. */
async function published(
  spec: string,
  yaml: string,
  look: (values: Map<string, bigint>, faults: Map<string, string>, simulated: Simulated) => void,
): Promise<void> {
  const simulated = await Simulated.open(spec, yaml);
  try {
    const snapshot = await simulated.scraper.read();
    const rows = rowsOf(snapshot);
    const values = new Map<string, bigint>();
    for (const { family, from, to } of snapshot.layout.families) {
      for (let row = from; row < to; row++) {
        const labels = snapshot.layout.rows[row]!.labels.map(({ name, value }) => `${name}=${value}`).join(',');
        const value = rows[row];
        if (value !== undefined) values.set(`${family.name}${labels === '' ? '' : `{${labels}}`}`, value.sum);
      }
    }
    const down = snapshot.report.symbols.filter(({ up }) => !up);
    look(values, new Map(down.map(({ symbol, reason }) => [symbol, reason])), simulated);
  } finally {
    await simulated.close();
  }
}

describe('Expander', () => {
  it('finds the members of a PCPUSTAT array by name on every release, wherever they lie', async () => {
    const yaml = `
counters:
  - symbol: tcpstat
    struct: tcpstat
    members: [tcps_rcvduppack, {name: tcps_sndtotal, metric: tcp_sent_total, help: H.}]
  - {symbol: udpstat, struct: udpstat, members: ["udps_i*"]}
`;
    for (const profile of profileNames) {
      await published(`${profile},cpus=2`, yaml, (values, faults, { image }) => {
        assert.equal(faults.size, 0);
        const members = layoutOf(structOf('tcpstat', profileOf(profile), tcpstat));
        const sent = members.find(({ name }) => name === 'tcps_sndtotal')!;
        assert.equal(values.get('freebsd_tcp_sent_total'), image.counterSum('tcpstat', sent.offset / 8));
        assert.equal(values.get('freebsd_udp_ipackets_total'), image.counterSum('udpstat', 0));
        assert.ok(values.has('freebsd_tcp_rcvduppack_total'));
        assert.equal(
          [...values.keys()].some((name) => name.includes('opackets')),
          false,
        );
      });
    }
  });

  it('takes a symbol by its own type: one counter, an array, a struct with counters', async () => {
    const yaml = `
counters:
  - {symbol: numneghits, type: counter}
  - {symbol: tcps_states}
  - {symbol: vm_cnt, type: counter, members: [v_swtch, {name: v_wire_count, type: gauge, metric: vm_wired_pages, help: H.}]}
`;
    await published('amd64-14,cpus=2', yaml, (values, faults, { image }) => {
      assert.equal(faults.size, 0);
      assert.equal(values.get('freebsd_numneghits_total'), image.counterSum('numneghits'));
      assert.equal(values.get('freebsd_tcps_states{index=4}'), image.counterSum('tcps_states', 4));
      assert.equal(values.get('freebsd_vm_swtch_total'), image.counterSum('vm_cnt', 0));
      assert.ok(values.get('freebsd_vm_wired_pages')! > 0n);
      assert.equal(values.size, 1 + 11 + 2);
    });
  });

  it('makes a label of the index of an array of structs, of which each member is an array', async () => {
    const yaml = `
dpcpu:
  - symbol: nws
    fields:
      - {name: nws_work.nw_dispatched, type: counter, metric: dispatched_total, help: H., label: protocol, names: {1: ip}}
      - {name: nws_work.nw_qlimit, metric: limits, help: H.}
      - nws_cpu
`;
    await published('amd64-14,cpus=2', yaml, (values, faults, { image }) => {
      assert.equal(faults.size, 0);
      // Where each CPU's copy lies, read from the image itself.
      const member = BigInt(offsetOf(netisrWorkstream(profileOf('amd64-14')), 'nws_work[1].nw_dispatched'));
      const dispatched = [0, 1].reduce((sum, cpu) => {
        const area = image.read(image.symbol('dpcpu_off')!.address + BigInt(8 * cpu), 8).readBigUInt64LE();
        const address = BigInt.asUintN(64, image.symbol('pcpu_entry_nws')!.address + area + member);
        return sum + image.read(address, 8).readBigUInt64LE();
      }, 0n);
      assert.ok(dispatched > 0n);
      assert.equal(values.get('freebsd_dispatched_total{protocol=ip}'), dispatched);
      assert.equal(values.get('freebsd_dispatched_total{protocol=0}'), 0n);
      // 256 packets on each of two CPUs.
      assert.equal(values.get('freebsd_limits{index=15}'), 512n);
      assert.equal(values.size, 16 + 16 + 1);
    });
  });

  it('makes a label of the index of an array in a struct', async () => {
    const yaml = `
counters:
  - symbol: icmpstat
    struct: icmpstat
    members: [{name: icps_outhist, metric: icmp_sent_total, help: H., label: type, names: {0: echo_reply, 3: unreachable}}]
`;
    await published('amd64-14,cpus=2', yaml, (values, faults, { image }) => {
      assert.equal(faults.size, 0);
      assert.equal(values.size, 41);
      const first = [...values.values()];
      assert.ok(
        values.has('freebsd_icmp_sent_total{type=unreachable}') && values.has('freebsd_icmp_sent_total{type=40}'),
      );
      const cells = Array.from({ length: 94 }, (_, index) => image.counterSum('icmpstat', index));
      const start = cells.findIndex((_, index) => first.every((value, at) => value === cells[index + at]));
      assert.ok(start >= 0, 'the 41 values stand side by side in the array');
    });
  });

  it("reads the fields of zpcpu items and DPCPU objects by name; a pointer's own type says what it leads to", async () => {
    const yaml = `
zpcpu:
  - {symbol: sim_zpcpu, fields: [{name: operations, type: counter}, balance, state]}
dpcpu:
  - {symbol: sim_dpcpu, fields: [{name: events, type: counter, metric: events_total, help: H.}]}
`;
    await published('arm64-14,cpus=3', yaml, (values, faults, { image, scraper }) => {
      assert.equal(faults.size, 0);
      const items = scraper.layout.cpus.map((id) => image.read(image.copyAddress('sim_zpcpu', 0, id), 64));
      const sum = (read: (item: Buffer) => bigint): bigint =>
        BigInt.asUintN(
          64,
          items.reduce((all, item) => all + read(item), 0n),
        );
      assert.equal(
        values.get('freebsd_sim_zpcpu_operations_total'),
        sum((item) => item.readBigUInt64LE(0)),
      );
      assert.equal(
        values.get('freebsd_sim_zpcpu_balance'),
        sum((item) => item.readBigInt64LE(16)),
      );
      assert.equal(
        values.get('freebsd_sim_zpcpu_state'),
        sum((item) => BigInt(item.readUInt8(44))),
      );
      assert.ok(values.get('freebsd_events_total')! > 0n);
    });
  });

  it('takes a signed member for a counter where the config says so of it alone, and a pointer never', async () => {
    const yaml = `
dpcpu:
  - {symbol: sim_dpcpu, type: counter, fields: [balance]}
zpcpu:
  - {symbol: sim_zpcpu, type: counter, fields: [depth, "op*", owner]}
`;
    await published('amd64-14,cpus=2', yaml, (values, faults, { image }) => {
      // -0 and -1 of 32 bits.
      assert.equal(values.get('freebsd_sim_zpcpu_depth_total'), 0xffff_ffffn);
      assert.ok(values.has('freebsd_sim_dpcpu_balance_total'));
      const operations = [0, 1].map((cpu) => image.read(image.copyAddress('sim_zpcpu', 0, cpu), 8).readBigUInt64LE());
      assert.equal(values.get('freebsd_sim_zpcpu_operations_total'), operations[0]! + operations[1]!);
      assert.equal(values.size, 3);
      assert.equal(faults.get('sim_dpcpu'), undefined);
      assert.equal(faults.get('sim_zpcpu'), 'owner: it is ptr, which may go down, so that it is no counter');
    });
    await published(
      'amd64-14,cpus=2',
      'zpcpu: [{symbol: sim_zpcpu, type: counter, fields: ["off*"]}]',
      (values, faults) => {
        assert.equal(values.size, 0);
        assert.equal(faults.get('sim_zpcpu'), 'offset: it is i8, which may go down, so that it is no counter');
      },
    );
  });

  it('serves what is right of an entry, and says what is not', async () => {
    const yaml = `
counters:
  - symbol: tcpstat
    struct: tcpstat
    members: [tcps_rcvtotal, tcps_rcvduppak, {name: tcps_gone, optional: true}]
  - {symbol: vm_cnt, members: [v_swtch, v_page_size]}
`;
    await published('amd64-14,cpus=1', yaml, (values, faults) => {
      assert.deepEqual([...values.keys()], ['freebsd_tcp_rcvtotal_total', 'freebsd_vm_swtch']);
      assert.equal(
        faults.get('tcpstat'),
        'struct tcpstat has no member tcps_rcvduppak, did you mean `tcps_rcvduppack`?',
      );
      assert.match(faults.get('vm_cnt')!, /^v_page_size of struct vmmeter is u_int, not counter_u64_t$/);
    });
  });

  it('refuses what only looks like counters, and sizes that do not fit each other', async () => {
    const yaml = `
counters:
  - {symbol: pfsyncstats}
  - {symbol: igmpstat, struct: igmpstat}
  - {symbol: tcpstat, struct: udpstat}
  - {symbol: udpstat, struct: no_such_struct}
  - {symbol: no_such_symbol}
`;
    await published('amd64-14,cpus=1', yaml, (values, faults) => {
      assert.equal(values.size, 0);
      assert.match(faults.get('pfsyncstats')!, /struct pfsyncstats, which has no counter_u64_t/);
      assert.match(faults.get('igmpstat')!, /not an array of counter_u64_t for struct igmpstat to lay out/);
      assert.match(
        faults.get('tcpstat')!,
        /struct udpstat has \d+ words, the array 120 counters, and the symbol 120 words/,
      );
      assert.equal(
        faults.get('udpstat'),
        "the kernel's types have no struct no_such_struct; its layout is that of struct udpstat, not of struct no_such_struct",
      );
      assert.equal(faults.get('no_such_symbol'), 'no loaded file has this symbol');
    });
  });

  it('refuses what offsets make of a zpcpu item or a DPCPU object where its type says otherwise', async () => {
    const yaml = `
counters: [{symbol: numneghits, metric: hits_total, help: H., type: counter}]
zpcpu:
  - {symbol: numposhits, size: 64, fields: [{offset: 8, format: u64, metric: a, help: H.}]}
  - {symbol: vm_cnt, size: 16, fields: [{offset: 0, format: u64, metric: b, help: H.}]}
  - {symbol: sim_zpcpu, size: 64, fields: [{offset: 32, format: u64, metric: c, help: H.}]}
  - {symbol: pcputicks_none, optional: true, size: 8, fields: [{offset: 0, format: u64, metric: d, help: H.}]}
  - {symbol: nummiss, size: 8, fields: [{offset: 0, format: u64, metric: e, help: H.}]}
dpcpu:
  - {symbol: sim_dpcpu, size: 24, fields: [{offset: 16, format: u64, metric: f, help: H.}]}
  - {symbol: pcputicks, size: 4, fields: [{offset: 0, format: i32, metric: g, help: H.}]}
`;
    await published('amd64-14,cpus=2', yaml, (values, faults, { image }) => {
      assert.deepEqual([...values.keys()].sort(), ['freebsd_e', 'freebsd_g', 'freebsd_hits_total']);
      assert.equal(values.get('freebsd_e'), image.counterSum('nummiss'));
      assert.equal(values.get('freebsd_hits_total'), image.counterSum('numneghits'));
      assert.match(
        faults.get('numposhits')!,
        /^it is counter_u64_t, whose items have 8 bytes, but the config says 64$/,
      );
      assert.match(faults.get('vm_cnt')!, /^it is counter_u64_t, whose items have 8 bytes, but the config says 16$/);
      assert.match(faults.get('sim_zpcpu')!, /struct sim_zpcpu has no single value in its bytes 32 to 39$/);
      assert.match(faults.get('sim_dpcpu')!, /struct sim_dpcpu has no single value in its bytes 16 to 23$/);
    });
  });

  it("uses a module's own types while it is loaded, and lays out anew when it comes and goes", async () => {
    const yaml = `
counters:
  - {symbol: carpstats, struct: carpstats, optional: true, members: ["*"]}
  - {symbol: numneghits, type: counter}
`;
    const simulated = await Simulated.open('amd64-14,cpus=2', yaml);
    try {
      const { image, scraper } = simulated;
      if (image.symbol('carpstats') !== undefined) image.unloadModule('carp');
      assert.equal((await scraper.read()).report.series, 3);
      image.loadModule('carp');
      const loaded = await scraper.read();
      assert.ok(loaded.report.series > 3);
      assert.equal(rowsOf(loaded)[0]!.sum, image.counterSum('carpstats', 0));
      image.unloadModule('carp');
      assert.equal((await scraper.read()).report.series, 3);
    } finally {
      await simulated.close();
    }
  });

  it("does not trust another kernel's file", async () => {
    const other = await Simulated.open('amd64-12,cpus=1', 'counters: [{symbol: numneghits}]');
    const { dir } = other.simulator;
    try {
      other.kernel.close();
      await published('amd64-14,cpus=1', 'counters: [{symbol: numneghits}]', (values) => {
        assert.equal(values.size, 1);
      });
      const simulated = await Simulated.open(
        'amd64-14,cpus=1',
        'counters: [{symbol: sim_rest}, {symbol: dothits, metric: dots, help: H.}, {symbol: numneghits}]',
        'none',
        `${dir}/boot/kernel/kernel`,
      );
      try {
        const { report } = await simulated.scraper.read();
        assert.match(report.symbols[0]!.reason, /its build id is [0-9a-f]+, but the running kernel's is [0-9a-f]+/);
        assert.equal(report.symbols[1]!.up, true, 'offsets need no types');
        assert.match(basisText(report.symbols[2]!.bases[0]!), /^by layout, proof names \(.*its build id is /);
      } finally {
        await simulated.close();
      }
    } finally {
      await other.simulator.close();
    }
  });
});
