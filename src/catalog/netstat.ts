/**
 * The names under which `netstat -s --libxo json` tells counters: `tcp.syncache.reset` is `reset` of `syncache` in `tcp`. They are those of one
 * version of usr.bin/netstat/inet.c, of the protocols that were looked up there; its histograms of ICMP messages have lines by type instead.
 */

/** By symbol: what they are in, and `member name` by `member name`. Members are given without the prefix that all of the struct's have. */
const NAMES: Readonly<
  Record<string, readonly { readonly within: string; readonly prefix: string; readonly names: string }[]>
> = {
  tcpstat: [
    {
      within: 'tcp',
      prefix: 'tcps_',
      names: `sndtotal sent-packets, sndpack sent-data-packets, sndbyte sent-data-bytes, sndrexmitpack sent-retransmitted-packets,
        sndrexmitbyte sent-retransmitted-bytes, sndrexmitbad sent-unnecessary-retransmitted-packets, mturesent sent-resends-by-mtu-discovery,
        sndacks sent-ack-only-packets, delack sent-packets-delayed, sndurg sent-urg-only-packets, sndprobe sent-window-probe-packets,
        sndwinup sent-window-update-packets, sndctrl sent-control-packets, rcvtotal received-packets, rcvackpack received-ack-packets,
        rcvackbyte received-ack-bytes, rcvdupack received-duplicate-acks, rcvacktoomuch received-acks-for-unsent-data,
        rcvpack received-in-sequence-packets, rcvbyte received-in-sequence-bytes, rcvduppack received-completely-duplicate-packets,
        rcvdupbyte received-completely-duplicate-bytes, pawsdrop received-old-duplicate-packets, rcvpartduppack received-some-duplicate-packets,
        rcvpartdupbyte received-some-duplicate-bytes, rcvoopack received-out-of-order, rcvoobyte received-out-of-order-bytes,
        rcvpackafterwin received-after-window-packets, rcvbyteafterwin received-after-window-bytes, rcvwinprobe received-window-probes,
        rcvwinupd receive-window-update-packets, rcvafterclose received-after-close-packets, rcvbadsum discard-bad-checksum,
        rcvbadoff discard-bad-header-offset, rcvshort discard-too-short, connattempt connection-requests, accepts connections-accepts,
        badsyn bad-connection-attempts, listendrop listen-queue-overflows, badrst ignored-in-window-resets, connects connections-established,
        usedrtt connections-hostcache-rtt, usedrttvar connections-hostcache-rttvar, usedssthresh connections-hostcache-ssthresh,
        closed connections-closed, drops connection-drops, cachedrtt connections-updated-rtt-on-close,
        cachedrttvar connections-updated-variance-on-close, cachedssthresh connections-updated-ssthresh-on-close,
        conndrops embryonic-connections-dropped, rttupdated segments-updated-rtt, segstimed segment-update-attempts,
        rexmttimeo retransmit-timeouts, timeoutdrop connections-dropped-by-retransmit-timeout, persisttimeo persist-timeout,
        persistdrop connections-dropped-by-persist-timeout, finwait2_drops connections-dropped-by-finwait2-timeout, keeptimeo keepalive-timeout,
        keepprobe keepalive-probes, keepdrops connections-dropped-by-keepalives, predack ack-header-predictions,
        preddat data-packet-header-predictions`,
    },
    {
      within: 'tcp.syncache',
      prefix: 'tcps_sc_',
      names: `added entries-added, retransmitted retransmitted, dupsyn duplicates, dropped dropped, completed completed,
        bucketoverflow bucket-overflow, reset reset, stale stale, aborted aborted, badack bad-ack, unreach unreachable, zonefail zone-failures,
        sendcookie sent-cookies, recvcookie receivd-cookies`,
    },
    { within: 'tcp.hostcache', prefix: 'tcps_hc_', names: 'added entries-added, bucketoverflow buffer-overflows' },
    {
      within: 'tcp.sack',
      prefix: 'tcps_sack_',
      names: `recovery_episode recovery-episodes, rexmits segment-retransmits, rexmit_bytes byte-retransmits, rcv_blocks received-blocks,
        send_blocks sent-option-blocks, sboverflow scoreboard-overflows`,
    },
    {
      within: 'tcp.ecn',
      prefix: 'tcps_ecn_',
      names: 'ce ce-packets, ect0 ect0-packets, ect1 ect1-packets, shs handshakes, rcwnd congestion-reductions',
    },
    {
      within: 'tcp.tcp-signature',
      prefix: 'tcps_sig_',
      names: `rcvgoodsig received-good-signature, rcvbadsig received-bad-signature, err_buildsig failed-make-signature,
        err_sigopt no-signature-expected, err_nosigopt no-signature-provided`,
    },
  ],
  udpstat: [
    {
      within: 'udp',
      prefix: 'udps_',
      names: `ipackets received-datagrams, hdrops dropped-incomplete-headers, badlen dropped-bad-data-length, badsum dropped-bad-checksum,
        nosum dropped-no-checksum, noport dropped-no-socket, noportbcast dropped-broadcast-multicast, fullsock dropped-full-socket-buffer,
        opackets output-packets, filtermcast multicast-source-filter-matches`,
    },
  ],
  ipstat: [
    {
      within: 'ip',
      prefix: 'ips_',
      names: `total received-packets, badsum dropped-bad-checksum, toosmall dropped-below-minimum-size, tooshort dropped-short-packets,
        toolong dropped-too-long, badhlen dropped-short-header-length, badlen dropped-short-data, badoptions dropped-bad-options,
        badvers dropped-bad-version, fragments received-fragments, fragdropped dropped-fragments, fragtimeout dropped-fragments-after-timeout,
        reassembled reassembled-packets, delivered received-local-packets, noproto dropped-unknown-protocol, forward forwarded-packets,
        fastforward fast-forwarded-packets, cantforward packets-cannot-forward, notmember received-unknown-multicast-group,
        redirectsent redirects-sent, localout sent-packets, rawout send-packets-fabricated-header, odropped discard-no-mbufs,
        noroute discard-no-route, fragmented sent-fragments, ofragments fragments-created, cantfrag discard-cannot-fragment,
        nogif discard-tunnel-no-gif, badaddr discard-bad-address`,
    },
  ],
  arpstat: [
    {
      within: 'arp',
      prefix: '',
      names: `txrequests sent-requests, txreplies sent-replies, rxrequests received-requests, rxreplies received-replies,
        received received-packers, dropped dropped-no-entry, timeouts entries-timeout, dupips dropped-duplicate-address`,
    },
  ],
  icmpstat: [
    {
      within: 'icmp',
      prefix: 'icps_',
      names: `error icmp-calls, oldicmp errors-not-from-message, badcode dropped-bad-code, tooshort dropped-too-short,
        checksum dropped-bad-checksum, badlen dropped-bad-length, bmcastecho dropped-multicast-echo,
        bmcasttstamp dropped-multicast-timestamp, reflect sent-packets, badaddr discard-invalid-return-address, noroute discard-no-route`,
    },
  ],
  carpstats: [
    {
      within: 'carp',
      prefix: 'carps_',
      names: `ipackets received-inet-packets, ipackets6 received-inet6-packets, badttl dropped-wrong-ttl, hdrops dropped-short-header,
        badsum dropped-bad-checksum, badver dropped-bad-version, badlen dropped-short-packet, badauth dropped-bad-authentication,
        badvhid dropped-bad-vhid, opackets sent-inet-packets, opackets6 sent-inet6-packets, onomem send-failed-memory-error`,
    },
  ],
};

/** Undefined where none is known. */
export function netstatName(symbol: string, member = ''): string | undefined {
  const parts = Object.hasOwn(NAMES, symbol) ? (NAMES[symbol] ?? []) : [];
  for (const { within, prefix, names } of parts) {
    for (const pair of names.split(',')) {
      const [own = '', name = ''] = pair.trim().split(' ');
      if (prefix + own === member) return `${within}.${name}`;
    }
  }
  return undefined;
}
