/** Covers: provenLayouts.ts, equations.ts, counterSums.ts. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { leaves } from '../../src/ctf/members.js';
import { chooseReader } from '../../src/kernel/live/selfTest.js';
import { LAYOUT_FOLDER, LayoutFolder, type LayoutData } from '../../src/layouts/layoutFiles.js';
import { LayoutError, ProvenLayouts, type LaidOutSymbol } from '../../src/layouts/provenLayouts.js';
import type { StructLayout } from '../../src/layouts/structLayout.js';
import { bootOf, insertMember } from '../support/rebuilt.js';
import { Simulated } from '../support/simulated.js';

const shipped = new LayoutFolder();

/** The shipped layouts, but for one struct. */
function changed(tag: string, change: (layout: StructLayout) => StructLayout): LayoutData {
  const pick = (layouts: readonly StructLayout[]): StructLayout[] =>
    layouts.map((layout) => (layout.struct === tag ? change(layout) : layout));
  return {
    structs: (symbol) => pick(shipped.structs(symbol)),
    counters: (symbol) => shipped.counters(symbol),
    named: (name) => pick(shipped.named(name)),
    symbols: () => shipped.symbols(),
  };
}

function swapped(layout: StructLayout, a: string, b: string): StructLayout {
  const other = (name: string): string => (name === a ? b : name === b ? a : name);
  return { ...layout, members: layout.members.map((member) => ({ ...member, name: other(member.name) })) };
}

interface Opened {
  readonly simulated: Simulated;
  readonly symbol: (name: string) => LaidOutSymbol;
  readonly layouts: (data?: LayoutData, osreldate?: number) => ProvenLayouts;
}

async function open(
  spec: string,
  look: (opened: Opened) => void,
  lie?: Parameters<typeof Simulated.open>[4],
): Promise<void> {
  const simulated = await Simulated.open(
    spec,
    'counters: [{symbol: numneghits, metric: a, help: H.}]',
    'none',
    undefined,
    lie,
  );
  try {
    const { kernel } = simulated;
    const { facts, memory, sysctls } = kernel;
    const reader = chooseReader(kernel, 'auto');
    look({
      simulated,
      symbol: (name) => {
        const { address, size } = kernel.symbols.resolve(name)!;
        return { name, size, cells: address };
      },
      layouts: (data = shipped, osreldate = facts.osreldate) =>
        new ProvenLayouts({ facts: { ...facts, osreldate }, memory, sysctls }, reader, data),
    });
  } finally {
    await simulated.close();
  }
}

const refuses = (act: () => unknown, message: RegExp): void => {
  assert.throws(act, (error) => error instanceof LayoutError && message.test(error.message));
};

