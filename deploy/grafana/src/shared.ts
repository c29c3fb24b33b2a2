/** Panels that stand on the overview as well as on the dashboard of their subject. Each takes its width in columns. */
import { graph, stat, type PanelOfWidth } from './panels.js';
import { gauge, own, rate, ratio, sum, zeros } from './queries.js';

export const badConfigs = (width: number): PanelOfWidth =>
  stat({
    title: 'Bad configs',
    means: 'Hosts whose last load of the config failed, so that the config before it is still in force.',
    bad: 'Any.',
    unit: 'none',
    limits: { bad: 1 },
    width,
    query: zeros(own('config_last_reload_successful')),
  });

export const connectionsByState = (width: number): PanelOfWidth =>
  graph({
    title: 'Connections by state',
    means: 'TCP connections in each state, all chosen hosts together.',
    packs: ['tcp'],
    bad: 'Growing close_wait: a program does not close. Growing syn_received: peers do not finish handshakes.',
    unit: 'short',
    width,
    stacked: true,
    queries: { '{{state}}': `sum by (state) (${gauge('tcp_states')})` },
  });

export const segments = (width: number): PanelOfWidth =>
  graph({
    title: 'Segments',
    means: 'TCP segments of every kind.',
    packs: ['tcp'],
    bad: 'Nothing by itself; a fall that the load does not explain.',
    unit: 'pps',
    width,
    queries: {
      '{{instance}} received': rate('tcp_received_segments'),
      '{{instance}} sent': rate('tcp_sent_segments'),
    },
  });

export const retransmitted = (width: number): PanelOfWidth =>
  graph({
    title: 'Retransmitted',
    means: 'Of the segments with data that were sent, how many were sent once more. Shown only while data is sent.',
    packs: ['tcp'],
    bad: 'Above 1 % the network loses packets that users feel; above 5 % something is broken.',
    empty: 'no data is sent',
    unit: 'percentunit',
    limits: { warn: 0.01, bad: 0.05 },
    width,
    queries: {
      '{{instance}}': ratio(
        rate('tcp_retransmitted_segments'),
        sum(rate('tcp_sent_data_segments'), rate('tcp_retransmitted_segments')),
      ),
    },
  });

export const contextSwitches = (width: number): PanelOfWidth =>
  graph({
    title: 'Context switches',
    perCpuOf: 'vm_context_switches',
    means: 'How often CPUs went from one thread to another.',
    packs: ['vm'],
    bad: 'A multiple of the usual at the same load: threads wake each other, or fight for locks.',
    unit: 'cps',
    width,
    queries: { '{{instance}}': rate('vm_context_switches') },
  });

export const systemCalls = (width: number): PanelOfWidth =>
  graph({
    title: 'System calls',
    perCpuOf: 'vm_syscalls',
    means: 'System calls that threads made.',
    packs: ['vm'],
    bad: 'Nothing by itself; many more for the same work.',
    unit: 'cps',
    width,
    queries: { '{{instance}}': rate('vm_syscalls') },
  });

export const wiredPages = (width: number): PanelOfWidth =>
  graph({
    title: 'Wired pages',
    means: 'Pages that can be neither freed nor paged out: the kernel, mlock(2), ZFS.',
    packs: ['vm'],
    bad: 'A steady rise up to the size of memory.',
    unit: 'short',
    width,
    queries: { '{{instance}}': gauge('vm_wired_pages') },
  });
