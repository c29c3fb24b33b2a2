/** The network stack of each host as a whole, protocol by protocol. */
import { carp } from './carp.js';
import { dashboard, type Row } from './dashboard.js';
import { ipsec } from './ipsec.js';
import { packetFilters } from './packetFilters.js';
import { graph } from './panels.js';
import { gauge, moving, rate, rateOf, ratio, sum, top } from './queries.js';
import { serving } from './serving.js';
import { connectionsByState, retransmitted, segments } from './shared.js';
import { capture, listening } from './sockets.js';

const interfaces: Row = {
  title: 'Interfaces',
  panels: [
    graph({
      title: 'Bytes received',
      means: 'Bytes that each network interface received. Only those with traffic are shown.',
      packs: ['interfaces'],
      bad: 'Near the speed of the link: ifconfig(8) tells it.',
      empty: 'nothing is received',
      unit: 'binBps',
      width: 12,
      queries: { '{{instance}} {{interface}}': moving(rate('interface_receive_bytes')) },
    }),
    graph({
      title: 'Bytes sent',
      means: 'Bytes that each network interface sent. Only those with traffic are shown.',
      packs: ['interfaces'],
      bad: 'Near the speed of the link: ifconfig(8) tells it.',
      empty: 'nothing is sent',
      unit: 'binBps',
      width: 12,
      queries: { '{{instance}} {{interface}}': moving(rate('interface_transmit_bytes')) },
    }),
    graph({
      title: 'Packets',
      means: 'Packets that each network interface received and sent. Only those with traffic are shown.',
      packs: ['interfaces'],
      bad: 'Packets out and none in: the link is silent.',
      empty: 'nothing is received or sent',
      unit: 'pps',
      width: 8,
      queries: {
        '{{instance}} {{interface}} received': moving(rate('interface_receive_packets')),
        '{{instance}} {{interface}} sent': moving(rate('interface_transmit_packets')),
      },
    }),
    graph({
      title: 'Damaged packets',
      means: 'Packets that were received with an error, or could not be sent.',
      packs: ['interfaces'],
      bad: 'Any that last: cable, transceiver, duplex, or too few buffers.',
      unit: 'pps',
      width: 8,
      queries: {
        '{{instance}} {{interface}} received': rate('interface_receive_errors'),
        '{{instance}} {{interface}} sent': rate('interface_transmit_errors'),
      },
    }),
    graph({
      title: 'Dropped packets',
      means: 'Packets that were dropped, most of them because a queue was full, or that nobody took.',
      packs: ['interfaces'],
      bad: 'Many that last: the link or a CPU is too slow.',
      unit: 'pps',
      width: 8,
      queries: {
        '{{instance}} {{interface}} received': rate('interface_receive_queue_drops'),
        '{{instance}} {{interface}} to be sent': rate('interface_transmit_queue_drops'),
        '{{instance}} {{interface}} unknown protocol': rate('interface_unknown_protocol_packets'),
      },
    }),
    graph({
      title: 'Packets by transmit queue',
      means: "What goes into the ring before each queue of iflib's cards; the ten with most.",
      packs: ['iflib'],
      bad: 'One queue with nearly all of it: what is sent is one flow, or is not spread.',
      empty: 'no card is one of iflib',
      unit: 'pps',
      width: 12,
      queries: { '{{instance}} {{interface}} {{queue}}': top(10, rate('iflib_ring_enqueues')) },
    }),
    graph({
      title: 'Trouble in transmit queues',
      means:
        "Packets that iflib's rings dropped, times that a queue took no more for a while, and packets that could not be mapped for the card; the ten with most of each.",
      packs: ['iflib'],
      bad: 'Drops that last: the link, or the CPU that serves the queue, is too slow.',
      empty: 'no card is one of iflib',
      unit: 'cps',
      width: 12,
      queries: {
        '{{instance}} {{interface}} {{queue}} dropped': top(10, rate('iflib_ring_drops')),
        '{{instance}} {{interface}} {{queue}} stalled': top(10, rate('iflib_ring_stalls')),
        '{{instance}} {{interface}} {{queue}} not mapped': top(10, rate('iflib_queue_map_failed')),
      },
    }),
  ],
};

