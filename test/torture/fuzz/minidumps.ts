/**
 * Minidumps: each is read or refused with an error of kernel/. Damage to pages moves nothing: all the others still have their bytes. Damage to
 * what says where pages are may lead to others, and never to a crash or to memory without end.
 */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { openMinidump, type Minidump } from '../../../src/kernel/core/minidump/minidump.js';
import { KernelOpenError } from '../../../src/kernel/errors.js';
import {
  AMD64,
  ARM64,
  entriesOf,
  filePath,
  stampedPages,
  tablePage,
  wordOrReason,
  writeDump,
  type WrittenDump,
} from '../../kernel/core/minidump/smallDump.js';
import { check, type Target } from './target.js';

const table = 0x10_3000n;
const physical = [0x1000n, 0x2000n, 0x10_0000n, 0x10_2000n, 0x10_5000n, 0x20_1000n, 0x20_3000n];
const ranges = [
  [0n, 0x3000n],
  [0x10_0000n, 0x10_6000n],
  [0x20_0000n, 0x40_0000n],
] as const;

interface Sample extends WrittenDump {
  /** What the dump says of addresses before there is any damage: the word, or that there is none. */
  readonly expected: ReadonlyMap<bigint, bigint | undefined>;
  /** Parts of the file that say where pages are. */
  readonly structure: readonly (readonly [number, number])[];
}

const samples: readonly Sample[] = [
  ...[1, 2, 3].map((version) => {
    const tables =
      version === 1
        ? entriesOf(64, Object.fromEntries(physical.map((page, nth) => [nth, page | 3n])))
        : entriesOf(512, { 0: table | 3n, 1: 0x20_0083n });
    const entries = tablePage(Object.fromEntries(physical.map((page, nth) => [nth * 3, page | 3n])));
    const pages = stampedPages(physical);
    if (version > 1) pages.set(table, entries);
    return sampleOf(writeDump({ ...AMD64, version, ranges, tables, pages }), AMD64);
  }),
  ...[1, 2, 3].map((version) => {
    const tables = entriesOf(512, Object.fromEntries(physical.map((page, nth) => [nth, page | 0x703n])));
    const arm64 = { ...ARM64, version, directPhysical: 0n };
    return sampleOf(writeDump({ ...arm64, ranges, tables, pages: stampedPages(physical) }), ARM64);
  }),
];

function sampleOf(dump: WrittenDump, bases: typeof AMD64 | typeof ARM64): Sample {
  const expected = new Map<bigint, bigint | undefined>();
  const { bytes, parts, offsets } = dump;
  const path = filePath();
  writeAll(path, bytes);
  const whole = openMinidump(path);
  for (let page = 0n; page < 1024n; page++)
    for (const base of [bases.kernelBase, bases.directBase]) {
      const address = base + page * 4096n + (page % 512n) * 8n;
      const word = wordAt(whole, address);
      // Of those that are not there, some.
      if (word !== undefined || page % 37n === 0n) expected.set(address, word);
    }
  whole.close();
  const tableOffset = offsets.get(table);
  const structure = [[0, 80] as const, [parts.ranges, parts.pages] as const];
  return {
    ...dump,
    expected,
    structure: tableOffset === undefined ? structure : [...structure, [tableOffset, tableOffset + 4096]],
  };
}

interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Words that mean something at one place or another of a dump. */
const words = [0n, 1n, 0x83n, 0xfffn, 0x1003n, 0x4000n, 1n << 32n, 1n << 51n, 1n << 63n, (1n << 64n) - 1n];
const bytesOfEdit = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 4 }),
  fc.constantFrom(...words).map((word) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(word);
    return bytes;
  }),
  fc.constantFrom(0, 1, 2, 3, 4, 0x80, 0xff).map((byte) => Uint8Array.of(byte)),
);

/** Half of all damage is where it tells: in the first bytes of a part. */
function placeIn(sample: Sample): fc.Arbitrary<number> {
  const { parts, bytes, structure } = sample;
  const near = [24, parts.ranges, parts.bitmap, parts.tables, ...structure.slice(2).map(([start]) => start)];
  return fc.oneof(
    fc.tuple(fc.constantFrom(...near), fc.nat(56)).map(([start, more]) => start + more),
    fc.nat(bytes.length - 1),
  );
}

const damage = fc.nat(samples.length - 1).chain((nth) => {
  const sample = samples[nth]!;
  return fc.record({
    nth: fc.constant(nth),
    edits: fc.array(fc.record({ at: placeIn(sample), bytes: bytesOfEdit }), { maxLength: 4 }),
    end: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.nat(sample.bytes.length) },
    ),
  });
});

export const minidumpTarget: Target = {
  name: 'minidumps',
  share: 40_000,
  async run(seed, cases) {
    const counts = { whole: 0, misled: 0, refused: 0 };
    const path = filePath();
    await check(
      'a minidump',
      damage,
      ({ nth, edits, end }) => {
        const sample = samples[nth]!;
        const bytes = Buffer.from(sample.bytes);
        for (const edit of edits) bytes.set(edit.bytes.subarray(0, bytes.length - edit.at), edit.at);
        writeAll(path, bytes.subarray(0, end));
        counts[outcome(sample, path, edits, bytes, end ?? bytes.length)]++;
      },
      seed,
      cases,
    );
    rmSync(path, { force: true });
    return { cases, counts };
  },
};

function outcome(
  sample: Sample,
  path: string,
  edits: readonly Edit[],
  bytes: Buffer,
  end: number,
): 'whole' | 'misled' | 'refused' {
  let dump: Minidump;
  try {
    dump = openMinidump(path);
  } catch (error) {
    if (!(error instanceof KernelOpenError)) throw error;
    assert.ok(!error.message.includes('\n'), error.message);
    return 'refused';
  }
  try {
    const misled = edits.some((edit) =>
      sample.structure.some(([start, stop]) => edit.at < stop && edit.at + edit.bytes.length > start),
    );
    assert.ok(dump.missingPages <= dump.pages);
    for (const [address, word] of sample.expected) {
      const told = wordAt(dump, address);
      if (misled) continue;
      if (word === undefined) assert.equal(told, undefined, address.toString(16));
      else if (told !== undefined)
        assert.ok(told === word || wasEdited(sample, bytes, word, told), address.toString(16));
      else assert.ok(end < bytes.length, `${address.toString(16)} is there`);
    }
    // Every page that it says it has can be read where it says.
    for (const { offset } of dump.physicalPages()) assert.ok(offset + 4096 <= end, `a page at ${offset}`);
    return misled ? 'misled' : 'whole';
  } finally {
    dump.close();
  }
}

/** A word says where it is from: there, the damaged file has what was read. */
function wasEdited(sample: Sample, bytes: Buffer, word: bigint, told: bigint): boolean {
  const offset = sample.offsets.get(word - (word % 4096n));
  return offset !== undefined && bytes.readBigUInt64LE(offset + Number(word % 4096n)) === told;
}

function wordAt(dump: Minidump, address: bigint): bigint | undefined {
  const told = wordOrReason(dump, address);
  return typeof told === 'bigint' ? told : undefined;
}

function writeAll(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes.length);
  writeSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
}
