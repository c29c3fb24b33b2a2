/** Covers: commands/diff, diffSide, diff/report, diff/sections, diff/json: `diff` as it is asked, and where that needs a process, as it is run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { diffOf } from '../../src/commands/diff.js';
import { NamedFiles } from '../../src/config/namedFiles.js';
import { protobuf } from '../../src/exposition/formats/protobuf.js';
import { formats } from '../../src/exposition/formats/registry.js';
import { Publisher } from '../../src/exposition/publisher.js';
import { KernelOpenError } from '../../src/kernel/errors.js';
import { packageRoot } from '../../src/packageRoot.js';
import type { SessionOptions } from '../../src/service/session.js';
import { UserError } from '../../src/service/userError.js';
import { FileError } from '../../src/yaml/diagnostics.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { ExporterMetrics } from '../../src/telemetry/ownMetrics.js';
import { isRead, partOf, sumOf } from '../../src/snapshots/values.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { runExporter } from '../support/exporter.js';
import { documentsOf, withSession } from '../support/opened.js';
import { Simulated } from '../support/simulated.js';
import { until } from '../support/until.js';

const CONFIG = 'packs: [{ pack: vm, cpu: both }, { pack: tcp, cpu: per_cpu }, interfaces]\n';
const OWN = (boot: number, at: number): string =>
  `# TYPE kcounter_exporter_kernel_info gauge
kcounter_exporter_kernel_info{kernel="live",release="14.1-RELEASE",osreldate="1401000",machine="amd64"} 1
# TYPE kcounter_exporter_kernel_boot_time_seconds gauge
kcounter_exporter_kernel_boot_time_seconds ${boot}
# TYPE kcounter_exporter_snapshot_timestamp_seconds gauge
kcounter_exporter_snapshot_timestamp_seconds ${at}
`;

interface JsonRow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type: string;
  readonly a: string;
  readonly b: string;
  readonly change: string;
  readonly rate?: number | null;
  readonly cpus: readonly { readonly cpu: number; readonly change: string }[];
}

interface JsonDiff {
  readonly seconds: number | null;
  readonly other_boot: string | null;
  readonly moved: readonly JsonRow[];
  readonly went_back: readonly JsonRow[];
  readonly not_subtracted: readonly JsonRow[];
  readonly only_a: readonly unknown[];
  readonly only_b: readonly unknown[];
  readonly not_compared: readonly unknown[];
  readonly unmoved: number;
}

let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kcounter-diff-'));
});
after(() => {
  rmSync(dir, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

/** As `diff a b` without a kernel, but for the default config. */
const FILES: SessionOptions = {
  files: new NamedFiles([join(packageRoot, 'config', 'kcounter.yaml')], false),
  simulate: undefined,
  core: undefined,
  kernelPath: undefined,
};

function ask(a: string, b: string, form: Parameters<typeof diffOf>[4] = {}): Promise<string> {
  return diffOf(a, b, FILES, pino({ enabled: false }), form);
}

async function jsonOf(a: string, b: string): Promise<JsonDiff> {
  return JSON.parse(await ask(a, b, { json: true })) as JsonDiff;
}

/** The message of the error that it ends in, which main.ts prints as it is: it is one that is written for the user. */
async function refusal(a: string, b: string): Promise<string> {
  try {
    await ask(a, b);
  } catch (error) {
    if ([FileError, KernelOpenError, UserError].some((type) => error instanceof type)) return (error as Error).message;
    throw error;
  }
  return assert.fail(`${a} and ${b} were compared`);
}

/** What a read of a simulated kernel holds, and the documents that show it, by format. */
interface Look {
  /** By a published name and labels: the values of the sum, or of the parts where only these are published. */
  readonly values: ReadonlyMap<string, bigint>;
  readonly paths: readonly string[];
}

