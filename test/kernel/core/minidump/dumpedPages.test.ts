import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { KernelAddress } from '../../../../src/kernel/address.js';
import { openMinidump } from '../../../../src/kernel/core/minidump/minidump.js';
import { Random } from '../../../torture/random.js';
import {
  AMD64,
  filePath,
  stamped,
  stampedPages,
  withDump,
  wordOrReason,
  writeDump,
  type DumpPlan,
} from './smallDump.js';

const PAGE = 4096;

function planOf(ranges: DumpPlan['ranges'], pages: readonly bigint[]): DumpPlan {
  return { ...AMD64, ranges, tables: [0n], pages: stampedPages(pages) };
}

describe('the bitmap of a dump', () => {
  const direct = (physical: bigint) => AMD64.directBase + physical;

  it('has no bits for what is between the ranges of memory', () => {
    const ranges = [
      [0n, 0xa_0000n],
      [0x10_0000n, 0x10_3000n],
      [0x10_8000n, 0x10_9000n],
      [0x10_9000n, 0x10_a000n],
      [0x8000_0000n, 0x8000_2000n],
    ] as const;
    const pages = [0n, 0x9_f000n, 0x10_0000n, 0x10_2000n, 0x10_8000n, 0x10_9000n, 0x8000_0000n, 0x8000_1000n];
    withDump(writeDump(planOf(ranges, pages)).bytes, (dump) => {
      assert.equal(dump.pages, pages.length);
      assert.equal(dump.missingPages, 0);
      for (const page of pages) assert.equal(wordOrReason(dump, direct(page + 16n)), page + 16n);
      // A page before a range is never taken for one of the range before, whose bits are next.
      for (let page = 0n; page < 0x11_0000n; page += 0x1000n)
        if (!pages.includes(page)) assert.equal(typeof wordOrReason(dump, direct(page)), 'string', page.toString(16));
      for (const page of [0x7fff_f000n, 0x8000_2000n, 0x1_0000_0000n])
        assert.equal(wordOrReason(dump, direct(page)), 'vmcore: page 0x… is not in the dump');
    });
  });

  it('has a bit for each page that a range touches', () => {
    const ranges = [
      [0x800n, 0x2001n],
      [0x5fffn, 0x7800n],
    ] as const;
    withDump(writeDump(planOf(ranges, [0x0n, 0x2000n, 0x5000n, 0x7000n])).bytes, (dump) => {
      for (const page of [0x0n, 0x2000n, 0x5000n, 0x7000n]) assert.equal(wordOrReason(dump, direct(page)), page);
      for (const page of [0x1000n, 0x3000n, 0x4000n, 0x6000n, 0x8000n])
        assert.equal(typeof wordOrReason(dump, direct(page)), 'string');
    });
  });

  it('tells the place of each page, however many are before it', () => {
    const random = new Random(18);
    const ranges = [
      [0n, 70_001n * 4096n],
      [0x4000_0000n, 0x4000_0000n + 33_333n * 4096n],
    ] as const;
    const pages: bigint[] = [];
    for (const [start, end] of ranges)
      for (let page = start; page < end; page += 4096n)
        // Some parts are full, some empty.
        if (random.chance([0, 0.02, 0.5, 1][Number((page >> 24n) % 4n)]!)) pages.push(page);
    const empty = Buffer.alloc(0);
    const { bytes, parts } = writeDump({ ...planOf(ranges, []), pages: new Map(pages.map((page) => [page, empty])) });
    const path = filePath();
    const file = openSync(path, 'w');
    writeSync(file, bytes);
    ftruncateSync(file, parts.pages + pages.length * PAGE);
    const told: [number, bigint][] = [];
    for (let nth = 0; nth < pages.length; nth += 37) {
      writeSync(file, stamped(pages[nth]!), 0, PAGE, parts.pages + nth * PAGE);
      told.push([nth, pages[nth]!]);
    }
    closeSync(file);
    const dump = openMinidump(path);
    assert.equal(dump.pages, pages.length);
    const all = [...dump.physicalPages()];
    assert.deepEqual(
      all.map(({ physical }) => physical),
      pages,
    );
    assert.ok(all.every(({ offset }, nth) => offset === parts.pages + nth * PAGE));
    for (const [, page] of told) assert.equal(wordOrReason(dump, direct(page + 4088n)), page + 4088n);
    dump.close();
  });

  it('may be one of 16 GiB in a file with holes', (context) => {
    const total = 16 * 2 ** 30;
    const ranges = [
      [0n, 0x8000_0000n],
      [0x1_0000_0000n, 0x1_0000_0000n + BigInt(total) - 0x8000_0000n],
    ] as const;
    const { bytes, parts } = writeDump({ ...planOf(ranges, []), messageBytes: 98_304 });
    bytes.fill(0xff, parts.bitmap, parts.bitmap + total / PAGE / 8);
    const path = filePath();
    const file = openSync(path, 'w');
    writeSync(file, bytes);
    ftruncateSync(file, parts.pages + total);
    const written = [0n, 0x7fff_f000n, 0x1_0000_0000n, 0x3_1234_5000n, 0x4_7fff_f000n];
    for (const page of written) {
      const nth = Number(page < 0x8000_0000n ? page : page - 0x8000_0000n);
      writeSync(file, stamped(page), 0, PAGE, parts.pages + nth);
    }
    closeSync(file);
    const memory = process.memoryUsage.rss();
    const start = performance.now();
    const dump = openMinidump(path);
    const opened = performance.now();
    assert.equal(dump.pages, total / PAGE);
    assert.equal(dump.missingPages, 0);
    for (const page of written) assert.equal(wordOrReason(dump, direct(page + 8n)), page + 8n);
    const word = new BigUint64Array(1).fill(1n);
    const random = new Random(16);
    for (let nth = 0; nth < 2000; nth++) {
      dump.read(direct(0x1_0000_0000n + BigInt(random.below(3_000_000)) * 4096n + 16n) as KernelAddress, word);
      assert.ok(word[0] === 0n || written.includes(word[0]! - 16n), 'a hole of the file reads as zeros');
    }
    assert.equal(typeof wordOrReason(dump, direct(0x8000_0000n)), 'string');
    const read = performance.now();
    context.diagnostic(
      `opened in ${(opened - start).toFixed(1)} ms, 2000 random words in ${(read - opened).toFixed(1)} ms, ${((process.memoryUsage.rss() - memory) / 2 ** 20).toFixed(1)} MiB more`,
    );
    dump.close();
  });
});
