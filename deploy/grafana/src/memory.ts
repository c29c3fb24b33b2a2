/** The kernel's own memory: by what it is for, by zone, and what is free in each memory domain. */
import { dashboard, type Row } from './dashboard.js';
import { graph, table } from './panels.js';
import { allOfName, fullestOfName, gauge, inUse, moving, rate, ratio, top } from './queries.js';

const itemsInUse = inUse('uma_allocations', 'uma_frees');
const bytesInUse = inUse('malloc_allocated_bytes', 'malloc_freed_bytes');
/** Lines of a graph that would have hundreds. */
const MOST = 12;

const types: Row = {
  title: 'malloc(9), by type',
  panels: [
    graph({
      title: 'Memory in use',
      means: `Bytes allocated and not freed, of the ${MOST} types that have most.`,
      packs: ['malloc'],
      bad: 'A line that rises for days: a leak.',
      unit: 'bytes',
      width: 12,
      queries: { '{{instance}} {{type}}': top(MOST, allOfName(bytesInUse)) },
    }),
    graph({
      title: 'Allocations',
      means: `Allocations per second, of the ${MOST} types that have most.`,
      packs: ['malloc'],
      bad: 'Many more of one type for the same work.',
      unit: 'cps',
      width: 12,
      queries: { '{{instance}} {{type}}': top(MOST, allOfName(rate('malloc_allocations'))) },
    }),
  ],
};

const zones: Row = {
  title: 'uma(9), by zone',
  panels: [
    graph({
      title: 'Items in use',
      means: `Items allocated and not freed, of the ${MOST} zones that have most.`,
      packs: ['uma'],
      bad: 'A line that rises for days: a leak.',
      unit: 'short',
      width: 12,
      queries: { '{{instance}} {{zone}}': top(MOST, allOfName(itemsInUse)) },
    }),
    graph({
      title: 'Limits in use',
      means: `Of zones with a limit, the part of it that is in use, of the ${MOST} that have most; of zones of one name the fullest.`,
      packs: ['uma'],
      bad: 'Near 1: allocations fail or wait. Items in the caches of CPUs count, too.',
      unit: 'percentunit',
      limits: { warn: 0.8, bad: 0.9 },
      width: 12,
      queries: { '{{instance}} {{zone}}': top(MOST, fullestOfName(ratio(itemsInUse, gauge('uma_limit_items')))) },
    }),
    graph({
      title: 'Failed allocations',
      means: 'Allocations that failed for want of memory or because of a limit. Only zones in which any did are shown.',
      packs: ['uma'],
      bad: 'Any that last: packets or connections are lost.',
      empty: 'no allocation fails',
      unit: 'cps',
      width: 8,
      queries: { '{{instance}} {{zone}}': moving(allOfName(rate('uma_allocation_failures'))) },
    }),
    graph({
      title: 'Allocations',
      means: `Items allocated per second, of the ${MOST} zones that have most.`,
      packs: ['uma'],
      bad: 'Many more of one zone for the same work.',
      unit: 'cps',
      width: 8,
      queries: { '{{instance}} {{zone}}': top(MOST, allOfName(rate('uma_allocations'))) },
    }),
    graph({
      title: 'Freed in another domain',
      means: `Items freed in another memory domain than they are of, of the ${MOST} zones that have most.`,
      packs: ['uma'],
      bad: 'Many on a host with several domains: work wanders between them.',
      unit: 'cps',
      width: 8,
      queries: { '{{instance}} {{zone}}': top(MOST, allOfName(rate('uma_other_domain_frees'))) },
    }),
    table({
      title: 'Zones in which threads slept',
      means: 'How often, since the boot, a thread had to wait because a zone was at its limit.',
      packs: ['uma'],
      bad: 'Any that grows.',
      empty: 'no thread has had to wait',
      unit: 'none',
      width: 12,
      query: moving(allOfName(gauge('uma_limit_sleeps_total'))),
      columns: { instance: 'Host', zone: 'Zone', Value: 'Slept' },
    }),
    graph({
      title: 'Threads that sleep',
      means: 'Threads that wait now because a zone is at its limit.',
      packs: ['uma'],
      bad: 'Any that lasts.',
      unit: 'none',
      width: 12,
      queries: { '{{instance}}': `sum by (job, instance) (${gauge('uma_limit_sleeping_threads')})` },
    }),
  ],
};

const domains: Row = {
  title: 'Memory domains',
  panels: [
    graph({
      title: 'Free memory',
      means: 'The part of the pages of each memory domain that is free.',
      packs: ['domains'],
      bad: 'Near 0 in one domain while there is much in another: something is bound to it.',
      unit: 'percentunit',
      width: 8,
      queries: { '{{instance}} {{domain}}': ratio(gauge('vm_domain_free_pages'), gauge('vm_domain_pages')) },
    }),
    graph({
      title: 'Free pages above the least',
      means: 'Free pages for each one that must be free at least.',
      packs: ['domains'],
      bad: 'Below 1 memory is short, and threads wait for it.',
      unit: 'short',
      limits: { bad: 1, low: true },
      width: 8,
      queries: {
        '{{instance}} {{domain}}': ratio(gauge('vm_domain_free_pages'), gauge('vm_domain_free_minimum_pages')),
      },
    }),
    graph({
      title: 'Pages looked at',
      means: 'Pages of each queue that the page daemon looked at, in search of some to free.',
      packs: ['domains'],
      bad: 'Far above the usual, above all of the active queue: memory is short.',
      unit: 'cps',
      width: 8,
      queries: { '{{instance}} {{domain}} {{queue}}': rate('vm_domain_scanned_pages') },
    }),
    graph({
      title: 'Queues',
      means: 'Pages in each queue of the page daemon.',
      packs: ['domains'],
      bad: 'A laundry that grows: dirty pages are not written fast enough.',
      unit: 'short',
      width: 24,
      queries: { '{{instance}} {{domain}} {{queue}}': gauge('vm_domain_queue_pages') },
    }),
  ],
};

const epochs: Row = {
  title: 'Epochs',
  panels: [
    graph({
      title: 'Callbacks that wait',
      means: 'Of each epoch, callbacks that wait until nobody can look any more at what they free.',
      packs: ['epoch'],
      bad: 'Growth without end: a thread does not leave the epoch, and what is freed piles up.',
      unit: 'short',
      width: 12,
      queries: { '{{instance}} {{epoch}}': `sum without (nth) (${gauge('epoch_pending_callbacks')})` },
    }),
    graph({
      title: 'Callbacks, and waits for epochs',
      means: 'Callbacks that were put off, and what threads did that waited for an epoch to end.',
      packs: ['epoch'],
      bad: 'Many waits that are blocked: threads stay long in an epoch.',
      unit: 'cps',
      width: 12,
      queries: {
        '{{instance}} callbacks': rate('epoch_callbacks'),
        '{{instance}} blocked': rate('epoch_wait_blocks'),
        '{{instance}} behind a lock': rate('epoch_wait_contentions'),
        '{{instance}} migrations': rate('epoch_wait_migrations'),
      },
    }),
  ],
};

export const memory = dashboard({
  uid: 'kcounter-memory',
  title: 'Kernel memory',
  description:
    "What the kernel's own memory is used for, which zones are at their limit, what is free in each memory domain, and what waits to be freed.",
  rows: [types, zones, domains, epochs],
});
