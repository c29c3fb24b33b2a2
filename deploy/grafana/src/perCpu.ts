/** One counter of one host on each of its CPUs. Gauges are left out: one CPU's part of a gauge means nothing. */
import { VariableSort } from '@grafana/grafana-foundation-sdk/dashboard';
import { choice, dashboard } from './dashboard.js';
import { bars, graph, PER_CPU_UID, heatmap, stat, table, type PanelText } from './panels.js';
import { OF_HOST, ONE_HOST, perCpuRate, rateOf, skew, topSkew, zeros } from './queries.js';

const DEFAULT_COUNTER = 'freebsd_vm_context_switches_per_cpu_total';
const DEFAULT_RATES = 'freebsd_vm_faults_per_cpu_rate';

const CHOSEN = `${ONE_HOST}, ${OF_HOST}`;
const onAll = perCpuRate(`$counter{${CHOSEN}}`);
const onChosen = perCpuRate(`$counter{${CHOSEN}, cpu=~"$cpu"}`);

/** What all panels here need. */
function text(panel: Omit<PanelText, 'packs' | 'perCpu'>): PanelText {
  return { ...panel, perCpu: true };
}

export const perCpu = dashboard({
  uid: PER_CPU_UID,
  title: 'Per-CPU',
  description:
    'Any counter, on each CPU of one host, where its pack has `cpu: both`; with `cpu: spread` what the CPUs do at most, in the middle, and which is hot. Gauges are not offered.',
  oneHost: true,
  variables: [
    choice('counter', 'Counter', `label_values({__name__=~".+_per_cpu_total", ${ONE_HOST}}, __name__)`, false).current({
      text: DEFAULT_COUNTER,
      value: DEFAULT_COUNTER,
    }),
    choice('rates', 'Spread', `label_values({__name__=~".+_per_cpu_rate", ${ONE_HOST}}, __name__)`, false).current({
      text: DEFAULT_RATES,
      value: DEFAULT_RATES,
    }),
    choice('cpu', 'CPU', `label_values($counter{${ONE_HOST}}, cpu)`, true).sort(VariableSort.NumericalAsc),
  ],
  rows: [
    {
      title: '$counter on $instance',
      panels: [
        stat({
          ...text({
            title: 'All CPUs together',
            means: 'Events per second on all CPUs, whichever are chosen.',
            bad: 'It depends on the counter.',
            unit: 'cps',
            width: 6,
          }),
          query: `sum(${rateOf(`$counter{${CHOSEN}}`)})`,
        }),
        stat({
          ...text({
            title: 'Busiest CPU',
            means: 'Events per second on the CPU that has most of them.',
            bad: 'As many as one CPU can do.',
            unit: 'cps',
            width: 6,
          }),
          query: `max(${onAll})`,
        }),
        stat({
          ...text({
            title: 'Idle CPUs',
            means: 'CPUs on which the counter does not move.',
            bad: 'Most of them, where the work should be spread.',
            unit: 'none',
            width: 6,
          }),
          query: zeros(onAll),
        }),
        stat({
          ...text({
            title: 'Skew',
            means: 'How many times the average of all CPUs the busiest one does. Shown only while the counter moves.',
            bad: 'Near the number of CPUs: one CPU does everything.',
            unit: 'none',
            width: 6,
          }),
          query: skew(onAll),
        }),
        heatmap({
          ...text({
            title: 'Rate on each CPU',
            means: 'Events per second, one row for each chosen CPU; the scale below tells which colour is how many.',
            bad: 'A row that stands out and stays: one CPU does most of it. Cells that stand out and wander: one thread does.',
            unit: 'cps',
            width: 24,
          }),
          query: onChosen,
          legend: '{{cpu}}',
        }),
        graph({
          ...text({
            title: 'Rate over time',
            means: 'Events per second on each chosen CPU.',
            bad: 'One line far above the others.',
            unit: 'cps',
            width: 16,
          }),
          queries: { 'CPU {{cpu}}': onChosen },
        }),
        graph({
          ...text({
            title: 'Skew over time',
            means:
              'How many times the average of all CPUs the busiest one does: 1 is even. Shown only while the counter moves.',
            bad: 'Near the number of CPUs: one CPU does everything.',
            unit: 'none',
            width: 8,
          }),
          queries: { '{{instance}}': skew(onAll) },
        }),
        bars({
          ...text({
            title: 'Share of each CPU, now',
            means: 'What part of the whole each chosen CPU does. Shown only while the counter moves.',
            bad: 'One bar far longer than the others.',
            unit: 'percentunit',
            width: 10,
          }),
          max: 1,
          queries: {
            'CPU {{cpu}}': `${onChosen} / on (job, instance) group_left () (sum by (job, instance) (${onAll}) > 0)`,
          },
        }),
        table({
          ...text({
            title: 'Counters that are spread least evenly, now',
            means:
              'Of all per-CPU counters of the host that moved at least 1000 times in the last interval, those with the highest skew. A counter that was reset meanwhile may be missing.',
            bad: 'A counter that should be spread, such as one of received packets.',
            empty: 'none moves that much',
            unit: 'none',
            width: 14,
          }),
          query: topSkew(15, 1000),
          columns: { counter: 'Counter', Value: 'Skew' },
        }),
      ],
    },
    {
      title: 'Counters with cpu: spread',
      panels: [
        graph({
          title: '$rates',
          means:
            'Events per second on single CPUs over the last minute: of the CPUs the largest, the median and the 99th percentile.',
          spread: true,
          bad: 'The largest far above the median: one CPU does most of it.',
          unit: 'cps',
          width: 14,
          queries: { '{{stat}}': `max by (stat) ($rates{${CHOSEN}})` },
        }),
        table({
          title: 'Hot CPUs, now',
          means:
            'The counters of which one CPU does clearly more than the median one, and which CPU. Not those with `cpu: both`.',
          spread: true,
          bad: 'The same CPU in many lines, or in one that should be spread.',
          unit: 'none',
          width: 10,
          query: `label_replace({__name__=~".+_busiest_cpu", ${CHOSEN}}, "counter", "$1", "__name__", "(.+)_busiest_cpu")`,
          columns: { counter: 'Counter', mode: 'Mode', Value: 'CPU' },
        }),
      ],
    },
  ],
});
