import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AMD64,
  ARM64,
  entriesOf,
  stamped,
  stampedPages,
  tablePage,
  withDump,
  wordOrReason,
  writeDump,
  type DumpPlan,
} from './smallDump.js';

const UNMAPPED = 'vmcore: no page is mapped at 0x…';
const NOT_DUMPED = 'vmcore: page 0x… is not in the dump';
const OUTSIDE = 'vmcore: address 0x… is outside of what is dumped of the kernel';
const HIGH = 0x000f_1234_5678_9000n;

/** Page tables that have each kind of entry, in the order in which the tests ask. */
const table = 0x10_3000n;
const amd64: DumpPlan = {
  ...AMD64,
  ranges: [
    [0n, 0x3000n],
    [0x10_0000n, 0x10_6000n],
    [0x20_0000n, 0x60_0000n],
    [0x4060_3000n, 0x4060_5000n],
    [HIGH, HIGH + 0x1000n],
  ],
  tables: [
    ...entriesOf(512, {
      0: table | 0x3n,
      // Accessed, dirty, global, NX and software bits.
      1: (1n << 63n) | (0x7ffn << 52n) | 0x20_0000n | 0x1e3n,
      // The PAT bit of a large page, where a small page's address has a bit.
      2: 0x40_0000n | 0x1083n,
      3: 0x20_0000n | 0x82n,
      4: 0x10_5000n | 0x3n,
      5: 0x7000_0000n | 0x3n,
    }),
    // A page of 1 GiB, as it is dumped: a directory of 512 large pages.
    ...Array.from({ length: 512 }, (_, nth) => (0x4000_0000n + BigInt(nth) * 0x20_0000n) | 0x83n),
  ],
  pages: new Map([
    ...stampedPages([
      0x1000n,
      0x10_0000n,
      0x10_4000n,
      0x20_0000n,
      0x20_7000n,
      0x3f_f000n,
      0x40_0000n,
      0x40_1000n,
      HIGH,
    ]),
    [0x4060_3000n, stamped(0x4060_3000n)],
    [
      table,
      tablePage({
        0: 0x1000n | 0x3n,
        1: 0x10_0000n | (1n << 63n) | (0xfn << 59n) | (0x7fn << 52n) | 0xfe3n,
        2: 0x1000n | 0x2n,
        3: 0x2000n | 0x3n,
        4: 0x8000n | 0x3n,
        5: HIGH | 0x1n,
        511: 0x10_4000n | 0x1n,
      }),
    ],
  ]),
};

