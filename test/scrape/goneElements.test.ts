/** Covers: reading.ts and snapshots/symbolStatus.ts, where an element goes, or its item cannot be read, after the walk over its list. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvmError } from '../../src/kernel/errors.js';
import { KernelChange } from '../../src/simulator/changes/kernelChange.js';
import { addMallocType, removeMallocType } from '../../src/simulator/changes/mallocTypes.js';
import { mallocType, mallocTypeStats } from '../../src/simulator/model/kernelTypes.js';
import { offsetOf, sizeOf } from '../../src/simulator/model/ctypes.js';
import { stateOf } from '../../src/snapshots/values.js';
import { beforeReads } from '../support/kernelCalls.js';
import { Simulated } from '../support/simulated.js';

const TYPE = 'churn';
const ITEM = BigInt(sizeOf(mallocTypeStats));

interface Call {
  readonly walks: number;
  /** True where the type's own item is read, be it along with other memory. */
  readonly isOfItem: boolean;
}

/** A kernel with a malloc type of a module. */
class MallocType {
  private item: bigint | undefined;

  private constructor(
    private readonly simulated: Simulated,
    private readonly element: bigint,
  ) {}

  static async with(act: (type: MallocType) => Promise<void>): Promise<void> {
    const simulated = await Simulated.open('amd64-14,cpus=2', 'packs: [malloc]');
    try {
      const type = new MallocType(simulated, addMallocType(simulated.image, TYPE));
      // Once for its layout, and once to see the plan of its reads carried out.
      await simulated.scraper.read();
      const { states, up } = await type.read();
      assert.deepEqual([states, up], [['ok'], true]);
      await act(type);
    } finally {
      await simulated.close();
    }
  }

  remove(): void {
    removeMallocType(this.simulated.image, this.element);
  }

  /** Its room is that of a type with the same name by now, which counts elsewhere. */
  exchange(): void {
    const { image } = this.simulated;
    const change = new KernelChange(image);
    const item = change.spares.take('item');
    change.store(this.element + BigInt(offsetOf(mallocType(14), 'ks_mti.mti_stats')), item - image.bias);
  }

  /** Reads once, with `act` before each call; what it throws takes the place of the call. */
  async read(act: (call: Call) => void = () => undefined) {
    const { kernel, scraper, image } = this.simulated;
    const head = image.symbol('kmemstatistics')!.address;
    const row = scraper.layout.rows.findIndex(({ labels }) => labels.some(({ value }) => value === TYPE));
    const item = (this.item ??= await this.itemOf(row));
    let walks = 0;
    const stop = beforeReads(kernel, ({ address, length }) => {
      if (address === head) walks++;
      // A pointer to it, or where CPU 0 has its copy.
      const isOfItem = [item, BigInt.asUintN(64, item + image.bias)].some(
        (at) => address < at + ITEM && at < address + BigInt(length),
      );
      act({ walks, isOfItem });
    });
    try {
      const snapshot = await scraper.read();
      const rows = snapshot.layout.rows.flatMap(({ labels }, row) =>
        labels.some(({ value }) => value === TYPE) ? [row] : [],
      );
      const states = [...new Set(rows.map((row) => stateOf(snapshot, row)))];
      const { up, reason } = snapshot.report.symbols[0]!;
      return { states, up, reason, walks, gone: snapshot.report.lists[0]?.elements.gone };
    } finally {
      stop();
    }
  }

  /** Where its pointer leads to. */
  private async itemOf(row: number): Promise<bigint> {
    const reading = this.simulated.scraper.readingOf([row]);
    await reading.read();
    return reading.pointerTo(0)!;
  }
}

function unmapped(): never {
  throw new KvmError('kvm_read', 'Bad address');
}

describe('an element whose item cannot be read', () => {
  it('is gone, and no fault, where its list is without it by then', async () => {
    await MallocType.with(async (type) => {
      let isGone = false;
      const seen = await type.read(({ walks, isOfItem }) => {
        if (isOfItem && walks === 1 && !isGone) {
          isGone = true;
          type.remove();
        }
        if (isGone && isOfItem) unmapped();
      });
      assert.deepEqual(seen, { states: ['gone'], up: true, reason: '', walks: 2, gone: 1 });
    });
  });

  it('is a fault where it stays in its list, which is told with its name, and costs no more reads each time', async () => {
    await MallocType.with(async (type) => {
      const read = () =>
        type.read(({ isOfItem }) => {
          if (isOfItem) unmapped();
        });
      const first = await read();
      assert.deepEqual([first.states, first.up], [['copies-unreadable'], false]);
      assert.match(first.reason, /^\d of \d+ values, the first of type=churn: /);
      const { walks, up } = await read();
      assert.deepEqual([walks, up], [2, false]);
      const after = await type.read();
      assert.deepEqual([after.states, after.up], [['ok'], true]);
    });
  });

  it('leads elsewhere where it is another by then, which was not read', async () => {
    await MallocType.with(async (type) => {
      const seen = await type.read(({ walks, isOfItem }) => {
        if (isOfItem && walks === 1) type.exchange();
      });
      assert.deepEqual([seen.states, seen.up], [['gone'], true]);
      const after = await type.read();
      assert.deepEqual([after.states, after.up], [['ok'], true]);
    });
  });
});

describe('a proof of counters that are in no list', () => {
  it('walks none', async () => {
    const counter = 'counters: [{symbol: numneghits, metric: a_total, help: H., type: counter}]';
    const simulated = await Simulated.open('amd64-14,cpus=2', `packs: [malloc]\n${counter}`);
    try {
      const { kernel, scraper, image } = simulated;
      const { layout } = await scraper.read();
      const rowsOf = (symbol: string): number[] =>
        layout.rows.flatMap(({ entry }, row) => (layout.entries[entry]?.symbol === symbol ? [row] : []));
      const head = image.symbol('kmemstatistics')!.address;
      let walks = 0;
      beforeReads(kernel, ({ address }) => {
        if (address === head) walks++;
      });
      await scraper.readingOf(rowsOf('numneghits')).read();
      assert.equal(walks, 0);
      await scraper.readingOf(rowsOf('kmemstatistics').slice(0, 1)).read();
      assert.equal(walks, 1);
    } finally {
      await simulated.close();
    }
  });
});
