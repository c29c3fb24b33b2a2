/** The rules by which metrics get names that the config does not give. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memberMetric, metricStem, symbolMetric } from '../../src/config/madeNames.js';
import { selectMembers } from '../../src/config/memberRules.js';
import type { TypedEntry } from '../../src/config/model.js';
import { metricProblem } from '../../src/config/names.js';
import { loadTyped } from './files.js';

/** The one entry of a config, of which its `counters` item is given in YAML's flow form. */
const entryOf = (item: string): TypedEntry => loadTyped(`version: 1\ncounters: [${item}]`)[0]!;

/** The name that a member of this entry gets. */
function metricOf(item: string, member: string): string {
  const entry = entryOf(item);
  return memberMetric(entry, selectMembers(entry, [member]).chosen[0]!.rule, member);
}

describe('the parts of made names', () => {
  it("are the symbol's without what says that it holds statistics", () => {
    const stems = {
      tcpstat: 'tcp',
      vm_cnt: 'vm',
      carpstats: 'carp',
      rtstat: 'rt',
      sfstat: 'sf',
      cryptostats: 'crypto',
      ipsec4stat: 'ipsec4',
      tcp_stats: 'tcp',
      tcp_stat: 'tcp',
      pf_status: 'pf_status',
      tcps_states: 'tcps_states',
      UPPERstat: 'upper',
      stat: 'stat',
      stats: 'stats',
      _stats: '_stats',
      _cnt: '_cnt',
    };
    for (const [symbol, stem] of Object.entries(stems)) assert.equal(metricStem(symbol), stem);
  });

  it("are the member's without its prefix", () => {
    const stems = {
      tcps_rcvduppack: 'rcvduppack',
      v_swtch: 'swtch',
      ips_total: 'total',
      operations: 'operations',
      tcps_ECN_ce: 'ecn_ce',
      a_: 'a_',
      _a: 'a',
      'outer_a.inner_b': 'a_inner_b',
      'outer.inner_b': 'outer_inner_b',
    };
    for (const [member, stem] of Object.entries(stems))
      assert.equal(metricOf("{symbol: s, metric: '*'}", member), stem);
  });
});

describe('made names', () => {
  it('join the parts, and end as the type asks', () => {
    assert.equal(metricOf('{symbol: tcpstat, struct: tcpstat}', 'tcps_rcvduppack'), 'tcp_rcvduppack_total');
    assert.equal(metricOf('{symbol: ipstat, struct: ipstat}', 'ips_total'), 'ip_total');
    assert.equal(metricOf('{symbol: vm_cnt}', 'v_swtch'), 'vm_swtch');
    assert.equal(metricOf('{symbol: vm_cnt, type: counter}', 'v_swtch'), 'vm_swtch_total');
    assert.equal(metricOf('{symbol: s, struct: s}', 'x_count'), 's_count_total');
  });

  it('of gauges never end as those of other types', () => {
    assert.equal(metricOf('{symbol: vm_cnt}', 'v_count'), 'vm_count_value');
    assert.equal(metricOf('{symbol: vm_cnt}', 'v_total'), 'vm_total_value');
    for (const ending of ['sum', 'count', 'info', 'bucket', 'created', 'gauge', 'counter', 'total']) {
      assert.equal(metricProblem(metricOf('{symbol: vm_cnt}', `v_${ending}`), 'freebsd_', 'gauge'), undefined);
    }
  });

  it('follow a template, but for the ending where the type is another', () => {
    const template = "{symbol: tcpstat, struct: tcpstat, metric: 'net_*_x_total', members: [MEMBER]}";
    const named = (member: string, name: string) => metricOf(template.replace('MEMBER', member), name);
    assert.equal(named('tcps_*', 'tcps_a'), 'net_a_x_total');
    assert.equal(named('{name: tcps_a, type: gauge}', 'tcps_a'), 'net_a_x');
    assert.equal(named("{name: 'tcps_?', metric: '*_y_total'}", 'tcps_a'), 'a_y_total');
    assert.equal(named('{name: tcps_a, metric: z_total}', 'tcps_a'), 'z_total');
    assert.equal(metricOf("{symbol: s, struct: s, metric: 'ip_*_total'}", 'ips_total'), 'ip_total');
    assert.equal(metricOf("{symbol: s, metric: 'x_*', members: [{name: a_b, type: counter}]}", 'a_b'), 'x_b_total');
  });

  it('of a symbol that is one counter are its own', () => {
    assert.equal(symbolMetric(entryOf('{symbol: numneghits}')), 'numneghits');
    assert.equal(symbolMetric(entryOf('{symbol: numNegHits, type: counter}')), 'numneghits_total');
    assert.equal(symbolMetric(entryOf('{symbol: vnodes_created}')), 'vnodes_created_value');
    assert.equal(symbolMetric(entryOf('{symbol: vnodes_created, type: counter}')), 'vnodes_created_total');
    assert.equal(symbolMetric(entryOf('{symbol: s, metric: m}')), 'm');
  });
});
