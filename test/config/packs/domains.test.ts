/** Covers: config/packs/domains.yaml: what it publishes on each simulated kernel is what vm.domain and vm.stats.vm tell. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sysctls } from '../../../src/kernel/sysctls.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { comparePack } from '../../support/packValues.js';
import { publishedIn, type Published } from '../../support/published.js';
import { Simulated } from '../../support/simulated.js';

const queues = { inactive: 'inact', active: 'act', laundry: 'laund', unswappable: 'unswpp' };

/** What the kernel tells of each domain by itself. */
function told(sysctls: Sysctls): Map<string, bigint> {
  const domains = Number(sysctls.unsigned('vm.ndomains'));
  const found = new Map<string, bigint>();
  for (let domain = 0; domain < domains; domain++) {
    const of = (name: string): bigint => sysctls.unsigned(`vm.domain.${domain}.stats.${name}`);
    found.set(`vm_domain_free_pages{domain=${domain}}`, of('free_count'));
    found.set(`vm_domain_free_target_pages{domain=${domain}}`, of('free_target'));
    found.set(`vm_domain_inactive_target_pages{domain=${domain}}`, of('inactive_target'));
    for (const [queue, short] of Object.entries(queues)) {
      found.set(`vm_domain_queue_pages{domain=${domain},queue=${queue}}`, of(queue));
      found.set(`vm_domain_scanned_pages{domain=${domain},queue=${queue}}`, of(`${short}pdpgs`));
    }
  }
  return found;
}

/** Of these the kernel tells the sum over all domains only. */
const sums = {
  vm_domain_free_minimum_pages: 'v_free_min',
  vm_domain_free_severe_pages: 'v_free_severe',
  vm_domain_free_reserved_pages: 'v_free_reserved',
  vm_domain_free_pages: 'v_free_count',
  vm_domain_free_target_pages: 'v_free_target',
  vm_domain_inactive_target_pages: 'v_inactive_target',
};

describe('the pack domains', () => {
  for (const profile of profileNames) {
    for (const [cpus, domains] of [
      [3, 1],
      [8, 2],
    ] as const) {
      it(`tells of each domain what its sysctls do, while all move: ${profile}, ${cpus} CPUs`, async (context) => {
        const compared = await comparePack(
          `${profile},cpus=${cpus},absent=1`,
          'domains',
          ({ sysctls }) => told(sysctls),
          (series) => /^vm_domain_(pages|free_minimum_pages|free_severe_pages|free_reserved_pages)\{/.test(series),
        );
        context.diagnostic(`${compared} values compared`);
      });

      it(`adds up to what the kernel tells of all domains: ${profile}, ${cpus} CPUs`, async () => {
        const simulated = await Simulated.open(`${profile},cpus=${cpus}`, 'packs: [domains]');
        try {
          const { kernel, scraper } = simulated;
          const published = publishedIn(await scraper.read());
          const total = (wanted: (each: Published) => boolean): bigint =>
            published.filter(wanted).reduce((sum, { value }) => sum + value, 0n);
          for (const [metric, sysctl] of Object.entries(sums)) {
            const sum = total((each) => each.metric === `freebsd_${metric}`);
            assert.equal(sum, kernel.sysctls.unsigned(`vm.stats.vm.${sysctl}`), metric);
          }
          if (profileOf(profile).release > 12) {
            const scanned = total(({ metric }) => metric === 'freebsd_vm_domain_scanned_pages_total');
            assert.equal(scanned, kernel.sysctls.unsigned('vm.stats.vm.v_pdpages'));
          }
          const pages = published.filter(({ metric }) => metric === 'freebsd_vm_domain_pages');
          assert.deepEqual(
            pages.map(({ labels }) => labels['domain']),
            ['0', '1'].slice(0, domains),
          );
          assert.equal(
            pages.reduce((sum, { value }) => sum + value, 0n),
            16_711_680n,
          );
        } finally {
          await simulated.close();
        }
      });
    }
  }
});
