/** Covers: lists, plain integers and the vnets of all jails from a config to the values, on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileNames } from '../../../src/simulator/spec.js';
import { rowsOf, Simulated } from '../../support/simulated.js';

interface Published {
  readonly series: ReadonlyMap<string, bigint>;
  readonly faults: ReadonlyMap<string, string>;
}

/** What one read publishes: sums by family and the values of their labels. */
async function published(spec: string, yaml: string): Promise<Published> {
  const simulated = await Simulated.open(spec, yaml);
  try {
    const snapshot = await simulated.scraper.read();
    const rows = rowsOf(snapshot);
    const series = new Map<string, bigint>();
    for (const { family, from, to } of snapshot.layout.families) {
      for (let row = from; row < to; row++) {
        const labels = snapshot.layout.rows[row]!.labels.map(({ value }) => value);
        const name = [family.name.replace('freebsd_', ''), ...labels].join(' ');
        assert.ok(!series.has(name), `${name} is there twice`);
        const values = rows[row];
        if (values !== undefined) series.set(name, values.sum);
      }
    }
    const down = snapshot.report.symbols.filter(({ up }) => !up);
    return { series, faults: new Map(down.map(({ symbol, reason }) => [symbol, reason])) };
  } finally {
    await simulated.close();
  }
}

const INTERFACES = `
list:
  - symbol: ifnet
    link: if_link
    vnet: all
    keys: {interface: if_xname}
    check: {if_vnet: vnet}
    same: [if_index]
    members: [{name: if_index, metric: index, help: H.}]
`;

describe('the elements of lists in all vnets', () => {
  for (const profile of profileNames) {
    it(`are labelled by the jails that are alive: ${profile}`, async () => {
      const { series, faults } = await published(`${profile},cpus=2,jails=6`, INTERFACES);
      assert.deepEqual(faults, new Map());
      const names = [...series.keys()].map((name) => name.split(' ').slice(1));
      assert.ok(
        names.some((labels) => labels.length === 1 && labels[0] === 'lo0'),
        'the host’s',
      );
      const jails = new Set(names.filter(({ length }) => length === 3).map(([jail, jid]) => `${jail} ${jid}`));
      assert.deepEqual([...jails].sort(), ['j1 2', 'j1.inner 3', 'j5 5', 'j6 6']);
    });
  }
});

describe('a member of a list', () => {
  it('is not added to itself', async () => {
    const { series, faults } = await published(
      'amd64-14,cpus=2',
      'list: [{symbol: ifnet, link: if_link, keys: {interface: if_xname}, members: [{name: if_flags, plus: if_flags}, if_drv_flags]}]',
    );
    assert.match(faults.get('ifnet')!, /^if_flags: it would be added to itself$/);
    assert.ok([...series.keys()].every((name) => !name.includes('if_flags')));
    assert.ok(series.size > 0, 'the others are published');
  });
});

describe('plain integers', () => {
  it('are read in this vnet, and in all that living jails have', async () => {
    const own = await published('amd64-14,cpus=2,jails=6', 'values: [{symbol: ip_defttl, metric: ttl, help: H.}]');
    assert.deepEqual([...own.series], [['ttl', 64n]]);
    const all = await published(
      'amd64-14,cpus=2,jails=6',
      'values: [{symbol: ip_defttl, vnet: all, metric: ttl, help: H.}]',
    );
    assert.deepEqual([...all.series.keys()].sort(), ['ttl', 'ttl j1 2', 'ttl j1.inner 3', 'ttl j5 5', 'ttl j6 6']);
    assert.equal(all.series.get('ttl'), 64n);
    assert.deepEqual([...own.faults, ...all.faults], []);
  });
});

const keg = (members: string): string => `
list:
  - {symbol: uma_kegs, link: uk_link, keys: {name: uk_name}, type: gauge, members: [${members}]}
`;

describe('an array at the end of an element, as long as it is allocated', () => {
  const SPEC = 'amd64-14,cpus=2';

  it('has its first element published, where that is named', async () => {
    const { series, faults } = await published(SPEC, keg('"uk_domain[0].ud_pages", uk_size'));
    assert.deepEqual(faults, new Map());
    const pages = [...series].filter(([name]) => name.startsWith('uma_kegs_domain_0_ud_pages '));
    assert.equal(pages.length, [...series].filter(([name]) => name.startsWith('uma_kegs_size ')).length);
    assert.ok(
      pages.length > 10 && pages.some(([, value]) => value > 0n) && pages.every(([, value]) => value < 1n << 32n),
    );
  });

  for (const [what, member, why] of [
    [
      'all of it',
      'uk_domain.ud_pages',
      /test\.yaml:\d+:\d+: the type of uk_domain does not tell how long that array is: name its first element, `uk_domain\[0\]\.ud_pages`, or say `label: cpu` where it has one for each CPU$/,
    ],
    ['a glob', '"uk_domain.*"', /test\.yaml:\d+:\d+: the type of uk_domain does not tell how long that array is: name/],
    [
      'another element',
      '"uk_domain[1].ud_pages"',
      /^uk_domain\[1\]\.ud_pages of struct uma_keg: its type does not tell how long the array is, of which only the first element, 0, may be named$/,
    ],
  ] as const) {
    it(`is refused where a config asks for ${what}, which could only be nothing or anybody's memory`, async () => {
      const { series, faults } = await published(SPEC, keg(member));
      assert.equal(series.size, 0);
      assert.match(faults.get('uma_kegs') ?? '', why);
    });
  }
});

describe('the vnets of all jails, where no types tell of them', () => {
  it('are missing, which is told, and the series of this process’s own are those that it has alone', async () => {
    const yaml = (vnet: string): string => `packs: [{pack: tcp, vnet: ${vnet}}, {pack: udp, vnet: ${vnet}}]`;
    const spec = 'amd64-14,cpus=2,jails=3,types=none';
    const own = await published(spec, yaml('own'));
    assert.deepEqual(own.faults, new Map());
    assert.ok(own.series.size > 100);
    const all = await published(spec, yaml('all'));
    assert.deepEqual(all.series, own.series);
    assert.deepEqual([...all.faults.keys()].sort(), ['tcps_states', 'tcpstat', 'udpstat']);
    for (const reason of all.faults.values())
      assert.match(reason, /^only that of this vnet is read, not those of jails: .* it has no type information/);
  });
});
