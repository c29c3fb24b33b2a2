/** pfctl and ipfw: by the words on their lines, of which a remark has those that the labels of a metric stand for, in the order of the pack. */
import type { ToolLines } from './toolLine.js';

export const firewallLines: readonly ToolLines[] = [
  {
    symbol: 'pf_status',
    before: 'pfctl -si ',
    names: 'counters Counters',
    remark: `match, bad-offset, fragment, short, normalize, memory, bad-timestamp, congestion, ip-option, proto-cksum, state-mismatch, \
state-insert, state-limit, src-limit, synproxy, map-failed`,
  },
  { symbol: 'pf_status', before: 'pfctl -si ', names: 'fcounters State Table', remark: 'searches, inserts, removals' },
  {
    symbol: 'pf_status',
    before: 'pfctl -vsi ',
    names: 'scounters Source Tracking Table',
    remark: 'searches, inserts, removals',
  },
  {
    symbol: 'pf_status',
    before: 'pfctl -vsi ',
    names: 'lcounters Limit Counters',
    remark: `max states per rule, max-src-states, max-src-nodes, max-src-conn, max-src-conn-rate, overload table insertion, \
overload flush states, synfloods detected, syncookies sent, syncookies validated`,
  },
  {
    symbol: 'pf_anchors',
    before: 'pfctl -vvsr ',
    names: `evaluations Evaluations, packets Packets (both directions together), bytes Bytes (both directions together),
      states_cur States, states_tot State Creations`,
  },
  { symbol: 'pfi_ifs', before: 'pfctl -vvsI ', names: 'packets Packets, bytes Bytes' },
  {
    symbol: 'pfr_ktables',
    before: 'pfctl -vvsT ',
    names: 'packets Packets, bytes Bytes, match Match, nomatch NoMatch, addresses Addresses',
  },
  { symbol: 'layer3_chain', before: 'ipfw show, ', names: 'packets 2nd column, bytes 3rd column' },
];
