/** CARP: addresses that hosts share. */
import type { Row } from './dashboard.js';
import { graph } from './panels.js';
import { rate, sum } from './queries.js';

export const carp: Row = {
  title: 'CARP',
  panels: [
    graph({
      title: 'CARP packets',
      means: 'Announcements sent as the master of an address, and received as who stands by, over IPv4 and IPv6.',
      packs: ['carp'],
      bad: 'One that began to send and ceased to receive: it took over. Two hosts that send for one address do not hear each other.',
      unit: 'pps',
      width: 12,
      queries: {
        '{{instance}} received': sum(rate('carp_received_ipv4_packets'), rate('carp_received_ipv6_packets')),
        '{{instance}} sent': sum(rate('carp_sent_ipv4_packets'), rate('carp_sent_ipv6_packets')),
      },
    }),
    graph({
      title: 'CARP packets thrown away',
      means: 'Announcements received and dropped, by cause, and those that could not be sent for want of memory.',
      packs: ['carp'],
      bad: 'Bad authentication: a host of the group has another password, and both may be masters.',
      unit: 'pps',
      width: 12,
      queries: {
        '{{instance}} bad authentication': rate('carp_bad_authentication_packets'),
        '{{instance}} unknown VHID': rate('carp_unknown_vhid_packets'),
        '{{instance}} from afar': rate('carp_bad_ttl_packets'),
        '{{instance}} bad checksum': rate('carp_bad_checksum_packets'),
        '{{instance}} wrong interface': rate('carp_bad_interface_packets'),
        '{{instance}} not sent': rate('carp_output_no_memory'),
      },
    }),
  ],
};
