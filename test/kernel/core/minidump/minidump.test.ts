import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { KernelAddress } from '../../../../src/kernel/address.js';
import { openMinidump } from '../../../../src/kernel/core/minidump/minidump.js';
import { KernelOpenError, KvmError } from '../../../../src/kernel/errors.js';
import { AMD64, ARM64, fileOf, stampedPages, tablePage, withDump, wordOrReason, writeDump } from './smallDump.js';

const base = AMD64.kernelBase;
/** Pages that follow each other in the address space and not in memory; the fourth was not dumped, the fifth is. */
const physical = [0x10_4000n, 0x2000n, 0x10_1000n, 0x10_2000n, 0x10_3000n];
const table = 0x1000n;
const plan = {
  ...AMD64,
  ranges: [
    [0n, 0x3000n],
    [0x10_0000n, 0x10_6000n],
  ],
  tables: [table | 3n],
  pages: new Map([
    ...stampedPages([...physical.slice(0, 3), physical[4]!, 0x10_5000n]),
    [table, tablePage(Object.fromEntries(physical.map((page, nth) => [nth, page | 3n])))],
  ]),
} as const;
const written = writeDump(plan);

describe('openMinidump', () => {
  it('tells what a dump has', () => {
    withDump(written.bytes, (dump) => {
      assert.equal(dump.machineArch, 'amd64');
      assert.equal(dump.pages, 6);
      assert.equal(dump.missingPages, 0);
      assert.deepEqual(new Map([...dump.physicalPages()].map((page) => [page.physical, page.offset])), written.offsets);
    });
    withDump(writeDump({ ...ARM64, ranges: [], tables: [0n], pages: new Map() }).bytes, (dump) => {
      assert.equal(dump.machineArch, 'aarch64');
      assert.equal(dump.pages, 0);
      assert.deepEqual([...dump.physicalPages()], []);
    });
  });

  it('reads across pages, into arrays of any type', () => {
    withDump(written.bytes, (dump) => {
      const words = new BigUint64Array(4 + 3 * 512).subarray(2, 2 + 2 * 512);
      dump.read((base + 0x800n) as KernelAddress, words);
      const expected = Array.from({ length: 1024 }, (_, nth) => {
        const at = 0x800 + nth * 8;
        return physical[at >> 12]! + BigInt(at & 0xfff);
      });
      assert.deepEqual([...words], expected);
      assert.equal(new Uint8Array(words.buffer).subarray(0, 16).some(Boolean), false, 'nothing before the part');
      assert.equal(new BigUint64Array(words.buffer).subarray(2 + 1024).some(Boolean), false, 'nothing behind it');
      const odd = Buffer.alloc(10);
      dump.read((base + 0x1ffbn) as KernelAddress, odd);
      const around = Buffer.alloc(16);
      around.writeBigUInt64LE(physical[1]! + 0xff8n);
      around.writeBigUInt64LE(physical[2]!, 8);
      assert.deepEqual(odd, around.subarray(3, 13));
      dump.read((base + 0x8000n) as KernelAddress, new Uint8Array(0));
    });
  });

  it('reads all or nothing', () => {
    withDump(written.bytes, (dump) => {
      const read = (address: bigint, length: number) => {
        dump.read(address as KernelAddress, Buffer.alloc(length));
      };
      read(base + 0x2ff8n, 8);
      assert.throws(() => {
        read(base + 0x2ff8n, 9);
      }, KvmError);
      assert.throws(() => {
        read(base + 0x2ff8n, 0x1010);
      }, /^KvmError: vmcore: page 0x… is not in the dump$/);
      read(base + 0x4000n, 4096);
      assert.throws(() => {
        read(base + 0x4000n, 4097);
      }, /no page is mapped at 0x…$/);
      assert.throws(() => {
        read((1n << 64n) - 8n, 16);
      }, KvmError);
    });
  });

  it('counts its reads and the bytes that they copied', () => {
    withDump(written.bytes, (dump) => {
      assert.deepEqual(dump.traffic, { reads: 0, bytes: 0 });
      dump.read(base as KernelAddress, Buffer.alloc(5000));
      wordOrReason(dump, base + 0x3000n);
      assert.deepEqual(dump.traffic, { reads: 2, bytes: 5000 });
    });
  });

  it('keeps few pages, and gives each time the same ones', () => {
    const many = Array.from({ length: 3000 }, (_, nth) => BigInt(nth) * 4096n);
    const large = { ...AMD64, ranges: [[0n, 3000n * 4096n]], tables: [0n], pages: stampedPages(many) } as const;
    withDump(writeDump(large).bytes, (dump) => {
      for (let nth = 0; nth < 9000; nth++) {
        const at = (BigInt((nth * 1237) % 3000) << 12n) + BigInt(nth % 512) * 8n;
        assert.equal(wordOrReason(dump, AMD64.directBase + at), at);
      }
    });
  });

  it('reads nothing once it is closed', () => {
    const dump = openMinidump(fileOf(written.bytes));
    assert.equal(wordOrReason(dump, base), physical[0]);
    dump.close();
    dump.close();
    assert.equal(wordOrReason(dump, base), 'vmcore: the dump was closed');
  });
});

