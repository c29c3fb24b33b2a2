/** Memory domains: what each has adds up to what the sysctls tell of all, on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileNames } from '../../../src/simulator/spec.js';
import { until } from '../../support/until.js';
import { withLookout, type Lookout } from '../lookout.js';

/** Of each domain: a number, and what each queue has looked at. */
function domains(look: Lookout): { number: (path: string) => number; pdpages: bigint[]; counts: number[] }[] {
  const count = look.int(look.symbol('vm_ndomains'));
  return Array.from({ length: count }, (_, domain) => {
    const base = look.symbol('vm_dom') + BigInt(domain * look.sizeOf('vm_domain'));
    const queues = [0, 1, 2, 3].map(
      (queue) => base + look.offset('vm_domain', 'vmd_pagequeues') + BigInt(queue * look.sizeOf('vm_pagequeue')),
    );
    return {
      number: (path) => look.int(base + look.offset('vm_domain', path)),
      pdpages: queues.map((queue) => look.word(queue + look.offset('vm_pagequeue', 'pq_pdpages'))),
      counts: queues.map((queue) => look.int(queue + look.offset('vm_pagequeue', 'pq_cnt'))),
    };
  });
}

const add = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

for (const profile of profileNames) {
  describe(profile, () => {
    for (const cpus of [4, 8]) {
      it(`has sums over its domains, with ${cpus} CPUs`, async () => {
        await withLookout(`${profile},cpus=${cpus}`, (look) => {
          const found = domains(look);
          assert.equal(found.length, cpus === 8 ? 2 : 1);
          const told = (name: string): bigint => look.kernel.sysctls.unsigned(name);
          assert.equal(told('vm.ndomains'), BigInt(found.length));
          const sum = (path: string): bigint => add(found.map(({ number }) => BigInt(number(path))));
          for (const name of [
            'free_count',
            'free_target',
            'free_min',
            'free_reserved',
            'free_severe',
            'inactive_target',
            'pageout_free_min',
            'page_count',
          ])
            assert.equal(told(`vm.stats.vm.v_${name}`), sum(`vmd_${name}`), name);
          for (const [queue, name] of ['inactive', 'active', 'laundry'].entries())
            assert.equal(told(`vm.stats.vm.v_${name}_count`), add(found.map(({ counts }) => BigInt(counts[queue]!))));
          const scanned = add(found.flatMap(({ pdpages }) => pdpages));
          assert.ok(scanned > 0n);
          const counter = look.image.counterSum('vm_cnt', 22);
          assert.equal(told('vm.stats.vm.v_pdpages'), profile === 'amd64-12' ? counter : scanned + counter);
          assert.equal(told('vm.domain.0.stats.actpdpgs'), found[0]!.pdpages[1]);
          const type = look.types.resolve(look.types.typeOfObject('vm_dom')!);
          assert.ok(type.kind === 'array' && type.count === 8);
          if (profile === 'amd64-14')
            assert.deepEqual([look.sizeOf('vm_domain'), look.sizeOf('vm_pagequeue')], [1664, 128]);
          if (profile === 'amd64-14') assert.equal(look.offset('vm_pagequeue', 'pq_pdpages'), 64n);
        });
      });
    }
  });
}

it('goes on looking at pages', async () => {
  await withLookout(
    'amd64-13,cpus=8',
    async (look) => {
      const before = look.kernel.sysctls.unsigned('vm.stats.vm.v_pdpages');
      const sumNow = (): bigint => add(domains(look).flatMap(({ pdpages }) => pdpages));
      await until(() => sumNow() > before, 'it looks at pages');
      const sum = sumNow();
      assert.ok(before < sum && sum <= look.kernel.sysctls.unsigned('vm.stats.vm.v_pdpages'));
    },
    'believable',
  );
});