describe('diff of two looks at a kernel that moves at constant rates', () => {
  let looks: readonly [Look, Look];
  before(async () => {
    const kernel = await Simulated.open('amd64-14,cpus=4,interfaces=3', CONFIG, 'steady');
    try {
      const first = await lookAt(kernel, 'a');
      const switches = (): bigint => kernel.image.counterSum('vm_cnt', 0);
      for (const before = switches(); switches() === before;) await sleep(10);
      looks = [first, await lookAt(kernel, 'b')];
    } finally {
      await kernel.close();
    }
  });

  it('tells just what the memory of the kernel says, whichever formats they were kept in', async () => {
    const [a, b] = looks;
    for (const [one, other] of [
      [0, 0],
      [0, 1],
      [1, 0],
    ] as const) {
      const { moved, went_back, not_subtracted, only_a, only_b, not_compared, unmoved, other_boot } = await jsonOf(
        a.paths[one]!,
        b.paths[other]!,
      );
      assert.deepEqual(
        [went_back, not_subtracted, only_a, only_b, not_compared, other_boot],
        [[], [], [], [], [], null],
      );
      assert.equal(moved.length + unmoved, b.values.size);
      assert.ok(moved.length > 0);
      for (const row of moved) {
        const key = seriesKey(row.name, Object.entries(row.labels));
        const [from, to] = [a.values.get(key)!, b.values.get(key)!];
        assert.deepEqual([row.a, row.b, row.change].map(BigInt), [from, to, to - from], key);
        if (row.cpus.length > 0) {
          const sum = row.cpus.reduce((all, { change }) => all + BigInt(change), 0n);
          assert.equal(sum, to - from, key);
        }
      }
      assert.ok(moved.some(({ cpus }) => cpus.length === 4));
    }
  });

  it('finds that nothing moved from a look to itself', async () => {
    for (const path of looks.flatMap(({ paths }) => paths)) {
      const { moved, went_back, only_a, only_b, not_compared, unmoved } = await jsonOf(path, path);
      assert.deepEqual([moved, went_back, only_a, only_b, not_compared], [[], [], [], [], []]);
      assert.ok(unmoved > 100);
    }
  });
});

/** One read, published in each format that is text; OpenMetrics tells since when counters count. */
async function lookAt({ kernel, scraper }: Simulated, name: string): Promise<Look> {
  const snapshot = await scraper.read();
  const values = valuesOf(snapshot);
  const snapshots = new Snapshots(
    { reads: snapshot.report.sequence, read: () => Promise.resolve(snapshot) },
    undefined,
  );
  const { facts } = kernel;
  const kept = { textfile: undefined };
  const bootTime = (): number | undefined => kernel.bootTime();
  const own = new ExporterMetrics({ version: '1', facts, bootTime, reader: scraper.reader, others: [], kept });
  const paths: string[] = [];
  for (const format of formats) {
    if (format === protobuf) continue;
    const start = { time: () => bootTime()?.toFixed(3), inLines: true };
    const { chunks, release } = await new Publisher(snapshots, own, start).document(format);
    paths.push(file(`${name}.${format.name}`, Buffer.concat(chunks)));
    release();
  }
  return { values, paths };
}

/** Where both are published, of the sum alone; of the parts, modulo 2^64, where only these are. */
function valuesOf(snapshot: Snapshot): Map<string, bigint> {
  const { families, rows, cpus } = snapshot.layout;
  const values = new Map<string, bigint>();
  for (const { family, from, to } of families) {
    rows.slice(from, to).forEach(({ labels }, index) => {
      const row = from + index;
      const sum = sumOf(snapshot, row);
      if (sum === undefined || !isRead(snapshot, row)) return;
      const isOfParts = family.cpu === 'per_cpu';
      const parts = cpus.reduce((all, _, cpu) => all + (partOf(snapshot, row, cpu) ?? 0n), 0n);
      const value = isOfParts && family.type === 'counter' ? BigInt.asUintN(64, parts) : isOfParts ? parts : sum;
      const name = isOfParts ? family.perCpuName : family.name;
      values.set(
        seriesKey(
          name,
          labels.map((label) => [label.name, label.value]),
        ),
        value,
      );
    });
  }
  return values;
}

