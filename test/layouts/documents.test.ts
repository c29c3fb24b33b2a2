/** Covers: layouts/ and what asks it: the same kernel gives the same documents whether its files tell types or config/layouts/ does. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PACK_FOLDER } from '../../src/config/packs.js';
import { formats } from '../../src/exposition/formats/registry.js';
import { Publisher } from '../../src/exposition/publisher.js';
import { fileNames } from '../../src/simulator/model/files.js';
import { profileNames } from '../../src/simulator/spec.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { readable } from '../support/protobufDocument.js';
import { Simulated } from '../support/simulated.js';

/** The packs of lists follow structures that only the kernel's own types tell, and no layout is of what ZFS counts. */
const NEEDS_TYPES = [
  'bpf',
  'domains',
  'epoch',
  'iflib',
  'interfaces',
  'interrupts',
  'ipfw',
  'ipsec_sa',
  'jails',
  'listen',
  'malloc',
  'nexthops',
  'pf_rules',
  'uma',
  'zfs',
];

const packs = readdirSync(PACK_FOLDER)
  .filter((file) => file.endsWith('.yaml') && !NEEDS_TYPES.includes(file.slice(0, -'.yaml'.length)))
  .map((file) => `'${join(PACK_FOLDER, file)}'`);

/** What is published of the kernel in each format, with all modules loaded. */
async function published(spec: string): Promise<string[]> {
  const simulated = await Simulated.open(spec, `packs: [${packs.join(', ')}]`);
  try {
    for (const file of fileNames) if (file !== 'kernel') simulated.image.loadModule(file);
    const own = { families: () => Promise.resolve([]) };
    const publisher = new Publisher(new Snapshots(simulated.scraper, undefined), own, undefined);
    const documents: string[] = [];
    for (const format of formats) {
      const { chunks, release } = await publisher.document(format);
      documents.push(readable(format, Buffer.concat(chunks)));
      release();
    }
    return documents;
  } finally {
    await simulated.close();
  }
}

/** Without what no layout knows: the scheduler's own struct differs from release to release, and nothing tells whether one is right. */
function withoutRunQueues(document: string): string {
  const lines = document.split('\n').filter((line) => !line.includes('freebsd_cpu_run_queue_threads'));
  return lines.join('\n');
}

describe("documents of the packs that do without the kernel's types", () => {
  for (const profile of profileNames) {
    it(`are the same with fewer types and without any: ${profile}`, async () => {
      const told = await published(`${profile},cpus=2`);
      assert.ok(told[0]!.split('\n').length > 2000, 'most is read');
      assert.deepEqual(await published(`${profile},cpus=2,types=partial`), told);
      assert.deepEqual(await published(`${profile},cpus=2,types=none`), told.map(withoutRunQueues));
    });
  }
});
