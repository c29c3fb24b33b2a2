/** The first look: which hosts are up, what they do, and whether anything is refused, lost or short. */
import { dashboard } from './dashboard.js';
import { busiestInterrupts } from './interrupts.js';
import { graph, stat } from './panels.js';
import {
  busiestRate,
  gauge,
  own,
  perCpuAverage,
  perCpuRate,
  rate,
  rateOf,
  select,
  skew,
  spreadSkew,
  zeros,
} from './queries.js';
import {
  badConfigs,
  connectionsByState,
  contextSwitches,
  retransmitted,
  segments,
  systemCalls,
  wiredPages,
} from './shared.js';

/** Skew is shown for these, which tell of scheduling, interrupts and the network. */
const perCpu: Readonly<Record<string, string>> = {
  'context switches': 'vm_context_switches',
  interrupts: 'vm_device_interrupts',
  'system calls': 'vm_syscalls',
};
/** The same with `cpu: spread`. */
const spread: Readonly<Record<string, string>> = {
  faults: 'vm_faults',
  'TCP segments received': 'tcp_received_segments',
};

/** Ticks of all modes in a second, on all CPUs together. */
const ALL_TICKS = `sum without (mode) (${rateOf(gauge('cpu_time_ticks_total'))})`;

/** Ticks of some modes as a part of those of all modes, whatever there are in a second. */
function partOfTime(metric: string, modes: string): string {
  const all = `sum without (mode) (${rateOf(gauge(metric))})`;
  return `${rateOf(gauge(metric, modes))} / ignoring (mode) group_left () (${all} > 0)`;
}

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
        badConfigs(4),
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
          title: 'CPU time',
          spreadOf: 'cpu_time_ticks',
          means:
            'The part of their time that all CPUs together spend in each mode. What is missing to 1 they are idle.',
          packs: ['cpu'],
          bad: 'Near 1 in all: nothing is left. Much in interrupts: a card or a disk. Much in system: the kernel itself.',
          unit: 'percentunit',
          width: 12,
          queries: { '{{instance}} {{mode}}': partOfTime('cpu_time_ticks_total', 'mode!="idle"') },
        }),
        graph({
          title: 'Busiest CPUs',
          spreadOf: 'cpu_time_ticks',
          means: 'For each mode the part of its time that the CPU spends so which does so most.',
          packs: ['cpu'],
          spread: true,
          bad: 'Near 1 for long while CPU time is low: one thread or one interrupt is the limit.',
          unit: 'percentunit',
          width: 12,
          queries: {
            '{{instance}} {{mode}}': `clamp_max(${busiestRate('cpu_time_ticks', 'mode!="idle"')} / ignoring (mode) group_left () (${perCpuAverage(ALL_TICKS)} > 0), 1)`,
          },
        }),
        contextSwitches(6),
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
        systemCalls(6),
        graph({
          title: 'Page faults',
          spreadOf: 'vm_faults',
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
          spread: true,
          bad: 'Much above the usual: the work of a card, or of one thread, has ended up on few CPUs. See Per-CPU.',
          unit: 'none',
          width: 24,
          queries: Object.fromEntries<string>([
            ...Object.entries(perCpu).map(([name, counter]): [string, string] => [
              `{{instance}} ${name}`,
              skew(perCpuRate(gauge(`${counter}_per_cpu_total`))),
            ]),
            ...Object.entries(spread).map(([name, counter]): [string, string] => [
              `{{instance}} ${name}`,
              spreadSkew(counter),
            ]),
          ]),
        }),
        ...busiestInterrupts,
      ],
    },
    {
      title: 'TCP',
      panels: [
        connectionsByState(12),
        segments(12),
        retransmitted(12),
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
        wiredPages(8),
        graph({
          title: 'Page daemon',
          means: 'Pages that the page daemon found in use again, and freed, because free memory was short.',
          packs: ['vm'],
          bad: 'Many found in use for each one freed: memory is too small for what is in use.',
          unit: 'cps',
          width: 8,
          queries: {
            '{{instance}} in use': rate('vm_reactivated_pages'),
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