describe('page tables of amd64', () => {
  const base = AMD64.kernelBase;
  const { bytes } = writeDump(amd64);
  const ask = (offset: bigint) => withDump(bytes, (dump) => wordOrReason(dump, base + offset));

  it('map small pages by two levels, whatever the bits beside the address are', () => {
    assert.equal(ask(0n), 0x1000n);
    assert.equal(ask(0xff8n), 0x1ff8n);
    assert.equal(ask(0x1010n), 0x10_0010n);
    assert.equal(ask(0x5008n), HIGH + 8n);
    assert.equal(ask(0x1f_f000n), 0x10_4000n);
  });

  it('map no page where an entry is not valid', () => {
    assert.equal(ask(0x2000n), UNMAPPED);
    assert.equal(ask(0x6000n), UNMAPPED);
    assert.equal(ask(3n * 0x20_0000n), UNMAPPED, 'of a large page');
    assert.equal(ask(6n * 0x20_0000n), UNMAPPED, 'of a directory');
  });

  it('map pages that were not dumped', () => {
    assert.equal(ask(0x3000n), NOT_DUMPED, 'its bit is not set');
    assert.equal(ask(0x4000n), NOT_DUMPED, 'it is in no range');
    assert.equal(ask(4n * 0x20_0000n), NOT_DUMPED, 'the page table is not there');
    assert.equal(ask(5n * 0x20_0000n), NOT_DUMPED, 'the page table is in no range');
  });

  it('map pages of 2 MiB', () => {
    assert.equal(ask(0x20_0000n), 0x20_0000n);
    assert.equal(ask(0x20_7ff8n), 0x20_7ff8n);
    assert.equal(ask(0x3f_f000n), 0x3f_f000n);
    assert.equal(ask(0x20_8000n), NOT_DUMPED);
    assert.equal(ask(0x40_0000n), 0x40_0000n, 'the PAT bit is no part of the address');
    assert.equal(ask(0x40_1000n), 0x40_1000n);
  });

  it('map pages of 1 GiB, which are dumped as 512 of 2 MiB', () => {
    assert.equal(ask(0x4000_0000n + 0x60_3018n), 0x4060_3018n);
    assert.equal(ask(0x4000_0000n + 0x60_4000n), NOT_DUMPED);
    assert.equal(ask(0x4000_0000n + 0x60_5000n), NOT_DUMPED);
  });

  it('end where the dumped ones do', () => {
    assert.equal(ask(0x8000_0000n - 8n), NOT_DUMPED);
    assert.equal(ask(0x8000_0000n), OUTSIDE);
    assert.equal(ask(-8n), OUTSIDE);
    assert.equal(ask((1n << 64n) - base - 8n), OUTSIDE);
    withDump(bytes, (dump) => {
      assert.equal(wordOrReason(dump, base), 0x1000n);
      for (const address of [0n, 4096n, -8n, 1n << 64n, (1n << 64n) + base, (1n << 70n) + base])
        assert.equal(typeof wordOrReason(dump, address), 'string', String(address));
    });
  });

  it('are not asked for the direct map', () => {
    withDump(bytes, (dump) => {
      const direct = (physical: bigint) => wordOrReason(dump, AMD64.directBase + physical);
      for (const physical of amd64.pages.keys())
        if (physical !== table && physical < AMD64.directEnd - AMD64.directBase)
          assert.equal(direct(physical + 0x208n), physical + 0x208n);
      for (const physical of [0n, 0x3000n, 0xf_f000n, 0x10_6000n, 0x3ff_ffff_f000n])
        assert.equal(direct(physical), NOT_DUMPED);
      assert.equal(direct(AMD64.directEnd - AMD64.directBase), OUTSIDE);
      assert.equal(direct(-8n), OUTSIDE);
    });
  });

  it('are the same in version 2, whose bitmap begins at 0 and has no holes', () => {
    const pages = new Map([...amd64.pages].filter(([physical]) => physical < 0x5000_0000n));
    withDump(writeDump({ ...amd64, version: 2, pages }).bytes, (dump) => {
      assert.equal(wordOrReason(dump, base + 0x1010n), 0x10_0010n);
      assert.equal(wordOrReason(dump, base + 0x20_7ff8n), 0x20_7ff8n);
      assert.equal(wordOrReason(dump, base + 0x4000_0000n + 0x60_3018n), 0x4060_3018n);
      assert.equal(wordOrReason(dump, base + 0x5008n), NOT_DUMPED);
      assert.equal(wordOrReason(dump, AMD64.directBase + 0x10_4000n), 0x10_4000n);
      assert.equal(wordOrReason(dump, AMD64.directBase + 0xf_f000n), NOT_DUMPED);
    });
  });

  it('have all last entries in version 1', () => {
    const kernelBase = 0xffff_ffff_8000_0000n;
    const plan: DumpPlan = {
      ...AMD64,
      version: 1,
      kernelBase,
      ranges: [],
      tables: entriesOf(600, { 0: 0x1003n, 1: 0x2002n, 2: 0x3003n, 599: 0x4103n | (1n << 63n) }),
      pages: stampedPages([0x1000n, 0x2000n, 0x4000n]),
    };
    withDump(writeDump(plan).bytes, (dump) => {
      assert.equal(wordOrReason(dump, kernelBase + 8n), 0x1008n);
      assert.equal(wordOrReason(dump, kernelBase + 0x1000n), UNMAPPED);
      assert.equal(wordOrReason(dump, kernelBase + 0x2000n), NOT_DUMPED);
      assert.equal(wordOrReason(dump, kernelBase + 599n * 4096n + 16n), 0x4010n);
      assert.equal(wordOrReason(dump, kernelBase + 1023n * 4096n), UNMAPPED);
      assert.equal(wordOrReason(dump, kernelBase + 1024n * 4096n), OUTSIDE);
    });
  });
});

