/**
 * npm run torture -- PART: see docs/reliability.md. Each part prints what it did and found as Markdown; the process ends with 1 where
 * something was found.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { buildNative } from '../../src/simulator/build.js';
import { profileNames } from '../../src/simulator/profiles.js';
import { MILLION, targets } from './fuzz/targets.js';
import { hazards } from './life.js';
import { scrapers } from './load/scrapers.js';
import { slowReaders } from './load/slowReaders.js';
import { soak } from './load/soak.js';
import { streams } from './load/streams.js';
import { reportOf } from './report.js';
import { runTorture } from './run.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    scrapes: { type: 'string', default: '100000' },
    profile: { type: 'string' },
    life: { type: 'string' },
    only: { type: 'string' },
    failures: { type: 'string', default: '5' },
    cases: { type: 'string', default: String(MILLION) },
    target: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const seed = Number(values.seed);

const parts: Readonly<Record<string, () => Promise<boolean>>> = {
  reading,
  fuzz,
  load: () => told(scrapers(seconds(60))),
  streams: () => told(streams(seconds(60))),
  slow: () => told(slowReaders(seconds(150))),
  soak: () => told(soak(seconds(1800))),
};
const [name = 'reading'] = positionals;
const part = parts[name];
if (part === undefined) throw new Error(`"${name}" is no part; there are ${Object.keys(parts).join(', ')}`);
process.exitCode = (await part()) ? 0 : 1;

async function reading(): Promise<boolean> {
  const began = Date.now();
  const profile = oneOf('profile', values.profile, profileNames);
  const chosen = values.only?.split(',').flatMap((one) => oneOf('only', one === '' ? undefined : one, hazards) ?? []);
  const result = await runTorture(await buildNative(tmpdir()), {
    seed,
    scrapes: Number(values.scrapes),
    profile,
    ...(chosen === undefined ? {} : { hazards: chosen }),
    ...(values.life === undefined ? {} : { onlyLife: Number(values.life) }),
    onProgress: (done) => process.stderr.write(`\r${done} scrapes`),
  });
  process.stderr.write('\n');
  const rest = `${profile === undefined ? '' : ` --profile ${profile}`}${chosen === undefined ? '' : ` --only "${values.only}"`}`;
  process.stdout.write(reportOf(result, seed, (Date.now() - began) / 1000, Number(values.failures), rest));
  return result.failures.length === 0;
}

async function fuzz(): Promise<boolean> {
  let isGood = true;
  process.stdout.write('| Fuzzed | Cases | What became of them | Found |\n| --- | ---: | --- | --- |\n');
  const failures: string[] = [];
  for (const target of targets) {
    if (values.target !== undefined && !target.name.includes(values.target)) continue;
    const cases = Math.round((target.share * Number(values.cases)) / MILLION);
    try {
      const { counts } = await target.run(seed, cases);
      const became = Object.entries(counts).map(([what, count]) => `${what} ${count.toLocaleString('en')}`);
      process.stdout.write(`| ${target.name} | ${cases.toLocaleString('en')} | ${became.join(', ')} | nothing |\n`);
    } catch (error) {
      isGood = false;
      process.stdout.write(`| ${target.name} | ${cases.toLocaleString('en')} | | see below |\n`);
      failures.push((error as Error).message);
    }
  }
  for (const failure of failures) process.stdout.write(`\n${failure}\n`);
  return isGood;
}

async function told(line: Promise<string>): Promise<boolean> {
  process.stdout.write(`- ${await line}\n`);
  return true;
}

function seconds(byDefault: number): number {
  return Number(values.seconds ?? byDefault);
}

function oneOf<T extends string>(option: string, value: string | undefined, all: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = all.find((one) => one === value);
  if (found === undefined) throw new Error(`--${option} ${value}: there are ${all.join(', ')}`);
  return found;
}
