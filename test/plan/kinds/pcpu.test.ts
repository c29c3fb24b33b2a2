/** Covers: the kind `pcpu` from a config to the values: by names and by offsets, on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pcpu } from '../../../src/simulator/model/cpuTypes.js';
import { offsetOf } from '../../../src/simulator/model/ctypes.js';
import type { ImageFile } from '../../../src/simulator/image.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames, type ProfileName } from '../../../src/simulator/spec.js';
import type { Snapshot } from '../../../src/snapshots/snapshot.js';
import { rowsOf, Simulated } from '../../support/simulated.js';

const MODES = ['user', 'nice', 'system', 'interrupt', 'idle'];
const BY_NAMES = `
pcpu:
  - fields:
      - {name: pc_cp_time, metric: ticks_total, help: H., type: counter, label: mode, names: [${MODES.join(', ')}]}
      - pc_cpuid
      - {name: "pc_switch*", metric: switch_*}
`;

function byOffsets(profile: ProfileName, size = profileOf(profile).pcpuSize): string {
  const at = offsetOf(pcpu(profileOf(profile)), 'pc_cp_time');
  return `
pcpu:
  - size: ${size}
    fields:
      - {offset: ${at}, format: u64, metric: user_ticks_total, help: H., type: counter}
      - {offset: ${at + 32}, format: u64, metric: idle_ticks_total, help: H., type: counter}
`;
}

async function withRead(
  spec: string,
  yaml: string,
  look: (snapshot: Snapshot, simulated: Simulated) => void | Promise<void>,
): Promise<void> {
  const simulated = await Simulated.open(spec, yaml);
  try {
    await look(await simulated.scraper.read(), simulated);
  } finally {
    await simulated.close();
  }
}

function addressOf(image: ImageFile, cpu: number): bigint {
  return image.read(image.symbol('cpuid_to_pcpu')!.address + BigInt(8 * cpu), 8).readBigUInt64LE();
}

/** What the CPUs 0, 2 and 3 have at a member. */
function wordsAt(image: ImageFile, profile: ProfileName, path: string): bigint[] {
  const offset = BigInt(offsetOf(pcpu(profileOf(profile)), path));
  return [0, 2, 3].map((cpu) => image.read(addressOf(image, cpu) + offset, 8).readBigUInt64LE());
}

const total = (parts: readonly bigint[]): bigint => parts.reduce((sum, part) => sum + part, 0n);

describe('pcpu', () => {
  for (const profile of profileNames) {
    it(`reads members by their names on the CPUs that exist: ${profile}`, async () => {
      await withRead(`${profile},cpus=3,absent=1`, BY_NAMES, (snapshot, { image }) => {
        const [status] = snapshot.report.symbols;
        assert.deepEqual([status!.symbol, status!.up, status!.reason], ['pcpu', true, '']);
        const rows = rowsOf(snapshot);
        const { families, rows: described } = snapshot.layout;
        const valuesOf = (name: string) =>
          families
            .filter(({ family }) => family.name === `freebsd_${name}`)
            .flatMap(({ from, to }) =>
              rows.slice(from, to).map((row, index) => [described[from + index]!.labels.at(-1)?.value, row!] as const),
            );
        const ticks = valuesOf('ticks_total');
        assert.deepEqual(
          ticks.map(([mode]) => mode),
          MODES,
        );
        for (const [index, [, row]] of ticks.entries()) {
          const words = wordsAt(image, profile, `pc_cp_time[${index}]`);
          assert.ok(new Set(words).size > 1);
          assert.deepEqual(row, { sum: total(words), parts: words });
        }
        assert.deepEqual(valuesOf('pcpu_cpuid')[0]![1].parts, [0n, 2n, 3n]);
        const times = wordsAt(image, profile, 'pc_switchtime');
        assert.deepEqual(valuesOf('switch_switchtime')[0]![1].parts, times);
      });
    });

    it(`reads values by their offsets, where struct pcpu has the size that the config says: ${profile}`, async () => {
      await withRead(`${profile},cpus=3,absent=1`, byOffsets(profile), (snapshot, { image }) => {
        const rows = rowsOf(snapshot);
        for (const [row, mode] of [0, 4].entries()) {
          const words = wordsAt(image, profile, `pc_cp_time[${mode}]`);
          assert.deepEqual(rows[row], { sum: total(words), parts: words });
        }
      });
      await withRead(`${profile},cpus=3,absent=1`, byOffsets(profile, 1024), (snapshot) => {
        const [status] = snapshot.report.symbols;
        assert.equal(status!.reason, `struct pcpu has ${profileOf(profile).pcpuSize} bytes, but the config says 1024`);
        assert.deepEqual(rowsOf(snapshot), []);
      });
    });
  }

  it('reads no further than to the last value that is wanted', async () => {
    await withRead('amd64-14,cpus=3,absent=1', BY_NAMES, (snapshot, { scraper }) => {
      assert.deepEqual(
        scraper.plan!.copies.reads.map(({ call, length, firstId }) => [call, length, firstId]),
        [0, 2, 3].map((id) => ['kvm_read', 120, id]),
      );
      assert.deepEqual([snapshot.report.reads, snapshot.report.bytes], [3, 360]);
    });
  });

  it('gives nothing where a struct cannot be read, and all of it again afterwards', async () => {
    await withRead('arm64-14,cpus=3,absent=1', BY_NAMES, async (_, { image, scraper }) => {
      const address = addressOf(image, 2);
      image.unmap(address, 512);
      const without = await scraper.read();
      assert.ok(rowsOf(without).every((row) => row === undefined));
      assert.match(without.report.symbols[0]!.reason, /^its per-CPU copies could not be read: kvm_read: /);
      image.map(address, 512);
      assert.ok(rowsOf(await scraper.read()).every((row) => row !== undefined));
    });
  });

  it('says which members there are not', async () => {
    const yaml = 'pcpu: [{fields: [pc_cp_times, {name: pc_gone, optional: true}, pc_domain]}]';
    await withRead('amd64-14,cpus=2', yaml, ({ report, layout }) => {
      assert.match(report.symbols[0]!.reason, /^struct pcpu has no member pc_cp_times, did you mean `pc_cp_time`\?$/);
      const names = layout.families.map(({ family }) => family.name);
      assert.equal(names[0], 'freebsd_pcpu_domain');
    });
  });
});