function seriesKey(name: string, labels: readonly (readonly [string, string])[]): string {
  return `${name} ${JSON.stringify(labels)}`;
}

describe('diff, printed', () => {
  const counter = (values: readonly number[], total: string): string =>
    `# TYPE x_bytes_total counter\nx_bytes_total{if="em\\"0"} ${total}\n# TYPE x_bytes_per_cpu_total counter\n${values
      .map((value, cpu) => `x_bytes_per_cpu_total{if="em\\"0",cpu="${cpu}"} ${value}\n`)
      .join('')}`;

  it('says what A and B are, and which CPUs had most of a change', async () => {
    const a = file('first.prom', counter([1, 2, 3], '9007199254740993') + OWN(1_700_000_000.5, 1_700_000_060));
    const b = file('second.prom', counter([61, 2, 43], '9007199254741093') + OWN(1_700_000_000.5, 1_700_003_725));
    assert.equal(
      (await ask(a, b)).replaceAll(`${dir}/`, ''),
      `A: first.prom, FreeBSD 14.1-RELEASE amd64, booted 2023-11-14 22:13:20 UTC, read 2023-11-14 22:14:20 UTC
B: second.prom, FreeBSD 14.1-RELEASE amd64, booted 2023-11-14 22:13:20 UTC, read 2023-11-14 23:15:25 UTC
1 h 1 min 5 s from A to B.

Counters of bytes                         A                 B  CHANGE  PER SECOND  CPUS
x_bytes_total{if="em\\"0"}  9007199254740993  9007199254741093    +100        0.03  cpu 0 60%, cpu 2 40%

0 series have the same value in both.
3 left out: the exporter's own metrics, and rates, hot CPUs and peaks, which it works out itself.
`,
    );
    const { code, stdout, stderr } = runExporter('diff', '--json', a, b);
    assert.deepEqual([code, stderr, stdout], [0, '', await ask(a, b, { json: true })]);
    assert.match(await ask(a, b, { cpus: true }), /^ {2}cpu 2 +3 +43 +\+40 +40%$/m);
    assert.match(await refusal(b, a), /second\.prom was read after .*first\.prom: name the earlier one first/);
  });

  it('says in a line why counters of two boots are not subtracted, and shows both values', async () => {
    const a = file('boot-1.prom', counter([1], '1') + OWN(1_700_000_000, 1_700_000_060));
    const b = file('boot-2.prom', counter([5], '5') + OWN(1_700_000_030, 1_700_000_070));
    const stdout = await ask(a, b);
    assert.match(stdout, /^Counters are not subtracted: the times of boot differ: .* 10\.0 s from A to B\.$/m);
    assert.match(stdout, /^Counters, not subtracted +A +B\nx_bytes_total\{if="em\\"0"\} +1 +5$/m);
    assert.doesNotMatch(stdout, /\+4/);
  });

  it('shows some forty lines, as many rows as are asked for, or all', async () => {
    const gauges = (value: number): string =>
      Array.from({ length: 100 }, (_, index) => `# TYPE g${index} gauge\ng${index} ${index * value}\n`).join('');
    const [a, b] = [file('many-1.prom', gauges(1)), file('many-2.prom', gauges(3))];
    const rows = async (form?: Parameters<typeof ask>[2]): Promise<readonly string[]> =>
      (await ask(a, b, form)).match(/^g\d+ .*$/gm) ?? [];
    const few = await rows();
    assert.ok(few.length > 25 && few.length <= 40, `${few.length}`);
    assert.deepEqual(await rows({ rows: 2 }), [
      'g99                   99  297    +198',
      'g98                   98  294    +196',
    ]);
    assert.equal((await rows({ all: true })).length, 99);
  });

  it('reads standard input, gzip, and the kernel of --simulate, and takes its flags', async () => {
    const main = join(packageRoot, 'dist', 'main.js');
    const spec = 'amd64-14,cpus=2';
    const config = file('kernel.yaml', `version: 1\n${CONFIG}`);
    const [packed, later] = await withSession(spec, [config], async (session) => {
      const { next, stop } = documentsOf(session);
      try {
        const first = file('packed.prom.gz', gzipSync(await next()));
        // As many that moved as are shown only where all are.
        const isLater = async (): Promise<boolean> =>
          (await jsonOf(first, file('later.prom', await next()))).moved.length > 60;
        await until(isLater, () => 'changes of 60 series');
        return [first, join(dir, 'later.prom')];
      } finally {
        stop();
      }
    });
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'diff', '--all', '--cpus', packed, '-'], {
      input: readFileSync(later),
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^B: standard input, FreeBSD 14\.0-CURRENT amd64 \(simulated\), booted /m);
    assert.match(stdout, /^ {2}cpu 1 +\d+ +\d+ +\+\d+ /m);
    const asked = await ask(packed, later, { all: true, cpus: true });
    assert.equal(stdout, asked.replace(`B: ${later}`, 'B: standard input'));

    const flags = [`--simulate=${spec}`, '--config.file', config, packed];
    const live = runExporter('diff', '--rows=1', ...flags);
    assert.equal(live.code, 0, live.stderr);
    assert.match(live.stdout, /^B: a simulated kernel, FreeBSD 14\.0-CURRENT amd64 \(simulated\), booted /m);
    // Of each section.
    const sections = live.stdout.split('\n\n').slice(1, -1);
    assert.ok(sections.length > 0);
    for (const section of sections) assert.match(section, /^.+\nfreebsd_.+(\n\.\. and \d+ more)?$/);
    assert.match(live.stdout, /^\.\. and \d+ more$/m);
  });

  it('says in a line what cannot be read, and ends with 1', async () => {
    type Case = readonly [path: string, message: RegExp];
    const good = file('good.prom', counter([1], '1'));
    const cases: readonly [Case, ...Case[]] = [
      [join(dir, 'none.prom'), /^cannot read .*none\.prom: ENOENT/],
      [file('bad.prom', 'x 1\ny z\n'), /bad\.prom:2:3: found the value `z`, expected a number$/],
      [file('half.prom', readFileSync(good).subarray(0, -3)), /half\.prom:4:\d+: the document breaks off in this line/],
      [file('half.gz', gzipSync('x 1\n').subarray(0, -4)), /cannot unpack .*half\.gz: unexpected end of file/],
      [file('picture.png', Buffer.of(0x89, 0x50, 0xff, 0xfe)), /picture\.png is no text/],
      [
        file('vmcore.0', `minidump FreeBSD/amd64\0\0${'\0'.repeat(4096)}`),
        /vmcore\.0 is a minidump|vmcore\.0 is damaged/,
      ],
      [
        file('vmcore.gz', gzipSync(Buffer.concat([Buffer.from('minidump FreeBSD/amd64\0\0'), randomBytes(4096)]))),
        /vmcore\.gz is compressed; run gunzip \S+vmcore\.gz and name the file that it makes$/,
      ],
      [
        file('vmcore.0.zst', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 4, 0)),
        /vmcore\.0\.zst is compressed; run zstd -d \S+vmcore\.0\.zst and name the file that it makes$/,
      ],
    ];
    for (const [path, message] of cases) {
      const told = await refusal(good, path);
      assert.match(told, message);
      assert.equal(told.split('\n').length, 1, told);
    }
    const [[path]] = cases;
    const { code, stdout, stderr } = runExporter('diff', good, path);
    assert.deepEqual([code, stdout, stderr], [1, '', `kcounter_exporter: ${await refusal(good, path)}\n`]);
  });

  it('ends with 2 where both sides are the running kernel, or standard input', () => {
    for (const word of ['live', '-']) {
      const { code, stderr } = runExporter('diff', word, word);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`only one of A and B can be ${word}`));
    }
  });
});
