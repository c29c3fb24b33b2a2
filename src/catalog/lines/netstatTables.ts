/** What netstat tells elsewhere than under `-s`: tables by their columns, `-m` and `-rs` by the names of their JSON. */
import type { ToolLines } from './toolLine.js';

export const netstatTableLines: readonly ToolLines[] = [
  {
    symbol: 'nws',
    before: 'netstat -Q ',
    prefix: 'nws_work.nw_',
    names: "dispatched Disp'd, hybrid_dispatched HDisp'd, queued Queued, handled Handled, qdrops QDrops, len Len",
    remark: 'all CPUs together',
  },
  {
    // The lines of the link, not those of addresses.
    symbol: 'ifnet',
    before: 'netstat -ibd ',
    prefix: 'if_counters',
    names: '[0] Ipkts, [1] Ierrs, [2] Opkts, [3] Oerrs, [4] Coll, [5] Ibytes, [6] Obytes, [9] Idrop, [10] Drop',
  },
  { symbol: 'bpf_iflist', before: 'netstat -B ', prefix: 'bd_', names: 'rcount Recv, fcount Match, dcount Drop' },
  {
    symbol: 'tcbinfo',
    before: 'netstat -Lan ',
    prefix: 'sol_',
    names: 'qlen qlen, incqlen incqlen, qlimit maxqlen',
  },
  {
    symbol: 'unp_shead',
    before: 'netstat -Lan ',
    prefix: 'sol_',
    names: 'qlen qlen, incqlen incqlen, qlimit maxqlen',
  },
  { symbol: 'rt_tables', before: 'netstat -onW ', names: 'nh_pksent Use' },
  {
    symbol: 'rtstat',
    before: 'netstat -rs ',
    prefix: 'rts_',
    names: 'dynamic dynamically-created, unreach unreachable-destination',
  },
  {
    symbol: 'sfstat',
    before: 'netstat -m ',
    prefix: 'sf_',
    names: `syscalls sendfile-syscalls, noiocnt sendfile-no-io, iocnt sendfile-io-count, pages_read sendfile-pages-sent,
      pages_valid sendfile-pages-valid, pages_bogus sendfile-pages-bogus, rhpages_requested sendfile-requested-readahead,
      rhpages_read sendfile-readahead, busy sendfile-busy-encounters, allocfail sfbufs-alloc-failed, allocwait sfbufs-alloc-wait`,
  },
];
