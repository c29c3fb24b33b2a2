/** vmstat: `-s` by the names of its JSON (`--libxo json`), tables by their columns. */
import type { ToolLines } from './toolLine.js';

export const vmstatLines: readonly ToolLines[] = [
  {
    symbol: 'vm_cnt',
    before: 'vmstat -s ',
    prefix: 'v_',
    names: `swtch context-switches, intr interrupts, soft software-interrupts, trap traps, syscall system-calls, kthreads kernel-threads,
      forks forks, vforks vforks, rforks rforks, swapin swap-ins, swappgsin swap-in-pages, swapout swap-outs, swappgsout swap-out-pages,
      vnodein vnode-page-ins, vnodepgsin vnode-page-in-pages, vnodeout vnode-page-outs, vnodepgsout vnode-page-out-pages,
      pdwakeups page-daemon-wakeups, pdshortfalls page-reclamation-shortfalls, reactivated reactivated,
      cow_faults copy-on-write-faults, cow_optim copy-on-write-optimized-faults, zfod zero-fill-pages, ozfod zero-fill-prezeroed,
      intrans intransit-blocking, vm_faults total-faults, io_faults faults-requiring-io, kthreadpages faults-from-thread-creation,
      forkpages faults-from-fork, vforkpages faults-from-vfork, rforkpages pages-rfork, tfree pages-freed, dfree pages-freed-by-daemon,
      pfree pages-freed-on-exit, wire_count wired-pages`,
  },
  {
    symbol: 'vm_dom',
    before: 'vmstat -s ',
    prefix: 'vmd_',
    names: `free_count free-pages, pagequeues.pq_cnt active-pages (queue active of all domains),
      pagequeues.pq_cnt inactive-pages (queue inactive of all domains), pagequeues.pq_cnt laundry-pages (queue laundry of all domains),
      pagequeues.pq_pdpages page-daemon-pages (all domains and queues together)`,
    remark: 'all domains together',
  },
  // InUse and MemUse are differences, of what was allocated and freed.
  { symbol: 'kmemstatistics', before: 'vmstat -m ', prefix: 'mts_', names: 'numallocs Requests' },
  // USED is a difference, too.
  {
    symbol: 'uma_kegs',
    before: 'vmstat -z ',
    prefix: 'uz_',
    names: 'allocs REQ, fails FAIL, sleeps SLEEP, xdomain XDOMAIN, max_items LIMIT',
  },
  { symbol: 'uma_cachezones', before: 'vmstat -z ', prefix: 'uz_', names: 'allocs REQ, fails FAIL' },
  { symbol: 'intrcnt', before: 'vmstat -ia ', names: '* total' },
];
