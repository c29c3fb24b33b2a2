/** Sockets that listen, and who captures packets. */
import type { Row } from './dashboard.js';
import { graph } from './panels.js';
import { gauge, moving, rate, ratio, top } from './queries.js';

/** Lines of a graph that would have hundreds. */
const MOST = 12;

export const listening: Row = {
  title: 'Listening sockets',
  panels: [
    graph({
      title: 'Listen queues in use',
      means: `Connections that wait to be accepted, as a part of those that may, of the ${MOST} addresses that have most.`,
      packs: ['listen'],
      bad: 'Near 1: the program does not accept fast enough. At one and a half further connections are refused.',
      empty: 'nobody listens',
      unit: 'percentunit',
      limits: { warn: 0.7, bad: 0.9 },
      width: 12,
      queries: {
        '{{instance}} {{protocol}} {{address}}:{{port}}': top(
          MOST,
          ratio(gauge('tcp_listen_queue_connections'), gauge('tcp_listen_queue_limit_connections')),
        ),
      },
    }),
    graph({
      title: 'Local listen queues in use',
      means: `The same of sockets of the local domain, of the ${MOST} paths that have most.`,
      packs: ['listen'],
      bad: 'Near 1: the program behind it, such as an application server, has all its workers busy.',
      empty: 'nobody listens',
      unit: 'percentunit',
      limits: { warn: 0.7, bad: 0.9 },
      width: 12,
      queries: {
        '{{instance}} {{path}}': top(
          MOST,
          ratio(gauge('unix_listen_queue_connections'), gauge('unix_listen_queue_limit_connections')),
        ),
      },
    }),
  ],
};

/** The first of those with the same labels has no number. */
function numbered(series: string): string {
  return `label_replace(${series}, "nth", "1", "nth", "")`;
}

export const capture: Row = {
  title: 'Packet capture, bpf(4)',
  panels: [
    graph({
      title: 'Packets captured',
      means: `Packets that a filter let through, of the ${MOST} descriptors with most.`,
      packs: ['bpf'],
      bad: 'A program that nobody knows of: see ps for its pid.',
      empty: 'nobody captures packets',
      unit: 'pps',
      width: 12,
      queries: { '{{instance}} {{pid}} {{interface}} {{nth}}': numbered(top(MOST, moving(rate('bpf_match_packets')))) },
    }),
    graph({
      title: 'Captured packets lost',
      means: 'Packets that a filter let through, and for which a descriptor had no room.',
      packs: ['bpf'],
      bad: 'Any that last: the program reads too slowly, or net.bpf.bufsize is too small.',
      empty: 'nothing is lost',
      unit: 'pps',
      width: 12,
      queries: { '{{instance}} {{pid}} {{interface}} {{nth}}': numbered(moving(rate('bpf_drop_packets'))) },
    }),
  ],
};