describe('page tables of arm64', () => {
  const base = ARM64.kernelBase;
  const top = 0x0003_4567_89ab_c000n;
  const entries = entriesOf(1024, {
    0: 0x4000_1003n,
    // Access flag, shareability, execute-never, contiguous, dirty, software bits.
    1: 0x4000_2000n | 0xfffn | (0x3fffn << 50n),
    2: 0x4000_1001n,
    3: 0x4000_1002n,
    4: 0x4000_3003n,
    5: 0x8000_0003n,
    6: top | 0x3n,
    // A block of 2 MiB, as it is dumped: a page full of entries.
    ...Object.fromEntries(
      Array.from({ length: 512 }, (_, nth) => [512 + nth, 0x4020_0000n + BigInt(nth) * 4096n + 0x703n]),
    ),
  });
  const ranges = [
    [0x4000_0000n, 0x4000_8000n],
    [0x4020_0000n, 0x4040_0000n],
    [top, top + 0x4000n],
  ] as const;
  const pages = stampedPages([0x4000_1000n, 0x4000_2000n, 0x4020_0000n, 0x402f_f000n, top]);
  const plan: DumpPlan = { ...ARM64, ranges, tables: entries, pages };

  it('have all last entries, of which only those of pages map one', () => {
    for (const version of [2, 3]) {
      withDump(writeDump({ ...plan, version }).bytes, (dump) => {
        const ask = (offset: bigint) => wordOrReason(dump, base + offset);
        assert.equal(ask(0x10n), 0x4000_1010n);
        assert.equal(ask(0x1ff8n), 0x4000_2ff8n);
        assert.equal(ask(0x2000n), UNMAPPED);
        assert.equal(ask(0x3000n), UNMAPPED);
        assert.equal(ask(0x4000n), NOT_DUMPED);
        assert.equal(ask(0x5000n), NOT_DUMPED);
        assert.equal(ask(0x6000n), top);
        assert.equal(ask(0x7000n), UNMAPPED);
        assert.equal(ask(0x20_0000n), 0x4020_0000n);
        assert.equal(ask(0x2f_f008n), 0x402f_f008n);
        assert.equal(ask(0x40_0000n), OUTSIDE);
        assert.equal(ask(-8n), OUTSIDE);
      });
    }
  });

  it('are not asked for the direct map, which begins at the first memory', () => {
    withDump(writeDump(plan).bytes, (dump) => {
      const direct = (offset: bigint) => wordOrReason(dump, ARM64.directBase + offset);
      assert.equal(direct(0x1008n), 0x4000_1008n);
      assert.equal(direct(0x2f_f000n), 0x402f_f000n);
      assert.equal(direct(0n), NOT_DUMPED);
      assert.equal(direct(0x4000_1000n), NOT_DUMPED);
      assert.equal(direct(ARM64.directEnd - ARM64.directBase), OUTSIDE);
    });
  });

  it('are the same in version 1, whose bitmap begins at 0 and has no holes', () => {
    const low = new Map([...pages].filter(([physical]) => physical < top));
    withDump(writeDump({ ...plan, version: 1, pages: low }).bytes, (dump) => {
      assert.equal(wordOrReason(dump, base + 0x10n), 0x4000_1010n);
      assert.equal(wordOrReason(dump, base + 0x6000n), NOT_DUMPED);
      assert.equal(wordOrReason(dump, ARM64.directBase + 0x2f_f000n), 0x402f_f000n);
    });
  });

  it('map pages of 16 KiB', () => {
    const large: DumpPlan = {
      ...ARM64,
      pageBytes: 16_384,
      ranges: [
        [0x4000_0000n, 0x4001_0000n],
        [0x4100_0000n, 0x4100_8000n],
      ],
      tables: entriesOf(3000, { 0: 0x4000_4703n, 1: 0x4100_4703n, 2: 0x4000_8703n, 2999: 0x4000_c703n }),
      pages: stampedPages([0x4000_4000n, 0x4000_c000n, 0x4100_4000n], 16_384),
    };
    withDump(writeDump(large).bytes, (dump) => {
      assert.equal(wordOrReason(dump, base + 0x3ff8n), 0x4000_7ff8n);
      assert.equal(wordOrReason(dump, base + 0x4008n), 0x4100_4008n);
      assert.equal(wordOrReason(dump, base + 0x8000n), NOT_DUMPED);
      assert.equal(wordOrReason(dump, base + 2999n * 0x4000n), 0x4000_c000n);
      assert.equal(wordOrReason(dump, base + 3000n * 0x4000n), UNMAPPED);
      assert.equal(wordOrReason(dump, ARM64.directBase + 0x1100_0000n - 0x1000_0000n + 0x4ff8n), 0x4100_4ff8n);
    });
  });
});
