/** The statistics structs of the network stack: member names and order of FreeBSD's headers, of 12 and of 14. */
import type { DescribedRelease } from './fromLayouts.js';
import {
  madeOnce,
  array,
  bool,
  cInt,
  counterU64,
  short,
  struct,
  u64Struct,
  uint32,
  uint8,
  uint64,
  char,
  type StructType,
} from './ctypes.js';
import { pfCounterU64 } from './pfTypes.js';

/** 14 has 120 slots, with members inserted in the middle since 12, which has 113. */
export const tcpstat = madeOnce((release: DescribedRelease): StructType => {
  const since13 = (members: string): string => (release === 14 ? members : '');
  return u64Struct(
    'tcpstat',
    `tcps_connattempt tcps_accepts tcps_connects tcps_drops tcps_conndrops tcps_minmssdrops tcps_closed
    tcps_segstimed tcps_rttupdated tcps_delack tcps_timeoutdrop tcps_rexmttimeo tcps_persisttimeo tcps_keeptimeo
    tcps_keepprobe tcps_keepdrops
    tcps_sndtotal tcps_sndpack tcps_sndbyte tcps_sndrexmitpack tcps_sndrexmitbyte tcps_sndrexmitbad tcps_sndacks
    tcps_sndprobe tcps_sndurg tcps_sndwinup tcps_sndctrl
    tcps_rcvtotal tcps_rcvpack tcps_rcvbyte tcps_rcvbadsum tcps_rcvbadoff tcps_rcvreassfull tcps_rcvshort
    tcps_rcvduppack tcps_rcvdupbyte tcps_rcvpartduppack tcps_rcvpartdupbyte tcps_rcvoopack tcps_rcvoobyte
    tcps_rcvpackafterwin tcps_rcvbyteafterwin tcps_rcvafterclose tcps_rcvwinprobe tcps_rcvdupack tcps_rcvacktoomuch
    tcps_rcvackpack tcps_rcvackbyte tcps_rcvwinupd tcps_pawsdrop tcps_predack tcps_preddat tcps_pcbcachemiss
    tcps_cachedrtt tcps_cachedrttvar tcps_cachedssthresh tcps_usedrtt tcps_usedrttvar tcps_usedssthresh
    tcps_persistdrop tcps_badsyn tcps_mturesent tcps_listendrop tcps_badrst
    tcps_sc_added tcps_sc_retransmitted tcps_sc_dupsyn tcps_sc_dropped tcps_sc_completed tcps_sc_bucketoverflow
    tcps_sc_cacheoverflow tcps_sc_reset tcps_sc_stale tcps_sc_aborted tcps_sc_badack tcps_sc_unreach
    tcps_sc_zonefail tcps_sc_sendcookie tcps_sc_recvcookie
    tcps_hc_added tcps_hc_bucketoverflow tcps_finwait2_drops
    tcps_sack_recovery_episode tcps_sack_rexmits tcps_sack_rexmit_bytes tcps_sack_rcv_blocks tcps_sack_send_blocks
    ${since13('tcps_sack_lostrexmt')} tcps_sack_sboverflow
    tcps_ecn_ce tcps_ecn_ect0 tcps_ecn_ect1 tcps_ecn_shs tcps_ecn_rcwnd
    tcps_sig_rcvgoodsig tcps_sig_rcvbadsig tcps_sig_err_buildsig tcps_sig_err_sigopt tcps_sig_err_nosigopt
    tcps_pmtud_blackhole_activated tcps_pmtud_blackhole_activated_min_mss tcps_pmtud_blackhole_failed
    ${since13(`tcps_tunneled_pkts tcps_tunneled_errs tcps_dsack_count tcps_dsack_bytes tcps_dsack_tlp_bytes
    tcps_tw_recycles tcps_tw_resets tcps_tw_responds tcps_ace_nect tcps_ace_ect1 tcps_ace_ect0 tcps_ace_ce`)}
    ${release === 14 ? '_pad[6]' : '_pad[12]'}`,
  );
});

export const udpstat = u64Struct(
  'udpstat',
  `udps_ipackets udps_hdrops udps_badsum udps_nosum udps_badlen udps_noport udps_noportbcast udps_fullsock
  udpps_pcbcachemiss udpps_pcbhashmiss udps_opackets udps_fastout udps_noportmcast udps_filtermcast`,
);

