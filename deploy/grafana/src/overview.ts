/** The first look: which hosts are up, what they do, and whether anything is refused, lost or short. */
import { dashboard } from './dashboard.js';
import { graph, stat } from './panels.js';
import { gauge, own, perCpuRate, rate, ratio, select, skew, sum, zeros } from './queries.js';

/** Skew is shown for these, which tell of scheduling, interrupts and the network. */
const spread: Readonly<Record<string, string>> = {
  'context switches': 'vm_context_switches',
  interrupts: 'vm_device_interrupts',
  'system calls': 'vm_syscalls',
  'TCP segments received': 'tcp_received_segments',
};

export const overview = dashboard({
  uid: 'kcounter-overview',
  title: 'Overview',
  description: 'Hosts whose kernel counters are scraped: what they do, and whether anything is refused, lost or short.',
  rows: [
    {
      title: 'Hosts',
      panels: [
        stat({
          title: 'Hosts up',
          means: 'Hosts whose exporter answered the last scrape.',
          bad: 'Fewer than there are.',
          unit: 'none',
          width: 4,
          query: `sum(${select('up')})`,
        }),
        stat({
          title: 'Hosts down',
          means: 'Hosts whose exporter did not answer the last scrape, or answered that the kernel cannot be read.',
          bad: 'Any.',
          unit: 'none',
          limits: { bad: 1 },
          width: 4,
          query: zeros(select('up')),
        }),
        stat({
          title: 'Symbols down',
          means: 'Kernel symbols that the config wants and that cannot be read. Optional ones are not counted.',
          bad: 'Any: what they hold is missing from all panels. Exporter health names them.',
          unit: 'none',
          limits: { bad: 1 },
          width: 4,
          query: zeros(own('symbol_up', 'optional="false"')),
        }),
        stat({
          title: 'Bad configs',
          means: 'Hosts whose last load of the config failed, so that the config before it is still in force.',
          bad: 'Any.',
          unit: 'none',
          limits: { bad: 1 },
          width: 4,
          query: zeros(own('config_last_reload_successful')),
        }),
        stat({
          title: 'Established connections',
          means: 'TCP connections in the state ESTABLISHED, all chosen hosts together.',
          packs: ['tcp'],
          bad: 'Nothing by itself; a sudden fall.',
          unit: 'short',
          width: 4,
          query: `sum(${gauge('tcp_states', 'state="established"')})`,
        }),
        stat({
          title: 'Kernel series',
          means: 'Series that the chosen hosts publish of their kernels.',
          bad: 'Nothing by itself: it follows from the configs.',
          unit: 'short',
          width: 4,
          query: `sum(${own('series')})`,
        }),
      ],
    },
    {
      title: 'CPUs',
      panels: [
        graph({
          title: 'Context switches',
          perCpuOf: 'vm_context_switches',
          means: 'How often CPUs went from one thread to another.',
          packs: ['vm'],
          bad: 'A multiple of the usual at the same load: threads wake each other, or fight for locks.',
          unit: 'cps',
          width: 6,
          queries: { '{{instance}}': rate('vm_context_switches') },
        }),
        graph({
          title: 'Interrupts',
          perCpuOf: 'vm_device_interrupts',
          means: 'Interrupts that devices raised.',
          packs: ['vm'],
          bad: 'A storm: far more than packets and disk requests explain.',
          unit: 'cps',
          width: 6,
          queries: { '{{instance}}': rate('vm_device_interrupts') },
        }),
        graph({
          title: 'System calls',
          perCpuOf: 'vm_syscalls',
          means: 'System calls that threads made.',
          packs: ['vm'],
          bad: 'Nothing by itself; many more for the same work.',
          unit: 'cps',
          width: 6,
          queries: { '{{instance}}': rate('vm_syscalls') },
        }),
        graph({
          title: 'Page faults',
          perCpuOf: 'vm_faults',
          means: 'Page faults handled, and those of them that had to read a page from storage.',
          packs: ['vm'],
          bad: 'Many that read from storage: memory is short, or programs have just started.',
          unit: 'cps',
          width: 6,
          queries: { '{{instance}} all': rate('vm_faults'), '{{instance}} from storage': rate('vm_io_faults') },
        }),
        graph({
          title: 'Skew',
          perCpuOf: 'vm_context_switches',
          means:
            'How many times the average of all CPUs the busiest one does. 1 is even; the number of CPUs means that one CPU does everything.',
          packs: ['vm', 'tcp'],
          perCpu: true,
          bad: 'Much above the usual: the work of a card, or of one thread, has ended up on few CPUs. See Per-CPU.',
          unit: 'none',
          width: 24,
          queries: Object.fromEntries(
            Object.entries(spread).map(([name, counter]) => [
              `{{instance}} ${name}`,
              skew(perCpuRate(gauge(`${counter}_per_cpu_total`))),
            ]),
          ),
        }),
      ],
    },
    {
      title: 'TCP',
      panels: [
        graph({
          title: 'Connections by state',
          means: 'TCP connections in each state, all chosen hosts together.',
          packs: ['tcp'],
          bad: 'Growing close_wait: a program does not close. Growing syn_received: peers do not finish handshakes.',
          unit: 'short',
          width: 12,
          stacked: true,
          queries: { '{{state}}': `sum by (state) (${gauge('tcp_states')})` },
        }),
        graph({
          title: 'Segments',
          means: 'TCP segments of every kind.',
          packs: ['tcp'],
          bad: 'Nothing by itself; a fall that the load does not explain.',
          unit: 'pps',
          width: 12,
          queries: {
            '{{instance}} received': rate('tcp_received_segments'),
            '{{instance}} sent': rate('tcp_sent_segments'),
          },
        }),
        graph({
          title: 'Retransmitted',
          means:
            'Of the segments with data that were sent, how many were sent once more. Shown only while data is sent.',
          packs: ['tcp'],
          bad: 'Above 1 % the network loses packets that users feel; above 5 % something is broken.',
          unit: 'percentunit',
          limits: { warn: 0.01, bad: 0.05 },
          width: 12,
          queries: {
            '{{instance}}': ratio(
              rate('tcp_retransmitted_segments'),
              sum(rate('tcp_sent_data_segments'), rate('tcp_retransmitted_segments')),
            ),
          },
        }),
        graph({
          title: 'Listen queue overflows',
          means: 'Connections lost after their handshake because the listen queue was full or memory short.',
          packs: ['tcp'],
          bad: 'Any that lasts: a server does not accept(2) fast enough, or its backlog is too short.',
          unit: 'cps',
          width: 12,
          queries: { '{{instance}}': rate('tcp_listen_queue_drops') },
        }),
      ],
    },
    {
      title: 'Memory',
      panels: [
        graph({
          title: 'Wired pages',
          means: 'Pages that can be neither freed nor paged out: the kernel, mlock(2), ZFS.',
          packs: ['vm'],
          bad: 'A steady rise up to the size of memory.',
          unit: 'short',
          width: 8,
          queries: { '{{instance}}': gauge('vm_wired_pages') },
        }),
        graph({
          title: 'Page daemon',
          means: 'Pages that the page daemon looked at, and freed, because free memory was short.',
          packs: ['vm'],
          bad: 'Many looked at for each one freed.',
          unit: 'cps',
          width: 8,
          queries: {
            '{{instance}} looked at': rate('vm_pagedaemon_scanned_pages'),
            '{{instance}} freed': rate('vm_pagedaemon_freed_pages'),
          },
        }),
        graph({
          title: 'Swapped pages',
          means: 'Pages read from and written to swap space.',
          packs: ['vm'],
          bad: 'Both at once for minutes: memory does not suffice for what runs.',
          unit: 'cps',
          width: 8,
          queries: { '{{instance}} in': rate('vm_swap_in_pages'), '{{instance}} out': rate('vm_swap_out_pages') },
        }),
      ],
    },
  ],
});
