/** Covers: reading.ts and snapshots/symbolStatus.ts, where an element goes, or cannot be read, between the walk over its list and the read of its pointer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvmError } from '../../src/kernel/errors.js';
import { addMallocType, removeMallocType } from '../../src/simulator/changes/mallocTypes.js';
import { mallocType } from '../../src/simulator/model/kernelTypes.js';
import { sizeOf } from '../../src/simulator/model/ctypes.js';
import { stateOf } from '../../src/snapshots/values.js';
import { beforeReads } from '../support/kernelCalls.js';
import { Simulated } from '../support/simulated.js';

const TYPE = 'churn';
const BYTES = BigInt(sizeOf(mallocType(14)));

interface Call {
  /** True while the list is walked, false while the pointers and what they lead to are read. */
  readonly isWalk: boolean;
  readonly walks: number;
  /** True where the type's own memory is read, be it along with other memory. */
  readonly isOfElement: boolean;
}

/** A kernel with a malloc type of a module. */
class MallocType {
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

  /** Reads once, with `act` before each call; what it throws takes the place of the call. */
  async read(act: (call: Call) => void = () => undefined) {
    const { kernel, scraper, image } = this.simulated;
    const head = image.symbol('kmemstatistics')!.address;
    const cells = new Set(scraper.plan!.cells.reads.map(({ address, length }) => `${address} ${length}`));
    let isWalk = false;
    let walks = 0;
    const stop = beforeReads(kernel, ({ address, length }) => {
      if (address === head) {
        isWalk = true;
        walks++;
      } else if (cells.has(`${address} ${length}`)) isWalk = false;
      act({ isWalk, walks, isOfElement: address < this.element + BYTES && this.element < address + BigInt(length) });
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
}

function unmapped(): never {
  throw new KvmError('kvm_read', 'Bad address');
}

describe('an element whose pointer cannot be read', () => {
  it('is gone, and no fault, where its list is without it by then', async () => {
    await MallocType.with(async (type) => {
      let isGone = false;
      const seen = await type.read(({ isWalk, walks, isOfElement }) => {
        if (!isWalk && walks === 1 && !isGone) {
          isGone = true;
          type.remove();
        }
        if (isGone && isOfElement) unmapped();
      });
      assert.deepEqual(seen, { states: ['gone'], up: true, reason: '', walks: 2, gone: 1 });
    });
  });

  it('is read where it was away for a moment: its module was loaded again', async () => {
    await MallocType.with(async (type) => {
      const seen = await type.read(({ isWalk, walks, isOfElement }) => {
        if (!isWalk && walks === 1 && isOfElement) unmapped();
      });
      assert.deepEqual(seen, { states: ['ok'], up: true, reason: '', walks: 3, gone: 0 });
    });
  });

  it('is a fault where it stays in its list, which is told with its name, and costs no more reads each time', async () => {
    await MallocType.with(async (type) => {
      const read = () =>
        type.read(({ isWalk, isOfElement }) => {
          if (!isWalk && isOfElement) unmapped();
        });
      const first = await read();
      assert.deepEqual([first.states, first.up, first.walks], [['cell-unreadable'], false, 4]);
      assert.match(
        first.reason,
        /^\d of \d+ values, the first of type=churn: its pointer could not be read: kvm_read: /,
      );
      const { walks, up } = await read();
      assert.deepEqual([walks, up], [2, false]);
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
