/** Covers: units.ts, and what families, rules and packs make of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FamilyNames } from '../../src/config/familyNames.js';
import { loadConfig } from '../../src/config/load.js';
import { isTyped, type MemberRule, type TypedEntry } from '../../src/config/model.js';
import { PACK_FOLDER } from '../../src/config/packs.js';
import { unitOfName } from '../../src/config/units.js';
import { errorsOf, load, loadTyped, write } from './files.js';

const HEAD = 'version: 1\n';
const explicit = (more: string): (string | undefined)[] =>
  load(`${HEAD}counters: [{symbol: s, ${more}}]`).entries.flatMap(({ fields }) =>
    fields.map(({ family }) => family.unit),
  );

describe('a unit', () => {
  it('is what the name of a metric ends in, before `_total`', () => {
    const names = ['x_bytes', 'x_bytes_total', 'x_queue_packets', 'freebsd_interrupts_total', 'interrupts_total'];
    assert.deepEqual(names.map(unitOfName), ['bytes', 'bytes', 'packets', 'interrupts', 'interrupts']);
    for (const name of ['x_total', 'x_bytes_in_total', 'x_kilobytes', 'x_total_bytesx', 'x_drops_total'])
      assert.equal(unitOfName(name), undefined, name);
  });

  it('is written where the name does not say it, of one metric or of all of an entry', () => {
    assert.deepEqual(explicit('metric: m, help: h'), [undefined]);
    assert.deepEqual(explicit('metric: m_bytes, help: h'), ['bytes']);
    assert.deepEqual(explicit('metric: m, help: h, unit: packets'), ['packets']);
    assert.deepEqual(
      explicit(
        'unit: packets, members: [{index: 0, metric: a, help: h}, {index: 1, metric: b_bytes, help: h}, {index: 2, metric: c, help: h, unit: mbufs}]',
      ),
      ['packets', 'bytes', 'mbufs'],
    );
    const [zpcpu] = load(
      `${HEAD}zpcpu: [{symbol: z, size: 8, fields: [{offset: 0, format: u64, metric: m, help: h, unit: ticks}]}]`,
    ).entries;
    assert.equal(zpcpu?.fields[0]?.family.unit, 'ticks');
  });

  it('goes with a typed entry and its rules to the families that are made of them', () => {
    const [entry] = loadTyped(
      `${HEAD}counters: [{symbol: s, struct: s, unit: items, members: [a, {name: b, unit: bytes}, "c_*"]}]`,
    );
    assert.equal(entry?.unit, 'items');
    assert.deepEqual(
      entry.members?.map(({ unit }) => unit),
      ['items', 'bytes', 'items'],
    );
    const names = FamilyNames.of({ prefix: 'p_', entries: [] });
    const take = (metric: string): string | undefined => {
      const family = names.takeFamily({ metric, help: 'h', type: 'gauge', unit: 'items', cpu: 'sum', at: entry.at });
      return typeof family === 'string' ? family : family.unit;
    };
    assert.deepEqual(['x', 'x_pages'].map(take), ['items', 'pages']);
  });

  it('is taken by every list of entries', () => {
    for (const list of [
      'counters: [{symbol: s, metric: m, unit: mbufs}]',
      'zpcpu: [{symbol: s, fields: [{name: a, unit: mbufs}]}]',
      'dpcpu: [{symbol: s, unit: mbufs}]',
      'pcpu: [{fields: [{name: a, unit: mbufs}]}]',
      'list: [{symbol: s, link: l, unit: mbufs, members: [{name: a, unit: mbufs}]}]',
      'values: [{symbol: s, unit: mbufs}]',
      'interrupts: [{metric: m_total, unit: mbufs}]',
    ]) {
      const [entry] = loadTyped(HEAD + list);
      assert.equal(entry?.members?.[0]?.unit ?? entry?.unit, 'mbufs', list);
    }
  });

  it('is no other than the one in the name, and one word', () => {
    const named = "expected `packets`, which the metric's name ends in, or none";
    for (const [lines, error] of [
      [
        'counters: [{symbol: s, metric: m_packets, help: h, unit: bytes}]',
        `a.yaml:2:58: counters[0].unit: found the text \`bytes\`, ${named}`,
      ],
      [
        'counters: [{symbol: s, metric: m_packets, unit: bytes}]',
        `a.yaml:2:49: counters[0].unit: found the text \`bytes\`, ${named}`,
      ],
      [
        'counters: [{symbol: s, struct: s, metric: "*_packets_total", unit: bytes}]',
        `a.yaml:2:68: counters[0].unit: found the text \`bytes\`, ${named}`,
      ],
      [
        'counters: [{symbol: s, members: [{name: a, metric: m_packets, unit: bytes}]}]',
        `a.yaml:2:69: counters[0].members[0].unit: found the text \`bytes\`, ${named}`,
      ],
      [
        'dpcpu: [{symbol: s, fields: [{name: "a*", metric: "*_packets", unit: bytes}]}]',
        `a.yaml:2:70: dpcpu[0].fields[0].unit: found the text \`bytes\`, ${named}`,
      ],
      [
        'dpcpu: [{symbol: s, fields: [{name: s_packets, unit: bytes}]}]',
        `a.yaml:2:54: dpcpu[0].fields[0].unit: found the text \`bytes\`, ${named}`,
      ],
      [
        'counters: [{symbol: s, metric: m_packets, help: h, unit: kB}]',
        'a.yaml:2:58: counters[0].unit: found the text `kB`, expected one word in small letters, such as `bytes`',
      ],
      [
        'counters: [{symbol: s, metric: m, help: h, unit: 5}]',
        'a.yaml:2:50: counters[0].unit: found the number 5, expected text',
      ],
    ] as const)
      assert.deepEqual(errorsOf(HEAD + lines).slice(-1), [error], lines);
    assert.deepEqual(explicit('metric: m_packets, help: h, unit: packets'), ['packets']);
  });

  it('cannot be two of one metric, which can be there only once', () => {
    const [error] = errorsOf(
      `${HEAD}counters: [{symbol: s, metric: m, help: h, unit: bytes}, {symbol: t, metric: m, help: h, unit: pages}]`,
    );
    assert.match(error ?? '', /^a\.yaml:2:\d+: counters\[1\]\.metric: found the metric `freebsd_m` a second time/);
  });
});

describe('the units of the packs', () => {
  it('are written only where the name does not say them', () => {
    const config = loadConfig([write(`${HEAD}packs: ['${PACK_FOLDER}/*.yaml']`)]);
    const rules = config.entries
      .filter(isTyped)
      .flatMap((entry): (TypedEntry | MemberRule)[] => [...(entry.members ?? [entry])]);
    const written = rules.filter(({ unit, metric = '' }) => unit !== undefined && unitOfName(metric) !== undefined);
    assert.deepEqual(written, []);
    assert.ok(rules.some(({ unit }) => unit === 'packets'));
  });
});
