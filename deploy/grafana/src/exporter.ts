/** Whether the exporters themselves are well: what could not be read, what reading costs, and which config is in force. */
import { dashboard, type Row } from './dashboard.js';
import { graph, stat, table } from './panels.js';
import { own, rateOf, select, zeros } from './queries.js';
import { badConfigs } from './shared.js';

const state: Row = {
  title: 'State',
  panels: [
    stat({
      title: 'Exporters down',
      means: 'Exporters that did not answer the last scrape, or answered that the kernel cannot be read.',
      bad: 'Any.',
      unit: 'none',
      limits: { bad: 1 },
      width: 6,
      query: zeros(select('up')),
    }),
    stat({
      title: 'Symbols down',
      means: 'Kernel symbols that the config wants and that cannot be read. Optional ones are not counted.',
      bad: 'Any.',
      unit: 'none',
      limits: { bad: 1 },
      width: 6,
      query: zeros(own('symbol_up', 'optional="false"')),
    }),
    badConfigs(6),
    stat({
      title: 'Config files left out',
      means: 'Config files that were not good and were left out.',
      bad: 'Any: what they ask for is missing.',
      unit: 'none',
      limits: { bad: 1 },
      width: 6,
      query: zeros(own('config_file_ok')),
    }),
    graph({
      title: 'Up',
      means: '1 while scrapes are answered.',
      bad: '0, or gaps.',
      unit: 'none',
      max: 1,
      width: 12,
      queries: { '{{instance}}': select('up') },
    }),
    graph({
      title: 'Since the last good load of the config',
      means: 'Time since a config was last loaded that could be used: at the start, or by a reload.',
      bad: 'Longer than since you last changed it.',
      unit: 's',
      width: 12,
      queries: { '{{instance}}': `time() - ${own('config_last_reload_success_timestamp_seconds')}` },
    }),
    table({
      title: 'Symbols that cannot be read',
      means:
        'What they hold is missing, never 0. The page /symbols of the exporter shows the reason. Optional ones are missing where a module is not loaded or the release does not have them.',
      bad: 'Any that is not optional.',
      empty: 'all symbols can be read',
      unit: 'none',
      width: 12,
      query: `${own('symbol_up')} == 0`,
      columns: { instance: 'Host', symbol: 'Symbol', optional: 'Optional' },
    }),
    table({
      title: 'Packs and config files',
      means:
        '0 where a symbol that must be read is not, or nothing at all is of those that the kernel has. Of a module that is not loaded, nothing is read and nothing is wrong.',
      bad: '0.',
      unit: 'none',
      limits: { bad: 1, low: true },
      width: 6,
      query: own('group_success'),
      columns: { instance: 'Host', group: 'Pack or file', Value: 'Good' },
    }),
    table({
      title: 'Elements of lists that are left out',
      means:
        'Elements of kernel lists by what became of them in the last read. Those that were gone went while they were read; of doubtful ones something does not hold that must; others were beyond the limit of their entry, or had the labels of another.',
      bad: 'Any but gone that stays: series are missing.',
      empty: 'the config has no list',
      unit: 'none',
      width: 12,
      query: own('list_elements', 'state!="published"'),
      columns: { instance: 'Host', group: 'Pack or file', symbol: 'List', state: 'State', Value: 'Elements' },
    }),
    graph({
      title: 'Counters that disagree with the kernel',
      means:
        'Withdrawn: left out, because libkvm or a sysctl says otherwise. Doubted: published, although a sysctl that may tell something else says otherwise.',
      bad: 'Any. The page /symbols of the exporter, or its log, says which.',
      unit: 'none',
      width: 12,
      queries: {
        '{{instance}} withdrawn': own('truth_withdrawn'),
        '{{instance}} doubted': own('truth_doubted'),
      },
    }),
    graph({
      title: 'Oldest proof of a counter',
      means: 'Time since a counter was last seen to agree with the kernel, of the one of which this is longest ago.',
      bad: 'Hours: the share of CPU time does not suffice, or a gauge never stands still.',
      unit: 's',
      width: 12,
      queries: { '{{instance}}': own('truth_oldest_proof_age_seconds') },
    }),
    table({
      title: 'Config files',
      means: '1 for a file that is in force, 0 for one that was left out.',
      bad: '0.',
      unit: 'none',
      limits: { bad: 1, low: true },
      width: 6,
      query: own('config_file_ok'),
      columns: { instance: 'Host', file: 'File', Value: 'Good' },
    }),
  ],
};