const tcp: Row = {
  title: 'TCP',
  panels: [
    connectionsByState(8),
    graph({
      title: 'Connections opened and closed',
      means: 'Connections that peers opened, that this host tried to open, that closed, and that were cut off.',
      packs: ['tcp'],
      bad: 'Many cut off, which is by a reset, a timeout or an error.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} accepted': rate('tcp_connections_accepted'),
        '{{instance}} attempted': rate('tcp_connections_attempted'),
        '{{instance}} closed': rate('tcp_connections_closed'),
        '{{instance}} cut off': rate('tcp_connections_dropped'),
      },
    }),
    graph({
      title: 'Handshakes that failed',
      means: 'Connections from peers that were lost during their handshake or right after it, by cause.',
      packs: ['tcp'],
      bad: 'Full listen queues that last: a server does not accept(2) fast enough. Many timeouts: a SYN flood or a lossy path.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} listen queue full': rate('tcp_listen_queue_drops'),
        '{{instance}} no answer': rate('tcp_syncache_timeouts'),
        '{{instance}} reset by peer': rate('tcp_syncache_resets'),
        '{{instance}} row of SYN cache full': rate('tcp_syncache_bucket_overflows'),
        '{{instance}} aborted': rate('tcp_syncache_aborted'),
        '{{instance}} no memory': rate('tcp_syncache_allocation_failures'),
      },
    }),
    graph({
      title: 'Handshakes begun and finished',
      means: 'SYNs of peers that entered the SYN cache, cookies sent for them, and handshakes that became connections.',
      packs: ['tcp'],
      bad: 'Far more begun than finished: a SYN flood.',
      unit: 'cps',
      width: 24,
      queries: {
        '{{instance}} entered the cache': rate('tcp_syncache_added'),
        '{{instance}} cookies sent': rate('tcp_syncookies_sent'),
        '{{instance}} finished': rate('tcp_syncache_completed'),
      },
    }),
    segments(8),
    graph({
      title: 'Data',
      means: 'Bytes received in order, and new bytes sent; no headers, nothing twice.',
      packs: ['tcp'],
      bad: 'Nothing by itself; a fall that the load does not explain.',
      unit: 'binBps',
      width: 8,
      queries: {
        '{{instance}} received': rate('tcp_received_in_order_bytes'),
        '{{instance}} sent': rate('tcp_sent_data_bytes'),
      },
    }),
    retransmitted(8),
    graph({
      title: 'Why data was sent once more',
      means: 'Retransmission timers that ran out, segments repaired by SACK, and timeouts that proved needless.',
      packs: ['tcp'],
      bad: 'Timeouts as often as SACK repairs: whole windows are lost. Needless ones: round trips jump.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} timeouts': rate('tcp_retransmit_timeouts'),
        '{{instance}} by SACK': rate('tcp_sack_retransmitted_segments'),
        '{{instance}} needless timeouts': rate('tcp_needless_retransmits'),
      },
    }),
    graph({
      title: 'Received out of order or twice',
      means: 'Of the segments received with data, those that came ahead of a gap, and those that brought nothing new.',
      packs: ['tcp'],
      bad: 'More than a few percent: packets are lost or overtake each other on their way here.',
      unit: 'percentunit',
      limits: { warn: 0.02, bad: 0.1 },
      width: 8,
      queries: Object.fromEntries(
        ['out of order', 'duplicate'].map((kind) => [
          `{{instance}} ${kind}`,
          ratio(
            rate(`tcp_received_${kind.replaceAll(' ', '_')}_segments`),
            sum(
              rate('tcp_received_in_order_segments'),
              rate('tcp_received_out_of_order_segments'),
              rate('tcp_received_duplicate_segments'),
            ),
          ),
        ]),
      ),
    }),
    graph({
      title: 'Segments thrown away',
      means: 'Segments received and dropped, by cause.',
      packs: ['tcp'],
      bad: 'Any wrong checksums that last: bad memory, cable or card. A full reassembly queue: losses on the way.',
      unit: 'pps',
      width: 8,
      queries: {
        '{{instance}} checksum': rate('tcp_received_bad_checksum_segments'),
        '{{instance}} header length': rate('tcp_received_bad_offset_segments'),
        '{{instance}} too short': rate('tcp_received_short_segments'),
        '{{instance}} old timestamp': rate('tcp_old_timestamp_drops'),
        '{{instance}} reassembly full': rate('tcp_reassembly_full_drops'),
        '{{instance}} after close': rate('tcp_received_after_close_segments'),
      },
    }),
  ],
};

