/** The exporter's metrics about itself, for the reference: those that its code registers, asked for with stand-ins for what they are about. */
import type { OwnFamily } from '../exposition/ownFamilies.js';
import type { Facts } from '../kernel/facts.js';
import type { ReadReport } from '../snapshots/snapshot.js';
import { ConfigMetrics } from '../telemetry/configMetrics.js';
import { standardError } from '../telemetry/logSink.js';
import { ExporterMetrics } from '../telemetry/ownMetrics.js';
import { OPEN_FILES_METRIC, ProcessMetrics, VIRTUAL_MEMORY_METRIC } from '../telemetry/processMetrics.js';
import { RequestMetrics } from '../telemetry/requestMetrics.js';
import { TruthMetrics } from '../telemetry/truthMetrics.js';
import { verifyMetrics } from '../truth/metrics.js';
import type { CatalogMetric } from './metric.js';

/** A label's value is of no interest here. */
const ANY = 'x';

const FACTS: Facts = {
  origin: ANY,
  release: ANY,
  osreldate: 0,
  machineArch: ANY,
  pageSize: 4096,
  maxId: 0,
  ncpus: 1,
  cpus: [0],
  scheduler: undefined,
  isJailed: false,
};

const REPORT: ReadReport = {
  sequence: 1,
  takenAt: 0,
  clock: 0,
  generation: 0,
  durationSeconds: 0,
  reads: 0,
  bytes: 0,
  series: 0,
  symbols: [
    {
      symbol: ANY,
      groups: [],
      optional: false,
      up: true,
      cause: undefined,
      reason: '',
      bases: [{ source: 'ctf', proof: 'build_id' }],
      since: 0,
    },
  ],
  groups: [{ group: ANY, series: 0, state: 'read', reason: '', isGood: true }],
  lists: [
    {
      group: ANY,
      symbol: ANY,
      elements: { published: 0, gone: 0, doubtful: 0, beyond_limit: 0, duplicate: 0, successor: 0 },
    },
  ],
};

const PROOFS = { kvm_counter_u64_fetch: 0, kvm_read_zpcpu: 0, sysctl: 0 };
const TRUTH = { checks: PROOFS, mismatches: PROOFS, withdrawn: 0, doubted: 0, unprovable: 0, oldestProof: 0 };

export async function ownMetrics(): Promise<CatalogMetric[]> {
  const config = new ConfigMetrics();
  config.loaded(true, [{ file: ANY, error: undefined }]);
  const ofProcess = new ProcessMetrics(0);
  const truth = { report: TRUTH };
  const families: OwnFamily[] = [];
  for (const kept of [undefined, { textfile: ANY }]) {
    const others = [config, standardError, ofProcess, new RequestMetrics()];
    const changing = [new TruthMetrics(truth, kept)];
    const reader = { reader: 'direct', reason: ANY } as const;
    const own = new ExporterMetrics({ version: ANY, facts: FACTS, bootTime: () => 0, reader, others, changing, kept });
    families.push(...(await own.families(REPORT)));
  }
  ofProcess.stop();
  const whereTold = [OPEN_FILES_METRIC, VIRTUAL_MEMORY_METRIC];
  families.push(...whereTold.map((metric) => ({ ...metric, type: 'gauge', samples: [] }) as const));
  families.push(...(await verifyFamilies()));
  const byName = new Map<string, OwnFamily>();
  for (const family of families) if (!byName.has(family.name)) byName.set(family.name, family);
  return [...byName.values()].map(metricOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function metricOf({ name, type, help, samples }: OwnFamily): CatalogMetric {
  const labels = [...new Set(samples.flatMap((sample) => sample.labels.map((label) => label.name)))];
  const unit = /_(bytes|seconds)(?:_total)?$/.exec(name)?.[1];
  return { name, type, unit, help, labels, pack: undefined, optional: false, sources: [], further: [] };
}

/** Of `verify --output.textfile`, which writes them as text. */
async function verifyFamilies(): Promise<OwnFamily[]> {
  const text = await verifyMetrics({ comparisons: [], unchecked: [], neverCounted: [] }, new Date(0), ANY);
  const labels = [{ name: 'textfile', value: ANY }];
  return [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => ({
    name,
    help,
    type: 'gauge',
    samples: [{ labels, value: 0 }],
  }));
}
