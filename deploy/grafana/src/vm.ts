/** The scheduler's and the virtual memory system's counters, which all are in the pack vm. */
import { dashboard, type Row } from './dashboard.js';
import { graph, type GraphText } from './panels.js';
import { rate, ratio } from './queries.js';
import { contextSwitches, systemCalls, wiredPages } from './shared.js';

/** A graph of counters of the pack: by legend, each counter's name without what all begin with. */
function counters(
  text: Omit<GraphText, 'packs' | 'queries' | 'unit'>,
  named: Readonly<Record<string, string>>,
): ReturnType<typeof graph> {
  const queries = Object.fromEntries(
    Object.entries(named).map(([legend, counter]) => [`{{instance}} ${legend}`.trim(), rate(`vm_${counter}`)]),
  );
  return graph({ ...text, packs: ['vm'], unit: 'cps', queries });
}

const cpus: Row = {
  title: 'CPUs',
  panels: [
    contextSwitches(6),
    counters(
      {
        title: 'Interrupts',
        perCpuOf: 'vm_device_interrupts',
        means: 'Interrupts that devices raised, and software interrupts that were handled.',
        bad: 'A storm: far more than packets and disk requests explain.',
        width: 6,
      },
      { devices: 'device_interrupts', software: 'software_interrupts' },
    ),
    systemCalls(6),
    counters(
      {
        title: 'Traps',
        perCpuOf: 'vm_traps',
        means: 'Traps that CPUs took, such as page faults.',
        bad: 'Many more than page faults: programs with floating-point or alignment traps, or a debugger.',
        width: 6,
      },
      { '': 'traps' },
    ),
    counters(
      {
        title: 'Forks',
        means: 'Processes made by fork(2), vfork(2) and rfork(2), and by the kernel for itself.',
        bad: 'Hundreds: a script or a server that starts a process for each thing it does.',
        width: 12,
      },
      { fork: 'forks', vfork: 'vforks', rfork: 'rforks', kernel: 'kernel_forks' },
    ),
    counters(
      {
        title: 'Pages of new processes',
        means: 'Pages of data and stack that new processes began with, by how they were made.',
        bad: 'Much by fork: large processes fork; vfork(2) or posix_spawn(3) is cheaper.',
        width: 12,
      },
      { fork: 'fork_pages', vfork: 'vfork_pages', rfork: 'rfork_pages', kernel: 'kernel_fork_pages' },
    ),
  ],
};

const faults: Row = {
  title: 'Page faults',
  panels: [
    counters(
      {
        title: 'Faults by kind',
        spreadOf: 'vm_faults',
        means: 'All page faults handled, and some of their kinds: a fault may be of several or of none.',
        bad: 'Many from storage: memory is short, or programs have just started.',
        width: 12,
      },
      {
        all: 'faults',
        'from storage': 'io_faults',
        'copy on write': 'cow_faults',
        'waited for a page in transit': 'in_transit_faults',
      },
    ),
    counters(
      {
        title: 'Pages filled with zeros',
        means:
          'Pages that a thread touched first, those of them that held zeros already, and copies that were avoided.',
        bad: 'Nothing by itself: the price of new memory.',
        width: 6,
      },
      { 'zero-filled': 'zero_fill_pages', 'zero already': 'prezeroed_pages', 'copy avoided': 'cow_avoided_copies' },
    ),
    graph({
      title: 'Faults from storage',
      means: 'Of all page faults, how many had to read a page from storage. Shown only while there are faults.',
      packs: ['vm'],
      bad: 'Above 1 % for long, threads wait for disks; above 10 % the host crawls.',
      empty: 'there are no faults',
      unit: 'percentunit',
      limits: { warn: 0.01, bad: 0.1 },
      width: 6,
      queries: { '{{instance}}': ratio(rate('vm_io_faults'), rate('vm_faults')) },
    }),
  ],
};

const memory: Row = {
  title: 'Memory',
  panels: [
    wiredPages(8),
    counters(
      {
        title: 'Pages freed',
        means: 'Pages freed by whomever, because their memory object ended, and by the page daemon.',
        bad: 'A large part by the page daemon: free memory is short.',
        width: 8,
      },
      { all: 'freed_pages', 'object ended': 'process_freed_pages', 'page daemon': 'pagedaemon_freed_pages' },
    ),
    counters(
      {
        title: 'Page daemon',
        means: 'How often it was woken, and pages that it found in use again.',
        bad: 'Many found in use for each one freed: memory is too small for what is in use.',
        width: 8,
      },
      {
        woken: 'pagedaemon_wakeups',
        'in use again': 'reactivated_pages',
      },
    ),
  ],
};

const paging: Row = {
  title: 'Paging',
  panels: [
    counters(
      {
        title: 'Shortfalls',
        means: 'Times that clean pages did not suffice and dirty ones had to be written first.',
        bad: 'Any that last: memory does not suffice for what runs.',
        limits: { bad: 1 },
        width: 8,
      },
      { '': 'pagedaemon_shortfalls' },
    ),
    counters(
      {
        title: 'Swap',
        means: 'Pages read from and written to swap space, and the requests that did it.',
        bad: 'In and out at once for minutes: memory does not suffice for what runs.',
        width: 8,
      },
      {
        'pages in': 'swap_in_pages',
        'pages out': 'swap_out_pages',
        'requests in': 'swap_in_operations',
        'requests out': 'swap_out_operations',
      },
    ),
    counters(
      {
        title: 'Files',
        means: 'Pages of mapped files read and written by the vnode pager, and the requests that did it.',
        bad: 'Many pages in again and again: files do not stay in memory.',
        width: 8,
      },
      {
        'pages in': 'vnode_in_pages',
        'pages out': 'vnode_out_pages',
        'requests in': 'vnode_in_operations',
        'requests out': 'vnode_out_operations',
      },
    ),
  ],
};

export const vm = dashboard({
  uid: 'kcounter-vm',
  title: 'VM and scheduler',
  description:
    'Switches, interrupts, system calls, faults, memory and paging. All of it needs the pack vm and nothing else.',
  rows: [cpus, faults, memory, paging],
});