const udp: Row = {
  title: 'UDP',
  panels: [
    graph({
      title: 'Datagrams',
      means: 'UDP datagrams received and sent.',
      packs: ['udp'],
      bad: 'Nothing by itself; a flood shows here first.',
      unit: 'pps',
      width: 12,
      queries: {
        '{{instance}} received': rate('udp_received_datagrams'),
        '{{instance}} sent': rate('udp_sent_datagrams'),
      },
    }),
    graph({
      title: 'Datagrams thrown away',
      means: 'Datagrams received and dropped, by cause.',
      packs: ['udp'],
      bad: 'Full sockets: a program does not read fast enough, and loses data without being told.',
      unit: 'pps',
      width: 12,
      queries: {
        '{{instance}} socket full': rate('udp_full_socket_datagrams'),
        '{{instance}} nobody listens': rate('udp_no_socket_datagrams'),
        '{{instance}} checksum': rate('udp_bad_checksum_datagrams'),
        '{{instance}} length': rate('udp_bad_length_datagrams'),
        '{{instance}} too short': rate('udp_short_header_datagrams'),
      },
    }),
  ],
};

/** IPv4 and IPv6 count alike, but not all of the same. */
function ip(title: string, pack: string, drops: Readonly<Record<string, string>>): Row {
  const named = (counters: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(counters).map(([cause, counter]) => [`{{instance}} ${cause}`, rate(`${pack}_${counter}`)]),
    );
  return {
    title,
    panels: [
      graph({
        title: `${title} packets`,
        means: 'Packets received, handed to a protocol of the host, sent by the host, and forwarded to others.',
        packs: [pack],
        bad: 'More received than delivered and forwarded: see what was thrown away.',
        unit: 'pps',
        width: 8,
        queries: named({
          received: 'received_packets',
          delivered: 'delivered_packets',
          sent: 'sent_packets',
          forwarded: 'forwarded_packets',
        }),
      }),
      graph({
        title: `${title} packets thrown away`,
        means: 'Packets dropped on their way in, through or out, by cause.',
        packs: [pack],
        bad: 'Full output queues that last: the link is too slow. Missing routes: a wrong routing table.',
        unit: 'pps',
        width: 8,
        queries: named({
          'output queue full': 'output_dropped_packets',
          'no route': 'no_route_packets',
          'cannot forward': 'cannot_forward_packets',
          'too short': 'too_short_packets',
          options: 'bad_options_packets',
          ...drops,
        }),
      }),
      graph({
        title: `${title} fragments`,
        means: 'Fragments received, packets put together from them, and fragments that were lost or came too late.',
        packs: [pack],
        bad: 'Timeouts: fragments are lost on the way. Many fragments at all: a tunnel with a wrong MTU.',
        unit: 'pps',
        width: 8,
        queries: named({
          received: 'received_fragments',
          reassembled: 'reassembled_packets',
          dropped: 'fragments_dropped',
          'timed out': 'fragments_timed_out',
          sent: 'sent_fragments',
        }),
      }),
    ],
  };
}

function icmp(title: string, pack: string): Row['panels'] {
  return [
    ...['received', 'sent'].map((direction) =>
      graph({
        title: `${title} ${direction}`,
        means: `${title} messages ${direction}, by type, all chosen hosts together. Only types that occur are shown.`,
        packs: [pack],
        bad: 'Many destination_unreachable or time_exceeded: somebody is sent where nobody is, or in circles.',
        empty: `no message is ${direction}`,
        unit: 'pps',
        width: 8,
        queries: {
          '{{type}}': moving(`sum by (type) (${rateOf(gauge(`${pack}_${direction}_messages_total`))})`),
        },
      }),
    ),
    graph({
      title: `${title} errors and bad messages`,
      means: 'Errors that the host had reason to send, and messages received that were malformed.',
      packs: [pack],
      bad: 'Malformed messages that last; errors raised far above the usual, as in a port scan.',
      unit: 'pps',
      width: 8,
      queries: {
        '{{instance}} errors raised': rate(`${pack}_errors_raised`),
        '{{instance}} checksum': rate(`${pack}_bad_checksum_messages`),
        '{{instance}} code': rate(`${pack}_bad_code_messages`),
        '{{instance}} too short': rate(`${pack}_too_short_messages`),
        '{{instance}} length': rate(`${pack}_bad_length_messages`),
      },
    }),
  ];
}

