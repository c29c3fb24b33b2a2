/** Covers: search.ts, and the command `metrics`, as it is shipped. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allMetrics, makeCatalog } from '../../src/catalog/catalog.js';
import { findMetrics, nearNames } from '../../src/catalog/search.js';
import { runExporter } from '../support/exporter.js';

const all = allMetrics(await makeCatalog());
const found = (word: string): string[] => findMetrics(all, word).map(({ name }) => name);

describe('findMetrics', () => {
  it('finds by name, part, member, symbol, sysctl and help, whatever the case', () => {
    const drops = 'freebsd_tcp_listen_queue_drops_total';
    for (const word of [
      drops,
      'LISTEN_QUEUE_DROPS',
      'tcps_listendrop',
      'listen queue was full',
      'freebsd_tcp_listen_queue_drops_busiest_cpu',
    ])
      assert.ok(found(word).includes(drops), word);
    assert.deepEqual(found('vm.stats.sys.v_swtch'), ['freebsd_vm_context_switches_total']);
    assert.deepEqual(found('Listen queue overflows'), [drops]);
    assert.deepEqual(found('state-mismatch'), ['freebsd_pf_decisions_total']);
    assert.ok(found('tcpstat').length > 100);
    assert.ok(found('kcounter_exporter_symbol_up').length === 1);
    assert.deepEqual(found('no such word at all'), []);
  });

  it('puts what is named first', () => {
    assert.equal(found('tcps_drops')[0], 'freebsd_tcp_connections_dropped_total');
  });
});

describe('nearNames', () => {
  it('forgives slips, and prefixes that were left out', () => {
    assert.equal(nearNames(all, 'tcps_listendorp')[0], 'tcps_listendrop');
    assert.equal(nearNames(all, 'listendorp')[0], 'tcps_listendrop');
    assert.deepEqual(nearNames(all, 'xyzzyxyzzyxyzzy'), []);
  });
});

describe('kcounter_exporter metrics', () => {
  it('tells one metric', () => {
    const { code, stdout } = runExporter('metrics', 'tcps_listendrop');
    assert.equal(code, 0);
    assert.match(stdout, /^freebsd_tcp_listen_queue_drops_total {2}\(counter; pack tcp\)$/m);
    assert.match(
      stdout,
      /read from tcpstat\.tcps_listendrop; sysctl net\.inet\.tcp\.stats; netstat -s tcp\.listen-queue-overflows; known in FreeBSD 12\.1–15\.1/,
    );
  });

  it('lists all without a word, and gives JSON', () => {
    assert.equal(runExporter('metrics').stdout.trim().split('\n').length, all.length + 1);
    assert.equal((JSON.parse(runExporter('metrics', '--json').stdout) as unknown[]).length, all.length);
  });

  it('suggests what is near where it finds nothing', () => {
    const { code, stdout, stderr } = runExporter('metrics', 'listendorp');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /did you mean `tcps_listendrop`\?/);
    assert.match(runExporter('metrics', 'xyzzyxyzzyxyzzy').stderr, /discover finds counters that no pack has/);
  });
});
