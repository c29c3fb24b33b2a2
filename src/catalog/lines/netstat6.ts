/** `netstat -s` of IPv6, by the names of its JSON (`--libxo json`). A histogram has a line for each value of the metric's label that is not 0. */
import type { ToolLines } from './toolLine.js';

export const netstat6Lines: readonly ToolLines[] = [
  {
    symbol: 'ip6stat',
    before: 'netstat -s ip6.',
    prefix: 'ip6s_',
    names: `total received-packets, toosmall dropped-below-minimum-size, tooshort dropped-short-packets, badoptions dropped-bad-options,
      badvers dropped-bad-version, fragments received-fragments, fragdropped dropped-fragment, fragtimeout dropped-fragment-after-timeout,
      fragoverflow dropped-fragments-overflow, atomicfrags atomic-fragments, reassembled reassembled-packets, delivered received-local-packets,
      forward forwarded-packets, cantforward packets-not-forwardable, redirectsent sent-redirects, localout sent-packets,
      odropped discard-no-mbufs, noroute discard-no-route, fragmented sent-fragments, ofragments fragments-created,
      badscope discard-scope-violations, notmember multicast-no-join-packets, nxthist input-histogram,
      exthdrtoolong dropped-header-too-long, nogif discard-tunnel-no-gif, toomanyhdr dropped-too-many-headers`,
  },
  {
    symbol: 'ip6stat',
    before: 'netstat -s ip6.mbuf-statistics.',
    prefix: 'ip6s_',
    names: 'm1 one-mbuf, m2m mbuf-data, mext1 one-extra-mbuf, mext2m two-or-more-extra-mbufs',
  },
  {
    symbol: 'ip6stat',
    before: 'netstat -s ip6.source-address-selection.',
    prefix: 'ip6s_sources_',
    names: `none address-selection-failures, sameif outgoing-interface, otherif non-outgoing-interface, samescope same-source,
      otherscope different-scope, deprecated deprecated-source, rule rules-applied`,
  },
  {
    symbol: 'rip6stat',
    before: 'netstat -s rip6.',
    prefix: 'rip6s_',
    names: `ipackets received-packets, isum input-checksum-computation, badsum received-bad-checksum, nosock dropped-no-socket,
      nosockmcast dropped-multicast-no-socket, fullsock dropped-full-socket-buffer, opackets sent-packets`,
  },
  {
    symbol: 'icmp6stat',
    before: 'netstat -s icmp6.',
    prefix: 'icp6s_',
    names: `error icmp6-calls, canterror errors-not-generated-from-message, toofreq errors-discarded-by-rate-limitation,
      outhist output-histogram, badcode dropped-bad-code, tooshort dropped-too-short, checksum dropped-bad-checksum,
      badlen dropped-bad-length, dropped dropped-no-entry, inhist input-histogram, pmtuchg path-mtu-changes`,
  },
  {
    // Not all that netstat has under this name are errors.
    symbol: 'icmp6stat',
    before: 'netstat -s icmp6.errors.',
    prefix: 'icp6s_',
    names: `reflect reflect, nd_toomanyopt too-many-nd-options, nd_badopt bad-nd-options, badns bad-neighbor-solicitation,
      badna bad-neighbor-advertisement, badrs bad-router-solicitation, badra bad-router-advertisement, badredirect bad-redirect,
      invlhlim dropped-invalid-hop-limit`,
  },
  {
    symbol: 'icmp6stat',
    before: 'netstat -s icmp6.errors.',
    prefix: 'icp6s_outerrhist.icp6errs_',
    names: `dst_unreach_noroute no-route, dst_unreach_admin admin-prohibited, dst_unreach_beyondscope beyond-scope,
      dst_unreach_addr address-unreachable, dst_unreach_noport port-unreachable, packet_too_big packet-too-big,
      time_exceed_transit time-exceed-transmit, time_exceed_reassembly time-exceed-reassembly, paramprob_header bad-header,
      paramprob_nextheader bad-next-header, paramprob_option bad-option, redirect redirects, unknown unknown`,
  },
];
