/** What changes in the kernel between the calls of one read: pointers, the items behind them, and reads that fail once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReaderChoice } from '../../src/config/model.js';
import { KvmError } from '../../src/kernel/errors.js';
import type { ImageFile } from '../../src/simulator/image.js';
import { beforeReads, type ReadCall } from '../support/kernelCalls.js';
import { rowsOf, Simulated, statesOf } from '../support/simulated.js';

const READERS: readonly ReaderChoice[] = ['libkvm', 'auto', 'direct'];

/** Gives every CPU's copy of a counter this value. */
function fill(image: ImageFile, symbol: string, value: bigint): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  for (let cpu = 0; cpu <= image.maxId; cpu++) image.write(image.copyAddress(symbol, 0, cpu), bytes);
}

/** True for the calls that read per-CPU copies: what lies at the cells of the config's counters is read by others. */
function readsCopies({ address, call }: ReadCall, cells: readonly bigint[]): boolean {
  return call !== 'kvm_read' || !cells.some((cell) => cell >= address && cell < address + 4096n);
}

describe('Reading', () => {
  for (const reader of READERS) {
    const config = (cpu: string): string =>
      `reader: ${reader}\ncounters: [{symbol: numneghits, metric: a_total, help: H., type: counter, cpu: ${cpu}}, {symbol: nummiss, metric: b_total, help: H., type: counter}]`;

    for (const cpu of ['sum', 'both']) {
      it(`never publishes another counter's value when an item is freed and given away: ${reader}, ${cpu}`, async () => {
        const simulated = await Simulated.open('amd64-14,cpus=4', config(cpu));
        try {
          const { image, kernel, scraper } = simulated;
          await scraper.read();
          const cells = ['numneghits', 'nummiss'].map((symbol) => image.symbol(symbol)!.address);
          fill(image, 'sim_rest', 7n);
          let given = false;
          beforeReads(kernel, (call) => {
            if (given || !readsCopies(call, cells)) return;
            given = true;
            // The counter's item is freed and becomes another counter's; its own cell then leads to a new item.
            fill(image, 'numneghits', 1_000_000n);
            image.setCell('numneghits', 0, image.cell('sim_rest'));
          });
          const snapshot = await scraper.read();
          assert.ok(given, 'it was given away in the middle of the read');
          assert.deepEqual(statesOf(snapshot), ['ok', 'ok']);
          const [moved, other] = rowsOf(snapshot);
          assert.equal(moved!.sum, 28n);
          if (cpu === 'both') assert.deepEqual(moved!.parts, [7n, 7n, 7n, 7n]);
          assert.equal(other!.sum, image.counterSum('nummiss'));
        } finally {
          await simulated.close();
        }
      });
    }

    it(`leaves out a counter whose pointer does not stay, with the reason, and has it again with the next read: ${reader}`, async () => {
      const simulated = await Simulated.open('amd64-14,cpus=4', config('both'));
      try {
        const { image, kernel, scraper } = simulated;
        await scraper.read();
        const cells = ['numneghits', 'nummiss'].map((symbol) => image.symbol(symbol)!.address);
        const pointers = [image.cell('numneghits'), image.cell('sim_rest')];
        let turn = 0;
        let looked = false;
        const stop = beforeReads(kernel, (call) => {
          // Each time after a look at the cells, when the first copies are about to be read.
          if (looked && readsCopies(call, cells)) image.setCell('numneghits', 0, pointers[++turn % 2]!);
          looked = !readsCopies(call, cells);
        });
        const snapshot = await scraper.read();
        assert.ok(turn > 1, 'it was tried more than once');
        assert.deepEqual(statesOf(snapshot), ['moved', 'ok']);
        const status = snapshot.report.symbols.find(({ symbol }) => symbol === 'numneghits')!;
        assert.match(status.reason, /its pointer changed each time/);
        assert.equal(rowsOf(snapshot)[1]!.sum, image.counterSum('nummiss'));
        stop();
        const after = await scraper.read();
        assert.deepEqual(statesOf(after), ['ok', 'ok']);
        assert.equal(rowsOf(after)[0]!.sum, image.counterSum('numneghits'));
      } finally {
        await simulated.close();
      }
    });

    it(`never publishes what an earlier read left there, when a read fails once: ${reader}`, async () => {
      // An item of 8 bytes lies inside one of 64: the longer one ends behind the last one that begins.
      const simulated = await Simulated.open(
        'amd64-14,cpus=4',
        `reader: ${reader}
counters: [{symbol: numneghits, metric: a_total, help: H., type: counter}, {symbol: nummiss, metric: b_total, help: H., type: counter}]
zpcpu: [{symbol: sim_zpcpu, size: 64, fields: [{offset: 0, format: u64, metric: c, help: H.}, {offset: 40, format: u16, metric: d, help: H.}]}]`,
      );
      try {
        const { image, kernel, scraper } = simulated;
        image.setCell('numneghits', 0, image.cell('sim_zpcpu') + 16n);
        await scraper.read();
        const cells = ['numneghits', 'nummiss', 'sim_zpcpu'].map((symbol) => image.symbol(symbol)!.address);
        const value = Buffer.alloc(64);
        // Which calls fail: those of one kind from one on, so many.
        const rounds = [1, 2, 3, 5].flatMap((from) =>
          [1, 2, 7].flatMap((count) => [false, true].map((ofCells) => ({ from, count, ofCells }))),
        );
        for (const [round, { from, count, ofCells }] of rounds.entries()) {
          value.writeBigUInt64LE(BigInt(round), 0);
          value.writeBigUInt64LE(BigInt(round), 16);
          value.writeUInt16LE(round, 40);
          for (let cpu = 0; cpu <= image.maxId; cpu++) image.write(image.copyAddress('sim_zpcpu', 0, cpu), value);
          let calls = 0;
          const stop = beforeReads(kernel, (call) => {
            if (ofCells === readsCopies(call, cells)) return;
            calls++;
            if (calls >= from && calls < from + count) throw new KvmError(call.call, 'Bad address');
          });
          // Where nothing at all can be read, nothing is published.
          const snapshot = await scraper.read().catch((error: unknown) => {
            assert.ok(error instanceof KvmError, String(error));
          });
          stop();
          const all = BigInt(4 * round);
          const [short, other, long, deep] = snapshot === undefined ? [] : rowsOf(snapshot);
          for (const [row, right] of [
            [short, all],
            [other, image.counterSum('nummiss')],
            [long, all],
            [deep, all],
          ] as const) {
            if (row !== undefined) assert.equal(row.sum, right, `round ${round}`);
          }
          const rest = rowsOf(await scraper.read());
          assert.deepEqual(
            rest.map((row) => row?.sum),
            [all, image.counterSum('nummiss'), all, all],
            'the next read has all',
          );
        }
      } finally {
        await simulated.close();
      }
    });
  }
});
