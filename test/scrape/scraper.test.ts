import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileNames } from '../../src/simulator/spec.js';
import { isRead, partOf, sumOf } from '../../src/snapshots/values.js';
import { rowsOf, Simulated, statesOf } from '../support/simulated.js';
import { PATIENCE_MS } from '../support/until.js';

/** Single counters, an array, a struct's members, zpcpu items of every format, and DPCPU. */
const config = `
counters:
  - {symbol: numneghits, metric: neg_hits_total, help: H., type: counter}
  - {symbol: numcachehv, metric: held, help: H.}
  - {symbol: tcps_states, length: 11, label: state, names: [a, b, c, d, e, f, g, h, i, j, k], metric: states, help: H.}
  - symbol: vm_cnt
    type: counter
    members:
      - {offset: 0, metric: switches_total, help: H.}
      - {offset: 8, metric: traps_total, help: H., cpu: sum}
      - {offset: 16, metric: calls_total, help: H., cpu: per_cpu}
  - {symbol: sim_rest, metric: rest_total, help: H., type: counter, cpu: sum}
zpcpu:
  - symbol: sim_zpcpu
    size: 64
    fields:
      - {offset: 0, format: u64, metric: operations_total, help: H., type: counter}
      - {offset: 16, format: i64, metric: balance, help: H.}
      - {offset: 24, format: ptr, metric: owned, help: H.}
      - {offset: 32, format: u32, metric: errors_total, help: H., type: counter}
      - {offset: 36, format: i32, metric: depth, help: H.}
      - {offset: 40, format: u16, metric: queue, help: H.}
      - {offset: 42, format: i16, metric: drift, help: H.}
      - {offset: 44, format: u8, metric: state, help: H.}
      - {offset: 45, format: i8, metric: tiny, help: H.}
dpcpu:
  - symbol: sim_dpcpu
    size: 24
    fields:
      - {offset: 0, format: u64, metric: events_total, help: H., type: counter}
      - {offset: 8, format: i64, metric: dpcpu_balance, help: H.}
      - {offset: 16, format: u32, metric: dpcpu_depth, help: H.}
`;
const counters: readonly [string, number][] = [
  ['numneghits', 0],
  ['numcachehv', 0],
  ...Array.from({ length: 11 }, (_, index): [string, number] => ['tcps_states', index]),
  ['vm_cnt', 0],
  ['vm_cnt', 1],
  ['vm_cnt', 2],
  ['sim_rest', 0],
];

