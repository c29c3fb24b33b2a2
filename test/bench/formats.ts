/**
 * What a document costs in each format, without a kernel and HTTP: `node build/test/bench/formats.js [COUNTERSxCPUS]`, of 500 × 64 where nothing is
 * said. All values move between two documents. Formats take turns, so that what else a machine does is spread over all; the text is the yardstick.
 */
import { formats } from '../../src/exposition/formats/registry.js';
import { Publisher } from '../../src/exposition/publisher.js';
import type { SnapshotSource } from '../../src/snapshots/snapshot.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { cpuIds, entryOf, familyOf, fieldOf, layoutOf, reportOf, snapshotOf } from '../support/entries.js';

const ROUNDS = 40;
const DOCUMENTS = 10;

const [counters = 500, cpus = 64] = (process.argv[2] ?? '').split('x').filter(Boolean).map(Number);
const layout = layoutOf(
  Array.from({ length: counters }, (_, index) => {
    const family = familyOf(`freebsd_sim_${index}_events_total`, {
      type: 'counter',
      help: `What counter ${index} counts.`,
    });
    return entryOf(`sim_${index}`, [fieldOf(family, { format: 'u64' })]);
  }),
  cpuIds(cpus),
);

/** Whose values, of up to ten digits, go up by up to 10,000 with each read. */
function source(): SnapshotSource {
  const values = Array.from({ length: counters * (cpus + 1) }, (_, index) => BigInt((index * 7_919_777) % 10 ** 9));
  const snapshot = { ...snapshotOf(layout, values), sinceBoot: new Uint8Array(counters).fill(1) };
  const words = new BigUint64Array(snapshot.words.buffer);
  let sequence = 0;
  return {
    get reads() {
      return sequence;
    },
    read: () => {
      sequence++;
      words.forEach((value, index) => (words[index] = value + BigInt((index * 7919 + sequence * 104_729) % 9973)));
      return Promise.resolve({ ...snapshot, report: reportOf({ sequence }) });
    },
  };
}

/** Milliseconds of CPU time that some work takes, on all threads of the process. */
async function cpuTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const reading = source();
const ways = formats.flatMap((format) =>
  [false, true].map((takesGzip) => {
    const own = { families: () => Promise.resolve([]) };
    const publisher = new Publisher(new Snapshots(source(), undefined), own, {
      time: () => '1700000000.204',
      inLines: false,
    });
    return { format, takesGzip, publisher, bytes: 0, spent: 0 };
  }),
);
let readTime = 0;
for (let round = -ROUNDS / 4; round < ROUNDS; round++) {
  const counts = round >= 0;
  const reads = await cpuTime(async () => {
    for (let nth = 0; nth < DOCUMENTS; nth++) await reading.read();
  });
  if (counts) readTime += reads;
  for (const way of ways) {
    const spent = await cpuTime(async () => {
      for (let nth = 0; nth < DOCUMENTS; nth++) {
        const { length, release } = await way.publisher.document(way.format, { takesGzip: way.takesGzip });
        way.bytes = length;
        release();
      }
    });
    if (counts) way.spent += spent;
  }
}
console.log(
  `${counters} × ${cpus}\n\n| format | encoding | bytes | CPU, ms | × text |\n| --- | --- | ---: | ---: | ---: |`,
);
for (const { format, takesGzip, bytes, spent } of ways) {
  const yardstick = ways.find((way) => way.format.name === 'text' && way.takesGzip === takesGzip)!;
  const cells = [
    format.name,
    takesGzip ? 'gzip' : 'identity',
    String(bytes),
    ((spent - readTime) / (ROUNDS * DOCUMENTS)).toFixed(2),
    ((spent - readTime) / (yardstick.spent - readTime)).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
