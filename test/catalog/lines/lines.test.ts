/** Covers: lines.ts and the files of lines beside it: each line is of a metric that there is, and of one only. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeCatalog } from '../../../src/catalog/catalog.js';
import { allLines, linesOf } from '../../../src/catalog/lines/lines.js';
import { indexOf } from '../../../src/catalog/lines/toolLine.js';

const { packs } = await makeCatalog();
const metrics = packs.flatMap((pack) => pack.metrics);
const places = metrics.flatMap(({ name, sources }) => sources.map((source) => ({ name, ...source })));

/** By pack: what none of these tools prints as it is, without the prefix. */
const UNTOLD: Readonly<Record<string, readonly string[]>> = {
  arp: [],
  carp: ['carp_bad_interface_packets_total'],
  icmp: [],
  icmp6: [],
  interfaces: [
    'interface_receive_multicast_packets_total',
    'interface_transmit_multicast_packets_total',
    'interface_unknown_protocol_packets_total',
  ],
  ip: [],
  ip6: [],
  ipfw: [],
  ipsec: [
    'ipsec4_header_at_front_total',
    'ipsec4_header_in_middle_total',
    'ipsec4_header_at_end_total',
    'ipsec6_header_at_front_total',
    'ipsec6_header_in_middle_total',
    'ipsec6_header_at_end_total',
  ],
  ipsec_sa: [],
  listen: [],
  malloc: ['malloc_allocated_bytes_total', 'malloc_freed_bytes_total', 'malloc_frees_total'],
  netisr: [],
  nexthops: [],
  pf: [],
  pf_rules: [],
  route: ['route_nexthop_index_failures_total', 'route_nexthop_allocation_failures_total', 'route_add_retries_total'],
  sendfile: [],
  tcp: ['tcp_tail_loss_probe_resends_total', 'tcp_tail_loss_probe_resent_bytes_total'],
  udp: ['udp_no_socket_multicast_datagrams_total'],
  uma: ['uma_frees_total', 'uma_limit_sleeping_threads', 'uma_cache_zone_frees_total'],
  vm: [],
};

describe('the lines of FreeBSD’s tools', () => {
  const known = [...indexOf(allLines)].flatMap(([symbol, lines]) => lines.map((line) => ({ symbol, ...line })));

  it('are each of a member that a metric is read from, so that none is misspelt', () => {
    const read = new Set(places.map(({ symbol, member = '' }) => `${symbol} ${member}`));
    const strangers = known.filter(({ symbol, member }) => !read.has(`${symbol} ${member}`));
    assert.deepEqual(
      strangers.map(({ symbol, member, line }) => `${line}: ${symbol}.${member}`),
      [],
    );
    assert.ok(known.length > 350, `${known.length} lines`);
  });

  it('are each of one member: those of several have the same name only in tables that list them one by one', () => {
    const owners = new Map<string, Set<string>>();
    for (const { line, symbol, member } of known) {
      owners.set(line, (owners.get(line) ?? new Set()).add(`${symbol}.${member}`));
    }
    const shared = [...owners].filter(([, all]) => all.size > 1).map(([line]) => line);
    assert.deepEqual(shared.toSorted(), [
      'netstat -Lan incqlen',
      'netstat -Lan maxqlen',
      'netstat -Lan qlen',
      'vmstat -z FAIL',
      'vmstat -z REQ',
    ]);
  });

  it('are known of every metric of these packs, but for those that no tool prints', () => {
    const without = (pack: string) =>
      packs
        .find(({ name }) => name === pack)!
        .metrics.filter(({ sources }) => sources.every(({ lines }) => lines.length === 0))
        .map(({ name }) => name.replace('freebsd_', ''));
    for (const { name } of packs) {
      if (name in UNTOLD) assert.deepEqual(without(name), UNTOLD[name], name);
    }
  });

  it('have for pf a word for each value of the label, in the order of the pack', () => {
    const words = (member: string) => linesOf('pf_status', member)[0]!.remark!.split(', ');
    assert.equal(words('counters').length, 16);
    assert.equal(words('counters')[10], 'state-mismatch');
    assert.equal(words('lcounters').length, 10);
    assert.equal(words('fcounters').length, 3);
  });
});

describe('linesOf', () => {
  it('tells lines of a member, of a symbol that is the value, and none', () => {
    assert.deepEqual(linesOf('vm_cnt', 'v_swtch'), [{ line: 'vmstat -s context-switches' }]);
    assert.deepEqual(linesOf('tcps_states'), [{ line: 'netstat -s tcp.TCP connection count by state' }]);
    assert.deepEqual(linesOf('tcpstat', 'tcps_no_such'), []);
    assert.deepEqual(linesOf('constructor'), []);
  });

  it('tells what keeps the two apart', () => {
    assert.deepEqual(linesOf('sahtree', 'allocations'), [{ line: 'setkey -D allocated', remark: 'its lower 32 bits' }]);
    assert.deepEqual(linesOf('nws', 'nws_work.nw_queued'), [
      { line: 'netstat -Q Queued', remark: 'all CPUs together' },
    ]);
  });
});

describe('indexOf', () => {
  it('refuses what is no member and its name', () => {
    assert.throws(() => indexOf([{ symbol: 'a', before: 'tool ', names: 'one first, two' }]), /"two" of tool/);
  });
});
