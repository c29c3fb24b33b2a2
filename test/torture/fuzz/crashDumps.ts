/**
 * Crash dumps as a user has them: damaged in any part, opened as a whole, and everything read. A value is that of the whole dump, or absent, or the
 * dump is refused. What lies in an ordinary page has no second witness: where whole pages of data are damaged, wrong values are only counted.
 */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { Config } from '../../../src/config/model.js';
import { openCoreKernel } from '../../../src/kernel/core/coreKernel.js';
import { KernelOpenError, KvmError } from '../../../src/kernel/errors.js';
import { startScraper } from '../../../src/service/scraper.js';
import type { WrittenDump } from '../../../src/simulator/dump/writeDump.js';
import { Dumped } from '../../simulator/dump/dumped.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { configOf } from '../../support/simulated.js';
import { Random } from '../random.js';
import { damages, unseen, type Damage } from './dumpDamage.js';
import { partsOf, type DumpParts } from './dumpParts.js';
import type { Target } from './target.js';

const CONFIG = `
packs:
  - {pack: vm, cpu: both}
  - {pack: cpu, cpu: both}
  - {pack: tcp, vnet: all}
  - udp
  - namecache
  - malloc
  - uma
`;
const PROFILES = ['amd64-14', 'arm64-14', 'amd64-13', 'amd64-15', 'amd64-12', 'arm64-15'];
/** Wrong values of so many cases are told. */
const SHOWN = 5;
const LACKING = 29;

interface Sample {
  readonly name: string;
  readonly core: string;
  readonly info: string;
  readonly kernel: string;
  readonly bytes: Buffer;
  readonly parts: DumpParts;
  readonly values: ReadonlyMap<string, bigint>;
}

export const crashDumpTarget: Target = {
  name: 'crash dumps',
  share: 10_000,
  async run(seed, cases) {
    const config = configOf(CONFIG);
    const counts = {
      whole: 0,
      'some absent': 0,
      refused: 0,
      'wrong by damaged data': 0,
      'wrong by entries that changed places': 0,
    };
    const wrong: string[] = [];
    const opened: Dumped[] = [];
    try {
      const samples: Sample[] = [];
      for (const profile of PROFILES) {
        const dumped = await Dumped.start(`${profile},cpus=3,jails=1`);
        opened.push(dumped);
        samples.push(await sampleOf(dumped, profile, dumped.write(), config), await partial(dumped, profile, config));
      }
      for (let nth = 0; nth < cases; nth++) {
        const random = new Random('crash dumps', seed, nth);
        const sample = random.pick(samples);
        const hasInfo = random.chance(0.5);
        const damage = damages(sample.parts, sample.bytes, random);
        const found = await outcome(sample, damage, hasInfo, config);
        const why = unseen(damage);
        if (typeof found === 'string') counts[found]++;
        else if (why === 'data') counts['wrong by damaged data']++;
        else if (why === 'swap') counts['wrong by entries that changed places']++;
        else
          wrong.push(
            `case ${nth}: ${sample.name}, ${hasInfo ? 'with' : 'without'} info.N, ${damage.what}: ${found.length} values, ${found[0] ?? ''}`,
          );
      }
    } finally {
      for (const dumped of opened) await dumped.close();
    }
    assert.deepEqual(wrong.slice(0, SHOWN), [], `${wrong.length} of ${cases} cases of seed ${seed}`);
    return { cases, counts };
  },
};

/** One that lacks every so manieth page, but none that nothing can be read without. */
async function partial(dumped: Dumped, profile: string, config: Config): Promise<Sample> {
  const { pages } = dumped.write();
  for (let first = 0; ; first++) {
    const lacking = dumped.write({ missing: pages.filter((_, nth) => nth % LACKING === first) });
    try {
      return await sampleOf(dumped, `${profile} with missing pages`, lacking, config);
    } catch (error) {
      if (!(error instanceof KvmError || error instanceof KernelOpenError) || first === LACKING) throw error;
    }
  }
}

async function sampleOf(dumped: Dumped, name: string, { vmcore, info }: WrittenDump, config: Config): Promise<Sample> {
  const { execfile } = dumped.simulator.source;
  const bytes = readFileSync(vmcore);
  const values = await valuesOf(vmcore, execfile, config);
  assert.ok(values.size > 100, `${values.size} values`);
  return { name, core: vmcore, info, kernel: execfile, bytes, parts: partsOf(vmcore), values };
}

/** What became of it; the wrong values where there are any. The file is as before, afterwards. */
async function outcome(
  { core, info, kernel, bytes, values }: Sample,
  damage: Damage,
  hasInfo: boolean,
  config: Config,
): Promise<'whole' | 'some absent' | 'refused' | string[]> {
  const hidden = `${info}.hidden`;
  apply(core, damage, bytes);
  if (!hasInfo) renameSync(info, hidden);
  try {
    const read = await valuesOf(core, kernel, config);
    const wrong = [...read].filter(([name, value]) => values.get(name) !== value);
    if (wrong.length > 0) return wrong.map(([name, value]) => `${name} ${value}, not ${values.get(name) ?? 'there'}`);
    return read.size === values.size ? 'whole' : 'some absent';
  } catch (error) {
    if (!(error instanceof KernelOpenError || error instanceof KvmError)) throw error;
    assert.ok(!error.message.includes('\n'), error.message);
    return 'refused';
  } finally {
    if (!hasInfo) renameSync(hidden, info);
    undo(core, damage, bytes);
  }
}

async function valuesOf(core: string, kernel: string, config: Config): Promise<Map<string, bigint>> {
  const dumped = openCoreKernel({ core, kernel, libkvm: undefined });
  try {
    const snapshot = await startScraper(dumped, config).read();
    return new Map(publishedIn(snapshot).map((published) => [seriesName(published), published.value]));
  } finally {
    dumped.close();
  }
}

function apply(core: string, { edits, length }: Damage, { length: whole }: Buffer): void {
  const file = openSync(core, 'r+');
  try {
    if (length !== undefined && length !== whole) ftruncateSync(file, length);
    for (const { at, bytes } of edits) writeSync(file, bytes, 0, bytes.length, at);
  } finally {
    closeSync(file);
  }
}

/** Only what was changed is written again: a dump is large. */
function undo(core: string, { edits, length }: Damage, whole: Buffer): void {
  const file = openSync(core, 'r+');
  try {
    ftruncateSync(file, Math.min(length ?? whole.length, whole.length));
    if (length !== undefined && length < whole.length) writeSync(file, whole, length, whole.length - length, length);
    for (const { at, bytes } of edits) {
      const kept = Math.min(bytes.length, whole.length - at);
      if (kept > 0) writeSync(file, whole, at, kept, at);
    }
  } finally {
    closeSync(file);
  }
}