export const ipstat = u64Struct(
  'ipstat',
  `ips_total ips_badsum ips_tooshort ips_toosmall ips_badhlen ips_badlen ips_fragments ips_fragdropped ips_fragtimeout
  ips_forward ips_fastforward ips_cantforward ips_redirectsent ips_noproto ips_delivered ips_localout ips_odropped
  ips_reassembled ips_fragmented ips_ofragments ips_cantfrag ips_badoptions ips_noroute ips_badvers ips_rawout
  ips_toolong ips_notmember ips_nogif ips_badaddr`,
);

export const ip6stat = u64Struct(
  'ip6stat',
  `ip6s_total ip6s_tooshort ip6s_toosmall ip6s_fragments ip6s_fragdropped ip6s_fragtimeout ip6s_fragoverflow
    ip6s_forward ip6s_cantforward ip6s_redirectsent ip6s_delivered ip6s_localout ip6s_odropped ip6s_reassembled
    ip6s_atomicfrags ip6s_fragmented ip6s_ofragments ip6s_cantfrag ip6s_badoptions
    ip6s_noroute ip6s_badvers ip6s_rawout ip6s_badscope ip6s_notmember ip6s_nxthist[256] ip6s_m1 ip6s_m2m[32]
    ip6s_mext1 ip6s_mext2m ip6s_exthdrtoolong ip6s_nogif ip6s_toomanyhdr ip6s_sources_none ip6s_sources_sameif[16]
    ip6s_sources_otherif[16] ip6s_sources_samescope[16] ip6s_sources_otherscope[16] ip6s_sources_deprecated[16]
    ip6s_sources_rule[16]`,
);

/** Its members are `u_long` in the header, which on LP64 is as long as a counter. */
export const icmpstat = u64Struct(
  'icmpstat',
  `icps_error icps_oldshort icps_oldicmp icps_outhist[41] icps_badcode icps_tooshort icps_checksum icps_badlen
  icps_reflect icps_inhist[41] icps_bmcastecho icps_bmcasttstamp icps_badaddr icps_noroute`,
);

const icmp6errstat = u64Struct(
  'icmp6errstat',
  `icp6errs_dst_unreach_noroute icp6errs_dst_unreach_admin icp6errs_dst_unreach_beyondscope icp6errs_dst_unreach_addr
  icp6errs_dst_unreach_noport icp6errs_packet_too_big icp6errs_time_exceed_transit icp6errs_time_exceed_reassembly
  icp6errs_paramprob_header icp6errs_paramprob_nextheader icp6errs_paramprob_option icp6errs_redirect icp6errs_unknown`,
);

export const icmp6stat = madeOnce((release: DescribedRelease): StructType => {
  const before = u64Struct(
    '',
    `icp6s_error icp6s_canterror icp6s_toofreq icp6s_outhist[256] icp6s_badcode icp6s_tooshort icp6s_checksum
    icp6s_badlen ${release === 14 ? 'icp6s_dropped' : ''} icp6s_reflect icp6s_inhist[256] icp6s_nd_toomanyopt`,
  );
  const after = u64Struct(
    '',
    `icp6s_pmtuchg icp6s_nd_badopt icp6s_badns icp6s_badna icp6s_badrs icp6s_badra icp6s_badredirect
    ${release === 14 ? 'icp6s_overflowdefrtr icp6s_overflowprfx icp6s_overflownndp icp6s_overflowredirect icp6s_invlhlim icp6s_spare[32]' : ''}`,
  );
  const outerr = { name: 'icp6s_outerrhist', type: icmp6errstat };
  return { kind: 'struct', name: 'icmp6stat', align: 1, members: [...before.members, outerr, ...after.members] };
});

export const arpstat = madeOnce((release: DescribedRelease): StructType => {
  return u64Struct(
    'arpstat',
    `txrequests txreplies rxrequests rxreplies received ${release === 14 ? 'txerrors arp_spares[3]' : 'arp_spares[4]'}
    dropped timeouts dupips`,
  );
});

/** A PCPUSTAT since 13; five shorts in 12, which are no counters at all. */
export const rtstat = madeOnce((release: DescribedRelease): StructType => {
  if (release === 12) {
    return struct('rtstat', {
      rts_badredirect: short,
      rts_dynamic: short,
      rts_newgateway: short,
      rts_unreach: short,
      rts_wildcard: short,
    });
  }
  return u64Struct(
    'rtstat',
    `rts_badredirect rts_dynamic rts_newgateway rts_unreach rts_wildcard rts_nh_idx_alloc_failure rts_nh_alloc_failure
    rts_add_failure rts_add_retry rts_del_failure rts_del_retry`,
  );
});

