/** Covers: kernel/core/soundness, kernel/core/dumpInfo: a dump whose pages are not where it says is refused, and what is left of one that was cut short is read. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { openCoreKernel, type CoreKernel } from '../../../src/kernel/core/coreKernel.js';
import { kernelAddress } from '../../../src/kernel/address.js';
import { KernelOpenError } from '../../../src/kernel/errors.js';
import { Dumped } from '../../simulator/dump/dumped.js';
import { partsOf, type DumpParts } from '../../torture/fuzz/dumpParts.js';

const PAGE = 4096;

describe('where pages are', () => {
  let dumped: Dumped;
  before(async () => {
    dumped = await Dumped.start('amd64-14,cpus=2');
  });
  after(() => dumped.close());

  interface Case {
    readonly core: string;
    readonly info: string;
    readonly bytes: Buffer;
    readonly parts: DumpParts;
  }

  function opened(core: string): CoreKernel {
    return openCoreKernel({ core, kernel: dumped.simulator.source.execfile, libkvm: undefined });
  }

  /** Opens a dump that was damaged. */
  function withDamage(damage: (dump: Case) => void, then: (open: () => CoreKernel) => void): void {
    const { vmcore, info } = dumped.write();
    damage({ core: vmcore, info, bytes: readFileSync(vmcore), parts: partsOf(vmcore) });
    then(() => opened(vmcore));
    rmSync(vmcore);
    rmSync(info, { force: true });
  }

  function refusal(damage: (dump: Case) => void, message: RegExp): void {
    withDamage(damage, (open) => {
      assert.throws(open, (error: Error) => {
        assert.ok(error instanceof KernelOpenError, error.stack);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  function put(core: string, at: number, bytes: Uint8Array): void {
    const file = openSync(core, 'r+');
    writeSync(file, bytes, 0, bytes.length, at);
    closeSync(file);
  }

  function flip({ core, bytes, parts: { bitmap } }: Case, bit: number): void {
    const at = bitmap[0] + (bit >> 3);
    put(core, at, Buffer.of(bytes[at]! ^ (1 << (bit & 7))));
  }

  it('is told in the log, once it is proven', () => {
    const { vmcore } = dumped.write();
    const kernel = opened(vmcore);
    const { seen } = kernel.chooseReader('auto');
    assert.match(
      seen,
      /; its length is that of info\.\d+; vm_page_dump: the same bitmap; \d+ mapped pages, 0 not in it; \d+ pages of symbols/,
    );
    kernel.close();
  });

  it('is not what info.N tells', () => {
    refusal((dump) => {
      flip(dump, dump.parts.bits.at(-1)! + 1);
    }, /is damaged: info\.\d+ tells \d+ bytes, which are there, and its header and bitmap make \d+; copy it again/);
    refusal((dump) => {
      writeFileSync(dump.info, readFileSync(dump.info, 'utf8').replace(/Dump Length: \d+/, 'Dump Length: 4096000'));
    }, /tells 4096000 bytes, and its header and bitmap make \d+; is info\.\d+ that of another dump\?/);
  });

  it('cannot be told where few pages are missing, and nothing has the bitmap again', () => {
    refusal((dump) => {
      // The last page is one of symbols here; the kernel's copy of the bitmap is not readable.
      hideCopy(dump);
      truncateSync(dump.core, dump.bytes.length - PAGE);
      rmSync(dump.info);
    }, /it lacks 1 pages, and nothing tells a file that was cut short from a damaged bitmap; put its info\.N beside it/);
  });

  it('is wrong where two bits cancel out', () => {
    refusal((dump) => {
      const { bits } = dump.parts;
      const lost = bits[bits.length >> 1]!;
      const won = bits.find((bit, nth) => nth > bits.length >> 1 && bits[nth + 1] !== bit + 1)! + 1;
      flip(dump, lost);
      flip({ ...dump, bytes: readFileSync(dump.core) }, won);
    }, /is damaged: (its bitmap is not the kernel's vm_page_dump|.*page tables|.*symbols)/);
  });

  it('is wrong where the ranges of memory are others, though as long', () => {
    refusal(({ core, bytes, parts }) => {
      const [start] = parts.ranges;
      const moved = Buffer.from(bytes.subarray(start, start + 16));
      moved.writeBigUInt64LE(moved.readBigUInt64LE(0) + 0x1000n, 0);
      moved.writeBigUInt64LE(moved.readBigUInt64LE(8) + 0x1000n, 8);
      put(core, start, moved);
    }, /is damaged: .*(dump_avail|symbols|page tables)/);
  });

  it('is not believed of a page that two addresses lead to, nor behind the last proof in a file that was cut short', () => {
    let address = 0n;
    withDamage(
      ({ core, bytes, parts }) => {
        // The first entry of the first page table leads where the second does.
        const [first, second] = parts.entries as [number, number];
        put(core, first, bytes.subarray(second, second + 8));
        const chunk = (parts.directory[0]! - parts.tables[0]) / 8;
        address = bytes.readBigUInt64LE(40) + BigInt(chunk) * 0x20_0000n + BigInt((first % PAGE) / 8) * 0x1000n;
      },
      (open) => {
        const kernel = open();
        assert.throws(() => {
          kernel.memory.read(kernelAddress(address), Buffer.alloc(8));
        }, /two addresses of the kernel lead to the page of/);
        kernel.close();
      },
    );
    withDamage(
      ({ core, bytes }) => {
        truncateSync(core, bytes.length - 3 * PAGE);
      },
      (open) => {
        const kernel = open();
        assert.equal(kernel.pages.missing, 3);
        kernel.close();
      },
    );
  });

  it('can be told of a dump of much more memory, whose file has holes', () => {
    const { vmcore } = dumped.write({ furtherMemory: 2 ** 34 });
    assert.ok(statSync(vmcore).size > 2 ** 34);
    const kernel = opened(vmcore);
    assert.match(kernel.chooseReader('auto').seen, /vm_page_dump: the same bitmap/);
    kernel.close();
    rmSync(vmcore);
  });

  /** Has vm_page_dump lead nowhere. */
  function hideCopy({ core, bytes }: Case): void {
    const kernel = opened(core);
    const { value } = kernel.symbols.lookUp('vm_page_dump')!;
    const word = Buffer.alloc(8);
    kernel.memory.read(kernelAddress(value), word);
    kernel.close();
    const at = bytes.indexOf(word, partsOf(core).pages[0]);
    put(core, at, Buffer.alloc(8));
  }
});