const neighbours: Row = {
  title: 'ARP, neighbour discovery and routing',
  panels: [
    graph({
      title: 'ARP',
      means: 'ARP requests and replies.',
      packs: ['arp'],
      bad: 'Requests sent far above replies received: hosts are missing, or somebody scans the network.',
      unit: 'pps',
      width: 8,
      queries: {
        '{{instance}} requests sent': rate('arp_sent_requests'),
        '{{instance}} replies received': rate('arp_received_replies'),
        '{{instance}} requests received': rate('arp_received_requests'),
        '{{instance}} replies sent': rate('arp_sent_replies'),
      },
    }),
    graph({
      title: 'Addresses that were not found',
      means:
        'Packets dropped for want of a link-layer address, and IP addresses of the host that another machine uses.',
      packs: ['arp', 'icmp6'],
      bad: 'Any duplicate address.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} IPv4 packets dropped': rate('arp_dropped_packets'),
        '{{instance}} IPv6 packets dropped': rate('icmp6_neighbor_dropped_packets'),
        '{{instance}} duplicate IPv4 addresses': rate('arp_duplicate_addresses'),
      },
    }),
    graph({
      title: 'Routing',
      means: 'Lookups that found no route, and routes made because a router sent a redirect.',
      packs: ['route'],
      bad: 'Lookups that fail and last; routes by redirect where none are wanted.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} no route': rate('route_lookup_failures'),
        '{{instance}} by redirect': rate('route_redirect_created'),
      },
    }),
    graph({
      title: 'Packets by next hop',
      means:
        'Packets sent to each gateway, or to an interface where there is none, by the FIB and family of the route; the ten with most.',
      packs: ['nexthops'],
      bad: 'Traffic by a gateway that should have none, or none by one that should.',
      unit: 'pps',
      width: 24,
      queries: {
        '{{instance}} {{gateway}} {{interface}} (FIB {{fib}}, {{family}})': `label_replace(${top(10, rate('nexthop_packets'))}, "gateway", "direct", "gateway", "")`,
      },
    }),
  ],
};

const netisr: Row = {
  title: 'netisr',
  panels: [
    graph({
      title: 'Packets handed to protocols',
      means: 'Packets that went from the driver to their protocol at once, and those that a CPU took from its queue.',
      packs: ['netisr'],
      bad: 'Nothing by itself; with net.isr.dispatch=direct nearly all are dispatched at once.',
      unit: 'pps',
      width: 12,
      queries: {
        '{{instance}} {{protocol}} at once': rate('netisr_dispatched_packets'),
        '{{instance}} {{protocol}} from a queue': rate('netisr_handled_packets'),
      },
    }),
    graph({
      title: 'Packets dropped at full queues',
      means: 'Packets that were lost between driver and protocol because the queue of their CPU was full.',
      packs: ['netisr'],
      bad: 'Any that last: net.isr.defaultqlimit is too small, or one CPU has all the work.',
      unit: 'pps',
      width: 12,
      queries: { '{{instance}} {{protocol}}': rate('netisr_queue_drops') },
    }),
  ],
};

export const network = dashboard({
  uid: 'kcounter-network',
  title: 'Network stack',
  description:
    'Interfaces, TCP, UDP, IP, ICMP, ARP, routing and netisr of each host as a whole, which FreeBSD counts per vnet, not per interface; IPsec, CARP, pf and ipfw, listening sockets, sendfile and TLS, and who captures packets.',
  rows: [
    interfaces,
    tcp,
    udp,
    ip('IPv4', 'ip', { checksum: 'bad_checksum_packets', 'unknown protocol': 'unknown_protocol_packets' }),
    ip('IPv6', 'ip6', { scope: 'bad_scope_packets', 'too many headers': 'too_many_headers_packets' }),
    { title: 'ICMP', panels: [...icmp('ICMP', 'icmp'), ...icmp('ICMPv6', 'icmp6')] },
    neighbours,
    netisr,
    ipsec,
    carp,
    packetFilters,
    listening,
    serving,
    capture,
  ],
});
