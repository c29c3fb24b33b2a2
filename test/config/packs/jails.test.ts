/** Covers: config/packs/jails.yaml: what it publishes on each simulated kernel is what the network stack of each jail holds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openKernelTypes } from '../../../src/ctf/kernelFile.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { jailsOf, TypedKernel } from '../../simulator/typedKernel.js';
import { publishedIn, seriesName, type Published } from '../../support/published.js';
import { Simulated } from '../../support/simulated.js';

/** Jails 2, 3, 5 and 6 live and have a stack of their own: 1 is dying under the name of 2, and 4 is in the host's. */
const SPEC = 'cpus=3,absent=1,jails=6';
const LIVING = ['j1 2', 'j1.inner 3', 'j5 5', 'j6 6'];
const ROUNDS = 5;

function typedKernelOf({ simulator, kernel }: Simulated): TypedKernel {
  const { types } = openKernelTypes(simulator.source.execfile, kernel.sysctls.text('kern.build_id'));
  return new TypedKernel(simulator, kernel, types);
}

/** The sum of the counter itself, in the vnet of the jail that the labels name; in the host's where they name none. */
function counted(typed: TypedKernel, { symbol, cellOffset, labels }: Published): bigint {
  const { host, jails } = jailsOf(typed);
  const owner = labels['jid'] === undefined ? host : jails.find(({ id }) => String(id) === labels['jid']);
  assert.ok(owner !== undefined && (labels['jail'] === undefined || owner.name === labels['jail']));
  const base = typed.word(typed.at(owner.vnet, 'vnet', 'vnet_data_base'));
  const entry = typed.kernel.symbols.lookUp(`vnet_entry_${symbol}`)!.value;
  return typed.counter(BigInt.asUintN(64, entry + base + BigInt(cellOffset)));
}

describe('the pack jails', () => {
  for (const profile of profileNames) {
    it(`tells of the stack of each living jail what it holds: ${profile}`, async (context) => {
      const simulated = await Simulated.open(`${profile},${SPEC}`, 'packs: [jails]');
      try {
        const typed = typedKernelOf(simulated);
        const published = publishedIn(await simulated.scraper.read());
        for (const each of published) {
          assert.equal(BigInt.asUintN(64, each.value), counted(typed, each), seriesName(each));
        }
        const jails = published.map(({ labels }) => `${labels['jail'] ?? 'host'} ${labels['jid'] ?? 0}`);
        assert.deepEqual([...new Set(jails)].sort(), ['host 0', ...LIVING].sort());
        for (const jail of LIVING) {
          assert.equal(jails.filter((one) => one === jail).length, published.length / (LIVING.length + 1), jail);
        }
        context.diagnostic(`${published.length} values compared`);
      } finally {
        await simulated.close();
      }
    });
  }

  it('tells what lies between two looks at it, while all move', async () => {
    const simulated = await Simulated.open(`amd64-14,${SPEC}`, 'packs: [jails]', 'believable');
    try {
      const typed = typedKernelOf(simulated);
      // Parts of a gauge move from CPU to CPU, so that a sum of them may be torn.
      const counters = publishedIn(await simulated.scraper.read()).filter(({ isGauge }) => !isGauge);
      for (let round = 0; round < ROUNDS; round++) {
        const low = counters.map((each) => counted(typed, each));
        const now = new Map(
          publishedIn(await simulated.scraper.read()).map((each) => [seriesName(each), each.value] as const),
        );
        for (const [nth, each] of counters.entries()) {
          const value = now.get(seriesName(each))!;
          assert.ok(low[nth]! <= value && value <= counted(typed, each), seriesName(each));
        }
      }
    } finally {
      await simulated.close();
    }
  });
});