describe('ProvenLayouts', () => {
  for (const profile of ['amd64-14', 'arm64-14', 'amd64-12'] as const) {
    it(`proves what the kernel tells, and by what: ${profile}`, async () => {
      await open(`${profile},cpus=3,absent=1,types=none`, ({ layouts, symbol }) => {
        const proven = layouts();
        assert.equal(proven.typesFor(symbol('vm_cnt'), undefined).proof, 'names');
        assert.equal(proven.typesFor(symbol('tcpstat'), 'tcpstat').proof, 'words');
        assert.equal(proven.typesFor(symbol('numneghits'), undefined).proof, 'names');
        const { types } = proven.typesFor(symbol('ip6stat'), 'ip6stat');
        const hist = [...leaves(types, types.findStruct('ip6stat')!)].find(({ path }) => path === 'ip6s_nxthist')!;
        assert.equal(hist.size, 256 * 8);
        if (profile === 'amd64-12')
          refuses(() => proven.typesFor(symbol('rtstat'), 'rtstat'), /no layout of rtstat has its 10 bytes/);
        else assert.equal(proven.typesFor(symbol('rtstat'), 'rtstat').proof, 'size');
        refuses(() => proven.typesFor(symbol('sim_rest'), undefined), /there is no layout of sim_rest/);
        refuses(() => proven.typesFor(symbol('tcpstat'), 'udpstat'), /that of struct tcpstat, not of struct udpstat/);
      });
    });
  }

  it('refuses names that a sysctl contradicts', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol }) => {
      const wrong = changed('vmmeter', (layout) => swapped(layout, 'v_trap', 'v_soft'));
      refuses(() => layouts(wrong).typesFor(symbol('vm_cnt'), undefined), /v_trap|v_soft/);
    });
  });

  it('takes a layout of a release that nobody has seen only where sysctls agree with it', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol }) => {
      const proven = layouts(shipped, 1_600_001);
      assert.equal(proven.typesFor(symbol('udpstat'), 'udpstat').proof, 'words');
      refuses(
        () => proven.typesFor(symbol('rtstat'), 'rtstat'),
        /no layout of it is known for this release \(1600001\)/,
      );
    });
  });

  it('refuses a size that the release does not have', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol }) => {
      refuses(
        () => layouts(shipped, 1_500_068).typesFor(symbol('tcpstat'), 'tcpstat'),
        /1000 bytes, but the symbol 960/,
      );
    });
  });

  it('refuses what a sysctl contradicts by one, and goes on refusing it', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol, simulated: { image } }) => {
      const proven = layouts();
      image.lie('net.inet.udp.stats', 1n, 3);
      refuses(() => proven.typesFor(symbol('udpstat'), 'udpstat'), /udps_nosum is not what net\.inet\.udp\.stats says/);
      image.lie('net.inet.udp.stats', 0n, 3);
      refuses(() => proven.typesFor(symbol('udpstat'), 'udpstat'), /udps_nosum/);
      assert.equal(layouts().typesFor(symbol('udpstat'), 'udpstat').proof, 'words');
    });
  });

  it('refuses a struct of the same size in which a member was put into the middle, by padding that counts', async () => {
    await open(
      'amd64-14,cpus=2,types=none',
      ({ layouts, symbol }) => {
        refuses(() => layouts().typesFor(symbol('tcpstat'), 'tcpstat'), /_pad is padding, but it counts/);
      },
      bootOf(insertMember('tcpstat', 'tcps_sndtotal')),
    );
  });

  it('refuses a symbol whose cells hold no counters', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol, simulated: { image } }) => {
      const { address } = image.symbol('rtstat')!;
      image.write(address + 8n, Buffer.from([1, 2, 3, 4, 5, 6, 7, 0]));
      refuses(() => layouts().typesFor(symbol('rtstat'), 'rtstat'), /rts_dynamic is no counter/);
    });
  });

  it('holds counters that are known by their places against their sysctls', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol, simulated: { image } }) => {
      assert.equal(layouts().check(symbol('numneghits'), [0]), 'names');
      assert.equal(layouts().check(symbol('tcps_states'), [0, 8, 80]), 'words');
      assert.equal(layouts().check(symbol('sim_rest'), [0]), 'none');
      image.lie('vfs.cache.stats.neghits', 1n);
      refuses(
        () => layouts().check(symbol('numneghits'), [0]),
        /numneghits is not what vfs\.cache\.stats\.neghits says/,
      );
    });
  });

  it('takes counters that are not allocated for no proof, and refuses one whose sysctl counts all the same', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol, simulated: { image } }) => {
      for (const name of ['numneghits', 'sim_null']) image.write(image.symbol(name)!.address, Buffer.alloc(8));
      assert.equal(layouts().check(symbol('sim_null'), [0]), 'none');
      refuses(
        () => layouts().check(symbol('numneghits'), [0]),
        /numneghits is not what vfs\.cache\.stats\.neghits says/,
      );
    });
  });

  it('does not believe a plain number that is a counter in other releases', async () => {
    for (const profile of ['amd64-15', 'arm64-15']) {
      await open(`${profile},cpus=2,types=none`, ({ layouts, symbol }) => {
        refuses(() => layouts().check(symbol('recycles_count'), [0]), /vfs\.recycles|no counter/);
        refuses(() => layouts().typesFor(symbol('recycles_count'), undefined), /vfs\.recycles|no counter/);
      });
    }
  });

  it('refuses what was tested, and not the symbol for ever', async () => {
    await open('amd64-14,cpus=2,types=none', ({ layouts, symbol }) => {
      const proven = layouts();
      refuses(() => proven.check(symbol('vm_cnt'), [288]), /it is no counter/);
      assert.equal(proven.typesFor(symbol('vm_cnt'), undefined).proof, 'names');
    });
  });

  it('reads the other files where one cannot be read, and says which', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kcounter-layouts-'));
    try {
      for (const name of ['udpstat', 'ipstat']) {
        copyFileSync(join(LAYOUT_FOLDER, `${name}.yaml`), join(folder, `${name}.yaml`));
      }
      copyFileSync(join(folder, 'ipstat.yaml'), join(folder, 'again.yaml'));
      writeFileSync(join(folder, 'bytes.yaml'), Buffer.from([0xff, 0xfe]));
      writeFileSync(join(folder, 'empty.yaml'), '');
      await open('amd64-14,cpus=2,types=none', ({ layouts, symbol }) => {
        const proven = layouts(new LayoutFolder(folder));
        assert.equal(proven.typesFor(symbol('udpstat'), 'udpstat').proof, 'words');
        refuses(
          () => proven.typesFor(symbol('ipstat'), 'ipstat'),
          /no layout of ipstat; .*bytes\.yaml: .*empty\.yaml: .*again\.yaml and ipstat\.yaml both have a layout of ipstat$/,
        );
        refuses(
          () => layouts(new LayoutFolder(join(folder, 'away'))).typesFor(symbol('ipstat'), 'ipstat'),
          /has no layouts/,
        );
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says where a file of layouts is bad', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kcounter-layouts-'));
    try {
      const text =
        'struct: udpstat\nsymbols: [udpstat]\nheader: h\nlayouts:\n  - osreldate: [1, 2]\n    checked: c\n    words: a b[x]\n';
      writeFileSync(join(folder, 'udpstat.yaml'), text);
      await open('amd64-14,cpus=2,types=none', ({ layouts, symbol }) => {
        refuses(
          () => layouts(new LayoutFolder(folder)).typesFor(symbol('udpstat'), 'udpstat'),
          /udpstat\.yaml:7:12: layouts\[0\]\.words: found "b\[x\]", expected `name` or `name\[N\]`/,
        );
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
