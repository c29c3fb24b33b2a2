/** Panels that tell which sources interrupt, and which CPUs. */
import { graph, table, type PanelOfWidth } from './panels.js';
import { gauge, rate, rateOf } from './queries.js';

export const busiestInterrupts: readonly PanelOfWidth[] = [
  graph({
    title: 'Busiest interrupts',
    means:
      'The devices that interrupt most, of timers and what CPUs send each other those that do, and the sources of which most interrupts are stray: no driver owned up to them.',
    packs: ['interrupts'],
    bad: 'A device that far exceeds what its packets or disk requests explain: a storm.',
    unit: 'cps',
    width: 12,
    queries: {
      '{{instance}} {{interrupt}} {{device}}': `topk(10, ${rateOf(gauge('interrupts_total', 'device!=""'))})`,
      '{{instance}} {{interrupt}}': `topk(5, ${rateOf(gauge('interrupts_total', 'device=""'))})`,
      '{{instance}} {{interrupt}} stray': `topk(3, ${rate('interrupts_stray')})`,
    },
  }),
  table({
    title: 'CPUs of the busiest interrupts, now',
    means: 'Which CPU the sources go to that interrupt most, on amd64: bound to it, or given to it by the kernel.',
    packs: ['interrupts'],
    bad: 'All on one CPU.',
    unit: 'none',
    width: 12,
    query: `${gauge('interrupt_cpu')} and topk(20, ${rate('interrupts')})`,
    columns: { instance: 'Host', interrupt: 'Interrupt', device: 'Device', Value: 'CPU' },
  }),
];