describe('Scraper', () => {
  const shapes = profileNames.flatMap((profile) => [1, 4, 64].map((cpus) => `${profile},cpus=${cpus}`));
  for (const spec of [...shapes, 'amd64-14,cpus=256', 'amd64-14,cpus=4,absent=2+4', 'arm64-14,cpus=3,absent=1']) {
    it(`reads what the kernel holds: ${spec}`, async () => {
      const simulated = await Simulated.open(spec, config);
      try {
        const { cpus } = simulated.scraper.layout;
        const snapshot = await simulated.scraper.read();
        assert.deepEqual(
          snapshot.report.symbols.filter(({ up }) => !up),
          [],
        );
        const rows = rowsOf(snapshot);
        counters.forEach(([symbol, index], row) => {
          const copies = simulated.image.counterCopies(symbol, index);
          const sum = BigInt.asUintN(
            64,
            copies.reduce((total, copy) => total + copy, 0n),
          );
          assert.equal(rows[row]!.sum, sum, `sum of ${symbol}[${index}]`);
          if (symbol === 'vm_cnt' && index === 1) return;
          if (symbol === 'sim_rest') assert.equal(sum, 0n);
          else
            assert.deepEqual(
              rows[row]!.parts,
              cpus.map((id) => copies[id]),
              `parts of ${symbol}[${index}]`,
            );
        });
        assert.ok(rows[0]!.sum > 0n && rows[13]!.sum > 2n ** 32n, 'the values are worth comparing');
      } finally {
        await simulated.close();
      }
    });
  }

  it('gives the same values call by call, slab by slab, and without kvm_read_zpcpu', async () => {
    const values = [];
    for (const reader of ['libkvm', 'auto', 'direct']) {
      const simulated = await Simulated.open('amd64-14,cpus=8', `reader: ${reader}\n${config}`);
      try {
        assert.equal(simulated.scraper.reader.reader, reader === 'auto' ? 'libkvm' : reader);
        values.push(rowsOf(await simulated.scraper.read()));
      } finally {
        await simulated.close();
      }
    }
    // The parts of a sum-only counter are not published, and the libkvm reader does not read them.
    for (const rows of values) for (const sumOnly of [14, 16]) rows[sumOnly]!.parts = [];
    assert.deepEqual(values[0], values[1]);
    assert.deepEqual(values[2], values[1]);
  });

  it('reads every format of a zpcpu item and of a DPCPU object on each CPU', async () => {
    const simulated = await Simulated.open('arm64-14,cpus=4,absent=2', config);
    try {
      const { image, scraper } = simulated;
      const rows = rowsOf(await scraper.read()).slice(counters.length);
      const items = scraper.layout.cpus.map((id) => image.read(image.copyAddress('sim_zpcpu', 0, id), 64));
      const expected = [
        items.map((item) => item.readBigUInt64LE(0)),
        items.map((item) => item.readBigInt64LE(16)),
        items.map((item) => (item.readBigUInt64LE(24) === 0n ? 0n : 1n)),
        items.map((item) => BigInt(item.readUInt32LE(32))),
        items.map((item) => BigInt(item.readInt32LE(36))),
        items.map((item) => BigInt(item.readUInt16LE(40))),
        items.map((item) => BigInt(item.readInt16LE(42))),
        items.map((item) => BigInt(item.readUInt8(44))),
        items.map((item) => BigInt(item.readInt8(45))),
      ];
      expected.forEach((parts, row) => {
        assert.deepEqual(
          rows[row]!.parts.map((part) => BigInt.asIntN(64, part)),
          parts.map((part) => BigInt.asIntN(64, part)),
          `row ${row}`,
        );
        assert.equal(
          rows[row]!.sum,
          BigInt.asUintN(
            64,
            parts.reduce((sum, part) => sum + part, 0n),
          ),
          `row ${row}`,
        );
      });
      const dpcpuOff = image.symbol('dpcpu_off')!.address;
      const entry = image.symbol('pcpu_entry_sim_dpcpu')!.address;
      const events = scraper.layout.cpus.map((id) => {
        const offset = image.read(dpcpuOff + BigInt(8 * id), 8).readBigUInt64LE();
        return image.read(BigInt.asUintN(64, entry + offset), 8).readBigUInt64LE();
      });
      assert.deepEqual(rows[9]!.parts, events);
      assert.ok(
        events.some((value) => value !== events[0]),
        'the CPUs differ',
      );
    } finally {
      await simulated.close();
    }
  });

  it('publishes nothing of a counter that is not to be read, and says why', async () => {
    const broken = `
counters:
  - {symbol: numneghits, metric: good_total, help: H., type: counter}
  - {symbol: no_such_symbol, metric: missing_total, help: H., type: counter}
  - {symbol: sim_early, metric: early_total, help: H., type: counter}
  - {symbol: sim_null, metric: null_total, help: H., type: counter}
  - {symbol: sim_unmapped, metric: unmapped_total, help: H., type: counter}
  - {symbol: sim_unmapped, offset: 0, metric: unmapped_sum_total, help: H., type: counter, cpu: sum}
  - {symbol: tcps_states, length: 12, metric: states, help: H.}
  - {symbol: vm_cnt, offset: 1048568, metric: beyond_total, help: H., type: counter}
  - {symbol: igmpstat, offset: 8, metric: plain_total, help: H., type: counter}
`;
    for (const spec of ['amd64-14,cpus=4', 'amd64-12,cpus=4', 'arm64-14,cpus=4']) {
      for (const reader of spec.startsWith('amd64') ? ['libkvm', 'auto', 'direct'] : ['direct']) {
        const simulated = await Simulated.open(spec, `reader: ${reader}\n${broken}`);
        try {
          const snapshot = await simulated.scraper.read();
          const states = statesOf(snapshot);
          const readable = ['ok', 'unresolved', 'early', 'null', 'copies-unreadable', 'copies-unreadable'];
          // The elements of tcps_states and vm_cnt; igmpstat has no counters, so that nothing of it is laid out.
          assert.deepEqual(states, [...readable, ...Array.from({ length: 13 }, () => 'unresolved')]);
          const reasons = Object.fromEntries(snapshot.report.symbols.map(({ symbol, reason }) => [symbol, reason]));
          assert.equal(reasons['numneghits'], '');
          assert.match(reasons['no_such_symbol']!, /no loaded file has this symbol/);
          assert.match(reasons['sim_early']!, /EARLY_COUNTER/);
          assert.match(reasons['sim_null']!, /NULL/);
          assert.match(reasons['sim_unmapped']!, /could not be read: kvm_read/);
          assert.match(reasons['tcps_states']!, /the symbol has 88 bytes, but the config describes 96/);
          assert.match(reasons['igmpstat']!, /struct igmpstat, which has no counter_u64_t/);
          assert.match(reasons['vm_cnt']!, /but the config reaches to byte 1048576/);
          assert.equal(simulated.changes.length, 7, 'one word for each symbol that is down');
          await simulated.scraper.read();
          assert.equal(simulated.changes.length, 7, 'and no more while it stays so');
          assert.equal(snapshot.report.series, 1 + 4);
        } finally {
          await simulated.close();
        }
      }
    }
  });

  it('serves the other items of a slab whose page is gone on one CPU, and all again when it is back', async () => {
    for (const reader of ['libkvm', 'auto', 'direct']) {
      const simulated = await Simulated.open('amd64-14,cpus=4', `reader: ${reader}\n${config}`);
      try {
        const { image, scraper } = simulated;
        const before = rowsOf(await scraper.read());
        const lost = image.copyAddress('numneghits', 0, 2) & ~4095n;
        image.unmap(lost, 4096);
        const during = await scraper.read();
        const inPage = counters.map(([symbol, index]) => (image.copyAddress(symbol, index, 2) & ~4095n) === lost);
        assert.ok(inPage.includes(true));
        counters.forEach((_, row) => {
          assert.equal(isRead(during, row), !inPage[row], `row ${row}`);
        });
        image.map(lost, 4096);
        assert.deepEqual(rowsOf(await scraper.read()), before);
        assert.ok(simulated.changes.some(({ symbol, up }) => symbol === 'numneghits' && up));
      } finally {
        await simulated.close();
      }
    }
  });

  it('follows a pointer that moves, and a counter that is allocated late', async () => {
    const simulated = await Simulated.open(
      'amd64-14,cpus=2',
      `counters: [{symbol: sim_early, metric: early, help: H.}, {symbol: numneghits, metric: other, help: H.}]`,
    );
    try {
      const { image, scraper } = simulated;
      const early = image.cell('sim_early');
      assert.deepEqual(statesOf(await scraper.read()), ['early', 'ok']);
      image.setCell('sim_early', 0, image.cell('nummiss'));
      const rows = rowsOf(await scraper.read());
      assert.equal(rows[0]!.sum, image.counterSum('nummiss'));
      assert.equal(rows[1]!.sum, image.counterSum('numneghits'));
      image.setCell('sim_early', 0, early);
      assert.deepEqual(statesOf(await scraper.read()), ['early', 'ok']);
    } finally {
      await simulated.close();
    }
  });

  it("publishes a module's counters while it is loaded, and never what lies there afterwards", async () => {
    const simulated = await Simulated.open(
      'amd64-14,cpus=2',
      `counters: [{symbol: carpstats, optional: true, members: [{index: 0, metric: carp_in, help: H.}]}, {symbol: nummiss, metric: other, help: H.}]`,
    );
    try {
      const { image, scraper } = simulated;
      const loaded = image.symbol('carpstats') !== undefined;
      if (loaded) image.unloadModule('carp');
      assert.deepEqual(statesOf(await scraper.read()), ['unresolved', 'ok']);
      for (let round = 0; round < 2; round++) {
        image.loadModule('carp');
        const rows = rowsOf(await scraper.read());
        assert.equal(rows[0]?.sum, image.counterSum('carpstats'), `round ${round}`);
        image.unloadModule('carp');
        assert.deepEqual(statesOf(await scraper.read()), ['unresolved', 'ok']);
      }
      // Between two reads it goes and comes back with the same file id, at another address.
      image.loadModule('carp');
      await scraper.read();
      image.unloadModule('carp');
      image.loadModule('carp');
      assert.equal(rowsOf(await scraper.read())[0]?.sum, image.counterSum('carpstats'));
    } finally {
      await simulated.close();
    }
  });

  it('takes the parts and the sum of one read, so that they add up while everything moves', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=8', config, 'believable');
    try {
      let moved = 0;
      let last = 0n;
      const end = Date.now() + PATIENCE_MS;
      for (let round = 0; round < 200 || (moved <= 3 && Date.now() < end); round++) {
        for (const [row, values] of rowsOf(await simulated.scraper.read()).entries()) {
          if (row === 14 || row === 16) continue;
          const { sum, parts } = values!;
          assert.equal(
            BigInt.asUintN(
              64,
              parts.reduce((total, part) => total + part, 0n),
            ),
            sum,
            `row ${row}`,
          );
          if (row === 13) {
            if (sum !== last) moved++;
            last = sum;
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      assert.ok(moved > 3, 'the workload moves it');
    } finally {
      await simulated.close();
    }
  });

  it('knows no parts of what libkvm tells as a sum alone', async () => {
    const yaml = (reader: string): string => `reader: ${reader}
counters:
  - {symbol: numneghits, metric: a_total, type: counter, help: H., cpu: sum}
  - {symbol: numposhits, metric: b_total, type: counter, help: H., cpu: both}
`;
    for (const [reader, known] of [
      ['auto', [true, true]],
      ['libkvm', [false, true]],
    ] as const) {
      const simulated = await Simulated.open('amd64-14,cpus=2', yaml(reader));
      try {
        const snapshot = await simulated.scraper.read();
        assert.deepEqual(
          [0, 1].map((row) => partOf(snapshot, row, 0) !== undefined),
          known,
          reader,
        );
        assert.ok([0, 1].every((row) => sumOf(snapshot, row) !== undefined));
      } finally {
        await simulated.close();
      }
    }
  });
});
