/** Jails with a network stack of their own: each beside the others. */
import { dashboard } from './dashboard.js';
import { graph, table, type GraphText } from './panels.js';
import { jailGauge, jailRate, ratio, sum } from './queries.js';

const JAIL = '{{instance}} {{jail}} {{jid}}';

/** A graph with lines for each jail: by legend, what is shown. */
function ofJails(
  text: Omit<GraphText, 'packs' | 'queries' | 'width'>,
  named: Readonly<Record<string, string>>,
): ReturnType<typeof graph> {
  const queries = Object.fromEntries(
    Object.entries(named).map(([legend, query]) => [`${JAIL} ${legend}`.trim(), query]),
  );
  return graph({ ...text, packs: ['jails'], width: 12, queries });
}

export const jails = dashboard({
  uid: 'kcounter-jails',
  title: 'Jails',
  description:
    'The network stacks of jails that have one of their own (jail.conf: vnet). All of it needs the pack jails; jails in the stack of the host are counted there.',
  rows: [
    {
      title: 'All jails',
      panels: [
        table({
          title: 'Jails',
          means: 'One row for each jail with a network stack of its own, and its established TCP connections.',
          packs: ['jails'],
          bad: 'A jail that is missing; one without connections that should have some.',
          empty: 'no jail has a network stack of its own',
          unit: 'none',
          width: 24,
          query: jailGauge('tcp_states', 'state="established"'),
          columns: { instance: 'Host', jail: 'Jail', jid: 'JID', Value: 'Established connections' },
        }),
      ],
    },
    {
      title: 'TCP',
      panels: [
        ofJails(
          {
            title: 'TCP segments',
            means: 'TCP segments of every kind, by jail.',
            bad: 'One jail that does the most of the host, unless it is to.',
            unit: 'pps',
          },
          { received: jailRate('tcp_received_segments'), sent: jailRate('tcp_sent_segments') },
        ),
        ofJails(
          {
            title: 'Retransmitted',
            means:
              'Of the segments with data that a jail sent, how many were sent once more. Shown only while data is sent.',
            bad: 'Above 1 % the network loses packets that users feel.',
            empty: 'no jail sends data',
            unit: 'percentunit',
            limits: { warn: 0.01, bad: 0.05 },
          },
          {
            '': ratio(
              jailRate('tcp_retransmitted_segments'),
              sum(jailRate('tcp_sent_data_segments'), jailRate('tcp_retransmitted_segments')),
            ),
          },
        ),
        ofJails(
          {
            title: 'Connections accepted',
            means: 'Connections from peers that a listening socket of the jail got.',
            bad: 'A sudden fall, or far more than usual.',
            unit: 'cps',
          },
          { '': jailRate('tcp_connections_accepted') },
        ),
        ofJails(
          {
            title: 'Listen queue overflows',
            means: 'Connections lost after their handshake because the listen queue was full or memory short.',
            bad: 'Any that lasts: a server in that jail does not accept(2) fast enough.',
            unit: 'cps',
          },
          { '': jailRate('tcp_listen_queue_drops') },
        ),
      ],
    },
    {
      title: 'UDP and IP',
      panels: [
        ofJails(
          {
            title: 'UDP datagrams',
            means: 'UDP datagrams, by jail.',
            bad: 'Many more than usual, as in an attack by a jail or on it.',
            unit: 'pps',
          },
          { received: jailRate('udp_received_datagrams'), sent: jailRate('udp_sent_datagrams') },
        ),
        ofJails(
          {
            title: 'UDP datagrams thrown away',
            means: 'Datagrams for a socket that was full, and for a port on which nobody listens.',
            bad: 'Full sockets that last: a program in that jail is too slow.',
            unit: 'pps',
          },
          { 'socket full': jailRate('udp_full_socket_datagrams'), 'no socket': jailRate('udp_no_socket_datagrams') },
        ),
        ofJails(
          {
            title: 'IPv4 packets',
            means: 'IPv4 packets, by jail.',
            bad: 'One jail that does the most of the host, unless it is to.',
            unit: 'pps',
          },
          { received: jailRate('ip_received_packets'), sent: jailRate('ip_sent_packets') },
        ),
        ofJails(
          {
            title: 'IPv4 packets dropped on their way out',
            means: 'Packets that were dropped for want of memory or room, or because there is no route.',
            bad: 'Any that lasts.',
            unit: 'pps',
          },
          { dropped: jailRate('ip_output_dropped_packets'), 'no route': jailRate('ip_no_route_packets') },
        ),
      ],
    },
  ],
});