export const carpstats = u64Struct(
  'carpstats',
  `carps_ipackets carps_ipackets6 carps_badif carps_badttl carps_hdrops carps_badsum carps_badver carps_badlen
  carps_badauth carps_badvhid carps_badaddrs carps_opackets carps_opackets6 carps_onomem carps_ostates carps_preempt`,
);

export const ipsecstat = u64Struct(
  'ipsecstat',
  `ips_in_polvio ips_in_nomem ips_in_inval ips_out_polvio ips_out_nosa ips_out_nomem ips_out_noroute ips_out_inval
  ips_out_bundlesa ips_spdcache_hits ips_spdcache_misses ips_clcopied ips_mbinserted ips_input_front ips_input_middle
  ips_input_end`,
);

export const espstat = u64Struct(
  'espstat',
  `esps_hdrops esps_nopf esps_notdb esps_badkcr esps_qfull esps_noxform esps_badilen esps_wrap esps_badenc esps_badauth
  esps_replay esps_input esps_output esps_invalid esps_ibytes esps_obytes esps_toobig esps_pdrops esps_crypto
  esps_tunnel esps_hist[256]`,
);

export const ahstat = u64Struct(
  'ahstat',
  `ahs_hdrops ahs_nopf ahs_notdb ahs_badkcr ahs_badauth ahs_noxform ahs_qfull ahs_wrap ahs_replay ahs_badauthl
  ahs_input ahs_output ahs_invalid ahs_ibytes ahs_obytes ahs_toobig ahs_pdrops ahs_crypto ahs_tunnel ahs_hist[16]`,
);

export const ipcompstat = u64Struct(
  'ipcompstat',
  `ipcomps_hdrops ipcomps_nopf ipcomps_notdb ipcomps_badkcr ipcomps_qfull ipcomps_noxform ipcomps_wrap ipcomps_input
  ipcomps_output ipcomps_invalid ipcomps_ibytes ipcomps_obytes ipcomps_toobig ipcomps_pdrops ipcomps_crypto
  ipcomps_hist[8] ipcomps_threshold ipcomps_uncompr`,
);

export const pfkeystat = u64Struct(
  'pfkeystat',
  `out_total out_bytes out_msgtype[256] out_invlen out_invver out_invmsgtype out_tooshort out_nomem out_dupext
  out_invexttype out_invsatype out_invaddr in_total in_bytes in_msgtype[256] in_msgtarget[3] in_nomem sockerr`,
);

/** Plain 64-bit values, not counter(9). */
export const pfsyncstats = u64Struct(
  'pfsyncstats',
  `pfsyncs_ipackets pfsyncs_ipackets6 pfsyncs_badif pfsyncs_badttl pfsyncs_hdrops pfsyncs_badver pfsyncs_badact
  pfsyncs_badlen pfsyncs_badauth pfsyncs_stale pfsyncs_badval pfsyncs_badstate pfsyncs_opackets pfsyncs_opackets6
  pfsyncs_onomem pfsyncs_oerrors pfsyncs_iacts[13] pfsyncs_oacts[13]`,
);

/** Plain too; its first word holds a version and a length. */
export const igmpstat: StructType = {
  kind: 'struct',
  name: 'igmpstat',
  align: 1,
  members: [
    { name: 'igps_version', type: uint32 },
    { name: 'igps_len', type: uint32 },
    ...u64Struct(
      '',
      `igps_rcv_total igps_rcv_tooshort igps_rcv_badttl igps_rcv_badsum igps_rcv_v1v2_queries igps_rcv_v3_queries
      igps_rcv_badqueries igps_rcv_gen_queries igps_rcv_group_queries igps_rcv_gsr_queries igps_drop_gsr_queries
      igps_rcv_reports igps_rcv_badreports igps_rcv_ourreports igps_rcv_nora igps_snd_reports __igps_pad[4]`,
    ).members,
  ],
};

export const pfKstatus = madeOnce((release: DescribedRelease): StructType => {
  return struct('pf_kstatus', {
    counters: array(counterU64, 16),
    lcounters: array(counterU64, release === 14 ? 10 : 7),
    fcounters: release === 14 ? array(pfCounterU64, 3) : array(counterU64, 3),
    scounters: array(counterU64, 3),
    states: uint32,
    src_nodes: uint32,
    running: uint32,
    since: uint32,
    debug: uint32,
    hostid: uint32,
    ifname: array(char, 16),
    pf_chksum: array(uint8, 16),
    ...(release === 14
      ? {
          keep_counters: bool,
          syncookies_mode: cInt,
          syncookies_active: bool,
          syncookies_inflight: array(uint64, 2),
          states_halfopen: uint32,
        }
      : {}),
  });
});