describe('a dump that was cut off', () => {
  it('has the pages before, wherever that was, or cannot be opened', () => {
    const ends = Array.from({ length: written.bytes.length / 512 + 1 }, (_, nth) => nth * 512);
    for (const end of ends.flatMap((at) => [at - 1, at, at + 1])) {
      if (end < 0 || end > written.bytes.length) continue;
      const path = fileOf(written.bytes.subarray(0, end), 'vmcore.cut');
      if (end < written.parts.pages) {
        assert.throws(
          () => openMinidump(path),
          (error: Error) => error instanceof KernelOpenError && !error.message.includes('\n'),
          String(end),
        );
        continue;
      }
      const dump = openMinidump(path);
      assert.equal(dump.pages, 6);
      const there = [...written.offsets].filter(([, offset]) => offset + 4096 <= end);
      assert.equal(dump.missingPages, 6 - there.length);
      assert.deepEqual(new Map([...dump.physicalPages()].map((page) => [page.physical, page.offset])), new Map(there));
      for (const [page, offset] of written.offsets) {
        const told = wordOrReason(dump, AMD64.directBase + page + 4088n);
        if (offset + 4096 > end) assert.equal(told, 'vmcore: page 0x… is not in the dump, which is cut off before it');
        else assert.equal(told, written.bytes.readBigUInt64LE(offset + 4088));
      }
      dump.close();
    }
  });

  it('says in which part', () => {
    const { bytes, parts } = written;
    const why = (end: number) => {
      try {
        openMinidump(fileOf(bytes.subarray(0, end), 'vmcore.part')).close();
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    assert.match(
      why(60),
      /vmcore\.part is damaged or cut off: the file ends after 60 bytes, within the header; copy it/,
    );
    assert.match(why(5000), /after 5000 bytes, within the message buffer/);
    assert.match(why(parts.ranges + 1), /within the ranges of memory/);
    assert.match(why(parts.bitmap + 1), /within the bitmap/);
    assert.match(why(parts.tables), /within the page tables, and has no page of memory; copy it again from where/);
    assert.equal(why(parts.pages), '');
  });

  it('while it is open gives an error for what has gone', () => {
    const path = fileOf(written.bytes);
    const dump = openMinidump(path);
    truncateSync(path, written.parts.pages);
    // Some pages were read together with the bitmap.
    const told = [...written.offsets].slice(0, 5).map(([page]) => [page, wordOrReason(dump, AMD64.directBase + page)]);
    for (const [page, word] of told)
      assert.ok(word === 'vmcore: the file ends there' || page === table || word === page);
    assert.ok(told.some(([, word]) => word === 'vmcore: the file ends there'));
    dump.close();
  });
});

describe('a dump of a running kernel', () => {
  it('ends with the header of its dump, which is no page', () => {
    const header = Buffer.alloc(512);
    header.write('FreeBSD Kernel Dump');
    withDump(Buffer.concat([written.bytes, header]), (dump) => {
      assert.equal(dump.missingPages, 0);
      assert.equal(wordOrReason(dump, base), physical[0]);
    });
  });
});
