/** Covers: ownMetrics.ts, readFamilies.ts, families.ts. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { text } from '../../src/exposition/formats/text.js';
import type { Facts } from '../../src/kernel/facts.js';
import { ExporterMetrics } from '../../src/telemetry/ownMetrics.js';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import type { KeptDocument } from '../../src/telemetry/readFamilies.js';
import { reportOf } from '../support/entries.js';

const facts: Facts = {
  origin: 'simulated',
  release: '14.0-RELEASE',
  osreldate: 1400097,
  machineArch: 'amd64',
  pageSize: 4096,
  maxId: 0,
  ncpus: 1,
  cpus: [0],
  scheduler: 'ULE',
  isJailed: false,
};
let booted: number | undefined = 1_699_990_000.204118;
const bootTime = (): number | undefined => booted;
const reader = { reader: 'direct', reason: 'it agrees' } as const;

/** What is told of a read that began ten seconds ago. */
async function rendered(kept?: KeptDocument): Promise<string> {
  const clock = performance.timeOrigin + performance.now() - 10_000;
  const metrics = new ExporterMetrics({ version: '1', facts, bootTime, reader, others: [], kept });
  const families = await metrics.families(reportOf({ takenAt: 1_700_000_000_123, clock }));
  return families.map((family) => Buffer.from(text.ownFamily(family)).toString()).join('');
}

describe('ExporterMetrics', () => {
  it('tells the age of a read by a clock that nobody sets', async () => {
    mock.timers.enable({ apis: ['Date'], now: 1_600_000_000_000 });
    try {
      const age = Number(/^kcounter_exporter_snapshot_age_seconds (\S+)$/m.exec(await rendered())?.[1]);
      assert.ok(age >= 10 && age < 600, `${age} s`);
    } finally {
      mock.timers.reset();
    }
  });

  it('tells when the kernel was booted, and the read was, to all digits, so that documents can be compared', async () => {
    const scrape = await rendered();
    assert.match(scrape, /^kcounter_exporter_kernel_boot_time_seconds 1699990000\.204118$/m);
    assert.match(scrape, /^kcounter_exporter_snapshot_timestamp_seconds 1700000000\.123$/m);
  });

  it('follows the time of boot, which moves when the clock is set, and leaves it out while it is not known', async () => {
    const metrics = new ExporterMetrics({ version: '1', facts, bootTime, reader, others: [] });
    const told = async (): Promise<number | undefined> => {
      const families = await metrics.families(reportOf());
      return families.find(({ name }) => name.endsWith('_boot_time_seconds'))?.samples[0]?.value;
    };
    const before = booted!;
    try {
      assert.equal(await told(), before);
      booted = before + 7200;
      assert.equal(await told(), before + 7200);
      booted = undefined;
      assert.equal(await told(), undefined);
      booted = before;
      assert.equal(await told(), before);
    } finally {
      booted = before;
    }
  });

  it('tells when the read was, not its age, in what is kept', async () => {
    const printed = await rendered({ textfile: undefined });
    assert.match(printed, /^kcounter_exporter_snapshot_timestamp_seconds 1700000000\.123$/m);
    assert.doesNotMatch(printed, /age|textfile/);
    const written = await rendered({ textfile: 'a.prom' });
    assert.match(written, /^kcounter_exporter_snapshot_timestamp_seconds\{textfile="a\.prom"\} 1700000000\.123$/m);
    for (const line of written.split('\n')) if (/^\w/.test(line)) assert.match(line, /textfile="a\.prom"/);
  });

  it('leaves out what has no sample, as the layouts of a config of whose symbols none is found', async () => {
    const metrics = new ExporterMetrics({ version: '1', facts, bootTime, reader, others: [] });
    const status: SymbolStatus = {
      symbol: 'gone',
      groups: [],
      optional: true,
      up: false,
      cause: 'missing',
      reason: 'not found',
      bases: [],
      since: 0,
    };
    const families = await metrics.families(reportOf({ symbols: [status] }));
    const names = families.map(({ name }) => name);
    assert.ok(names.includes('kcounter_exporter_symbol_up'));
    assert.ok(!names.includes('kcounter_exporter_layout_info'));
    assert.deepEqual(
      families.filter(({ samples }) => samples.length === 0),
      [],
    );
  });
});
