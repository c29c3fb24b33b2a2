import assert from 'node:assert/strict';
import { ftruncateSync, openSync, closeSync, writeSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { KernelAddress } from '../../../../src/kernel/address.js';
import { openMinidump } from '../../../../src/kernel/core/minidump/minidump.js';
import { KernelOpenError } from '../../../../src/kernel/errors.js';
import { AMD64, ARM64, fileOf, filePath, stampedPages, writeDump, type DumpPlan } from './smallDump.js';

const ranges = [
  [0n, 0x4000n],
  [0x10_0000n, 0x10_4000n],
] as const;
const amd64: DumpPlan = { ...AMD64, ranges, tables: [0n], pages: stampedPages([0x1000n, 0x10_3000n]) };
const arm64: DumpPlan = { ...ARM64, ranges, tables: [0n], pages: stampedPages([0x1000n]) };

function whyNot(plan: DumpPlan, damage: (bytes: Buffer) => void): string {
  const { bytes } = writeDump(plan);
  damage(bytes);
  return whyNotBytes(bytes);
}

function whyNotBytes(bytes: Buffer): string {
  try {
    openMinidump(fileOf(bytes, 'vmcore.bad')).close();
  } catch (error) {
    assert.ok(error instanceof KernelOpenError, String(error));
    return error.message.replace(/^.*\/vmcore\.bad /, '');
  }
  return 'opened';
}

const damaged = (why: string) => `is damaged or cut off: ${why}; copy it again from where it was saved`;

describe('a header', () => {
  it('that is whole is taken', () => {
    for (const plan of [amd64, arm64])
      assert.equal(
        whyNot(plan, () => undefined),
        'opened',
      );
  });

  it('with addresses that contradict each other is refused', () => {
    const why = damaged('its addresses contradict each other');
    const changes: readonly (readonly [DumpPlan, number, bigint])[] = [
      [amd64, 40, 0n],
      [amd64, 40, AMD64.kernelBase + 4096n],
      [amd64, 40, AMD64.directBase],
      [amd64, 40, 0xffff_ffff_ffe0_0000n],
      [amd64, 48, 0x1000n],
      [amd64, 48, AMD64.directBase + 1n],
      [amd64, 48, AMD64.directEnd],
      [amd64, 56, AMD64.directBase],
      [amd64, 56, AMD64.kernelBase + 4096n],
      [amd64, 56, AMD64.directEnd + 8n],
      [arm64, 40, ARM64.kernelBase + 8n],
      [arm64, 48, ARM64.directPhysical + 1n],
      [arm64, 56, ARM64.kernelBase],
      [arm64, 64, ARM64.directBase],
    ];
    for (const [plan, at, value] of changes) {
      const told = whyNot(plan, (bytes) => bytes.writeBigUInt64LE(value, at));
      assert.equal(told, why, `${plan.arch} ${at} ${value.toString(16)}`);
    }
  });

  it('with sizes that do not fit the file or each other is refused', () => {
    const change = (at: number, value: number) => whyNot(amd64, (bytes) => bytes.writeUInt32LE(value, at));
    const { bytes } = writeDump(amd64);
    assert.match(change(28, 0xffff_ffff), /the file ends after \d+ bytes, within the message buffer/);
    assert.match(change(32, 0x0fff_fff8), /within the bitmap/);
    assert.match(change(36, 0xffff_f000), /within the page tables/);
    assert.equal(change(32, 0x1000_0008), damaged('268435464 bytes of bitmap, more than 268435456'));
    assert.equal(change(32, 4095), damaged('a bitmap of 4095 bytes'));
    assert.equal(change(32, 4088), damaged('a bitmap of 4088 bytes where the ranges of memory need 4096'));
    assert.equal(change(36, 4088), damaged('page tables of 4088 bytes'));
    assert.equal(change(64, 0), damaged('the ranges of memory have no end'));
    assert.equal(change(64, 8192 * 9), damaged('73728 bytes of ranges of memory, more than 65536'));
    const twoMore = Buffer.concat([bytes, Buffer.alloc(2 * 4096)]);
    assert.equal(whyNotBytes(twoMore), damaged('4 pages where the bitmap has 2'));
  });

  it('with flags of unknown pages is refused', () => {
    for (const flags of [2, 3])
      assert.equal(
        whyNot(arm64, (bytes) => bytes.writeUInt32LE(flags, 76)),
        damaged(`pages of 4 or 16 KiB are read, flags are ${flags}`),
      );
  });
});

describe('the ranges of memory', () => {
  const { parts } = writeDump(amd64);
  const write = (nth: number, value: bigint) => (bytes: Buffer) => {
    bytes.writeBigUInt64LE(value, parts.ranges + nth * 8);
  };

  it('are in order', () => {
    const why = damaged('the ranges of memory are in no order');
    assert.equal(whyNot(amd64, write(0, 0x5000n)), why);
    assert.equal(whyNot(amd64, write(2, 0x3000n)), why);
    assert.equal(whyNot(amd64, write(3, 0x1000n)), why);
    assert.equal(whyNot(amd64, write(3, (1n << 52n) + 1n)), why);
    assert.equal(whyNot(amd64, write(3, 0xffff_ffff_ffff_f000n)), why);
  });

  it('are those of the bitmap', () => {
    // Of a bitmap that is larger than its ranges, the bits belong to others.
    const large: DumpPlan = { ...amd64, ranges: [ranges[0], [0x10_0000n, 0x1000_0000n]] };
    assert.match(whyNot(large, write(3, 0x10_4000n)), /a bitmap of 8192 bytes where the ranges of memory need 4096/);
    assert.match(whyNot(amd64, write(3, 0x1000_0000n)), /a bitmap of 4096 bytes where the ranges of memory need 8192/);
    assert.equal(whyNot(amd64, write(2, 0n)), damaged('the ranges of memory are in no order'));
    assert.equal(
      whyNot(amd64, (bytes) => bytes.writeUInt8(1, parts.bitmap + 1)),
      damaged('the bitmap has pages beyond the end of memory'),
    );
    assert.equal(
      whyNot(amd64, (bytes) => bytes.fill(0xff, parts.ranges, parts.bitmap)),
      damaged('the ranges of memory are in no order'),
    );
    assert.equal(
      whyNot(amd64, (bytes) => {
        for (let at = parts.ranges; at < parts.bitmap; at += 8) bytes.writeBigUInt64LE(0x4000n, at);
      }),
      damaged('the ranges of memory have no end'),
    );
  });
});

describe('a bitmap without ranges', () => {
  it('of the most memory that is read is counted piece by piece', () => {
    const old: DumpPlan = { ...amd64, version: 2, ranges: [] };
    const { bytes, parts } = writeDump(old);
    const header = bytes.subarray(0, parts.bitmap);
    header.writeUInt32LE(0x1000_0000, 32);
    const path = filePath();
    const file = openSync(path, 'w');
    writeSync(file, header);
    // The bit of the last page that the direct map has.
    writeSync(file, Buffer.from([0x80]), 0, 1, parts.bitmap + 0x0800_0000 - 1);
    ftruncateSync(file, parts.bitmap + 0x1000_0000 + 2 * 4096);
    closeSync(file);
    const dump = openMinidump(path);
    assert.deepEqual([dump.pages, dump.missingPages], [1, 0]);
    const word = new BigUint64Array(1);
    dump.read((AMD64.directEnd - 4096n) as KernelAddress, word);
    dump.close();
  });
});
