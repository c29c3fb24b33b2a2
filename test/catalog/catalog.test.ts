/** Covers: catalog.ts, packs.ts, own.ts, releases.ts. What kernels publish is held against it in published.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allMetrics, makeCatalog } from '../../src/catalog/catalog.js';
import { PACK_FOLDER, shippedPacks } from '../../src/config/packs.js';
import { LayoutFolder } from '../../src/layouts/layoutFiles.js';
import { knownPlace } from '../../src/catalog/releases.js';
import { RunningExporter } from '../support/exporter.js';
import { familiesIn } from './families.js';

const catalog = await makeCatalog();
const metrics = new Map(allMetrics(catalog).map((metric) => [metric.name, metric]));

describe('the catalog', () => {
  it('has each name once', () => {
    assert.equal(metrics.size, allMetrics(catalog).length);
    assert.ok(metrics.size > 700);
  });

  it("has all of the exporter's own that a server publishes", async () => {
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2');
    try {
      const families = familiesIn(await exporter.metrics());
      const own = [...families].filter(([name]) => !name.startsWith('freebsd_'));
      assert.ok(own.length > 20);
      for (const [name, { help, type }] of own) {
        assert.deepEqual({ help: metrics.get(name)?.help, type: metrics.get(name)?.type }, { help, type }, name);
      }
    } finally {
      await exporter.stop();
    }
  });

  it('tells symbol, member, sysctl and releases', () => {
    const [source] = metrics.get('freebsd_tcp_listen_queue_drops_total')!.sources;
    assert.deepEqual(source, {
      symbol: 'tcpstat',
      member: 'tcps_listendrop',
      sysctl: 'net.inet.tcp.stats',
      lines: [{ line: 'netstat -s tcp.listen-queue-overflows' }],
      releases: '12.1–15.1',
    });
    assert.equal(metrics.get('freebsd_vm_context_switches_total')!.sources[0]!.sysctl, 'vm.stats.sys.v_swtch');
    const ofBuffers = allMetrics(catalog).find(({ sources }) => sources[0]?.symbol === 'getnewbufcalls');
    assert.equal(ofBuffers?.sources[0]?.sysctl, 'vfs.getnewbufcalls');
  });

  it('says what a pack is about, and which the default config has', () => {
    const pack = (wanted: string) => catalog.packs.find(({ name }) => name === wanted)!;
    assert.match(pack('arp').about[0]!, /^ARP: finding the link-layer addresses/);
    assert.deepEqual(pack('jails').packs, ['tcp', 'udp', 'ip', 'arp']);
    assert.equal(pack('tcp').isDefault, true);
    assert.equal(pack('zfs').isDefault, false);
    assert.deepEqual(
      catalog.packs.map(({ name }) => name),
      shippedPacks(PACK_FOLDER),
    );
  });
});

describe('knownPlace', () => {
  const layouts = new LayoutFolder();

  it('joins the releases of layouts that follow each other, and tells gaps', () => {
    assert.equal(knownPlace(layouts, 'arpstat', 'txerrors').releases, '13.0–15.1');
    assert.equal(knownPlace(layouts, 'dothits', undefined).releases, '12.1–13.0');
    assert.equal(knownPlace(layouts, 'tcpstat', 'no_such_member').releases, undefined);
    assert.equal(knownPlace(layouts, 'no_such_symbol', undefined).releases, undefined);
  });

  it('knows arrays, also in inner structs, and their elements', () => {
    assert.equal(knownPlace(layouts, 'icmpstat', 'icps_outhist').isArray, true);
    assert.equal(knownPlace(layouts, 'icmpstat', 'icps_outhist[0]').isArray, false);
    assert.equal(knownPlace(layouts, 'nws', 'nws_work.nw_queued').isArray, true);
    assert.equal(knownPlace(layouts, 'tcpstat', 'tcps_drops').isArray, false);
  });
});