const reading: Row = {
  title: 'Reading the kernel',
  panels: [
    graph({
      title: 'Time to read the kernel',
      means: 'Time that the last read of the kernel took, and that Prometheus waited for the whole answer.',
      bad: 'Near the scrape timeout.',
      unit: 's',
      width: 8,
      queries: {
        '{{instance}} read': own('scrape_duration_seconds'),
        '{{instance}} scrape': select('scrape_duration_seconds'),
      },
    }),
    graph({
      title: 'Age of what is shown',
      means: 'Time from the read of the kernel to the answer that shows it.',
      bad: 'More than `scrape.interval` of the config, if that is set; else more than a second.',
      unit: 's',
      width: 8,
      queries: { '{{instance}}': own('snapshot_age_seconds') },
    }),
    graph({
      title: 'Reads of the kernel',
      means: 'How often the kernel is read, however many scrapes share each read.',
      bad: 'Many more than you have Prometheus servers for: somebody else scrapes.',
      unit: 'cps',
      width: 8,
      queries: { '{{instance}}': rateOf(own('kernel_reads_total')) },
    }),
    graph({
      title: 'Calls into libkvm for a read',
      means: 'Calls that the last read of the kernel made.',
      bad: 'About as many as counters times CPUs: slabs are not read whole. See why below.',
      unit: 'short',
      width: 8,
      queries: { '{{instance}}': own('scrape_reads') },
    }),
    graph({
      title: 'Memory copied for a read',
      means: 'Bytes of kernel memory that the last read copied.',
      bad: 'Nothing by itself.',
      unit: 'bytes',
      width: 8,
      queries: { '{{instance}}': own('scrape_read_bytes') },
    }),
    graph({
      title: 'Series',
      means: 'Kernel series that the last read gave, and samples that Prometheus took in.',
      bad: 'A fall: symbols went down. More than Prometheus has room for: `cpu: both` multiplies by the CPUs.',
      unit: 'short',
      width: 8,
      queries: {
        '{{instance}} kernel': own('series'),
        '{{instance}} scraped': select('scrape_samples_scraped'),
      },
    }),
  ],
};

const cost: Row = {
  title: 'What the exporter costs',
  panels: [
    graph({
      title: 'CPU',
      means: 'Time of one CPU that the exporter takes.',
      bad: 'More than a few percent at a usual scrape interval.',
      unit: 'percentunit',
      limits: { warn: 0.1, bad: 0.5 },
      width: 6,
      queries: { '{{instance}}': rateOf(select('process_cpu_seconds_total')) },
    }),
    graph({
      title: 'Memory',
      means: 'Resident memory of the exporter.',
      bad: 'A rise without end.',
      unit: 'bytes',
      width: 6,
      queries: { '{{instance}}': select('process_resident_memory_bytes') },
    }),
    graph({
      title: 'Event loop lag',
      means: 'How late the exporter gets to do what is due.',
      bad: 'Above 0.1 s: the host has no CPU left for it, or answers are very large.',
      unit: 's',
      limits: { warn: 0.1, bad: 1 },
      width: 6,
      queries: { '{{instance}}': own('event_loop_lag_seconds') },
    }),
    graph({
      title: 'Open files',
      means: 'Open file descriptors of the exporter, connections included.',
      bad: 'A rise without end.',
      unit: 'short',
      width: 6,
      queries: { '{{instance}}': select('process_open_fds') },
    }),
  ],
};

const versions: Row = {
  title: 'What runs where',
  panels: [
    table({
      title: 'Reader',
      means: 'How per-CPU memory is read, and what the self-test at the start found.',
      bad: 'A reason that you did not expect.',
      unit: 'none',
      width: 10,
      query: own('reader_info'),
      columns: { instance: 'Host', reader: 'Reader', reason: 'Reason' },
    }),
    table({
      title: 'Kernel',
      means: 'The kernel that is read.',
      bad: 'A release that you thought was gone; `simulated`, unless you try things out.',
      unit: 'none',
      width: 8,
      query: own('kernel_info'),
      columns: { instance: 'Host', kernel: 'Kernel', release: 'Release', osreldate: 'osreldate', machine: 'Machine' },
    }),
    table({
      title: 'Exporter',
      means: 'Versions of the exporter and of the JavaScript engine that runs it.',
      bad: 'Several versions where there should be one.',
      unit: 'none',
      width: 6,
      query: own('build_info'),
      columns: { instance: 'Host', version: 'Version', runtime: 'Runtime' },
    }),
  ],
};

export const exporter = dashboard({
  uid: 'kcounter-exporter',
  title: 'Exporter health',
  description: 'Whether the exporters are well. It needs no packs.',
  rows: [state, reading, cost, versions],
});
