/** Covers: config/packs/bpf.yaml: what it publishes on each simulated kernel is what its descriptors have counted, and no filter or packet is read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openKernelTypes } from '../../../src/ctf/kernelFile.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { TypedKernel } from '../../simulator/typedKernel.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { overlaps, watchReads } from '../../support/readSpans.js';
import { Simulated } from '../../support/simulated.js';

const READER = {
  bpf_receive_packets: 'bd_rcount',
  bpf_match_packets: 'bd_fcount',
  bpf_drop_packets: 'bd_dcount',
  bpf_write_packets: 'bd_wcount',
  bpf_write_drop_packets: 'bd_wdcount',
};
const WRITER = { bpf_writer_packets: 'bd_wcount', bpf_writer_drop_packets: 'bd_wdcount' };

interface Descriptor {
  readonly address: bigint;
  readonly series: Readonly<Record<string, string>>;
  readonly labels: Record<string, string>;
}

/** The oldest first: each comes to the head of its list. */
function descriptorsOf(typed: TypedKernel): Descriptor[] {
  const link = typed.simulator.image.release === 12 ? 'le' : 'cle';
  const first = link === 'le' ? 'lh_first' : 'clh_first';
  const interfaces = typed.list(
    typed.kernel.symbols.lookUp('bpf_iflist')!.value,
    'bpf_if',
    `bif_ext.bif_next.${link}_next`,
  );
  const found = interfaces.reverse().flatMap((on) => {
    const ifnet = typed.word(typed.at(on, 'bpf_if', 'bif_ifp'));
    const name = ifnet === 0n ? undefined : typed.text(typed.at(ifnet, 'ifnet', 'if_xname'), 16);
    return (['bif_ext.bif_dlist', 'bif_wlist'] as const).flatMap((list) =>
      typed
        .list(typed.at(on, 'bpf_if', `${list}.${first}`), 'bpf_d', `bd_next.${link}_next`)
        .reverse()
        .map((address): Descriptor => ({
          address,
          series: list === 'bif_wlist' ? WRITER : READER,
          labels: {
            pid: String(typed.bytes(typed.at(address, 'bpf_d', 'bd_pid'), 4).readInt32LE()),
            ...(name === undefined ? {} : { interface: name }),
          },
        })),
    );
  });
  const seen = new Map<string, number>();
  for (const { labels, series } of found) {
    const key = JSON.stringify([labels, series]);
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    if (nth > 1) labels['nth'] = String(nth);
  }
  return found;
}

describe('the pack bpf', () => {
  for (const profile of profileNames) {
    it(`tells of each descriptor what netstat -B does, and reads no filter and no packet: ${profile}`, async (context) => {
      const simulated = await Simulated.open(`${profile},cpus=3`, 'packs: [{ pack: bpf, cpu: sum }]');
      try {
        const { simulator, kernel } = simulated;
        const { types } = openKernelTypes(simulator.source.execfile, kernel.sysctls.text('kern.build_id'));
        const typed = new TypedKernel(simulator, kernel, types);
        const reads = watchReads(kernel.memory);
        const published = publishedIn(await simulated.scraper.read());
        reads.end();
        const descriptors = descriptorsOf(typed);
        const expected = descriptors.flatMap(({ address, series, labels }) =>
          Object.entries(series).map(([metric, member]): [string, bigint] => [
            seriesName({ metric, labels }),
            typed.counter(typed.at(address, 'bpf_d', member)),
          ]),
        );
        assert.deepEqual(
          Object.fromEntries(published.map((each) => [seriesName(each), each.value])),
          Object.fromEntries(expected),
        );
        assert.equal(published.length, expected.length);
        let secrets = 0;
        for (const { address } of descriptors) {
          for (const member of ['bd_sbuf', 'bd_hbuf', 'bd_fbuf', 'bd_rfilter', 'bd_wfilter', 'bd_bfilter']) {
            const secret = typed.word(typed.at(address, 'bpf_d', member));
            if (secret === 0n) continue;
            assert.equal(typed.text(secret, 6), 'SECRET');
            assert.ok(!overlaps(reads.spans, secret, 256), member);
            secrets++;
          }
        }
        context.diagnostic(`${published.length} values compared, ${secrets} filters and buffers not read`);
      } finally {
        await simulated.close();
      }
    });
  }

  it('grows with what is captured', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', 'packs: [{ pack: bpf, cpu: sum }]', 'believable');
    try {
      const before = publishedIn(await simulated.scraper.read());
      const after = new Map(publishedIn(await simulated.scraper.read()).map((each) => [seriesName(each), each.value]));
      for (const each of before) assert.ok(after.get(seriesName(each))! >= each.value, seriesName(each));
    } finally {
      await simulated.close();
    }
  });
});
