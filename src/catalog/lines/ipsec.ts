/**
 * IPsec: `netstat -s` by the names of its JSON, which spells some words its own way, and in older releases has those of IPv6 under ipsec-statistics, too;
 * and `setkey -D`, of each security association.
 */
import type { ToolLines } from './toolLine.js';

const POLICIES = `in_polvio dropped-policy-violation, out_polvio discarded-policy-violation, out_nosa discarded-no-sa,
  out_inval discarded-invalid, out_bundlesa send-bundled-sa, mbinserted mbufs-inserted`;

/** The protocols have these in common, under the same names. */
const DROPS = `hdrops dropped-short-header, nopf dropped-bad-protocol, notdb dropped-no-tdb, qfull dropped-queue-full,
  noxform dropped-no-transform, wrap replay-counter-wraps, toobig dropped-too-large, pdrops dropped-policy-violation`;

export const ipsecLines: readonly ToolLines[] = [
  { symbol: 'ipsec4stat', before: 'netstat -s ipsec-statistics.', prefix: 'ips_', names: POLICIES },
  { symbol: 'ipsec6stat', before: 'netstat -s ipsec6-statistics.', prefix: 'ips_', names: POLICIES },
  {
    symbol: 'espstat',
    before: 'netstat -s esp-statictics.',
    prefix: 'esps_',
    names: `${DROPS}, badilen dropped-bad-length, badenc dropped-bad-crypto, badauth dropped-bad-auth, replay possible-replay-detected,
      input received-packets, output sent-packets, ibytes receive-bytes, ibytes receieve-bytes, obytes sent-bytes, crypto crypto-failures, hist esp-output-histogram`,
  },
  {
    symbol: 'ahstat',
    before: 'netstat -s ah-statictics.',
    prefix: 'ahs_',
    names: `${DROPS}, badauth dropped-bad-auth, badauthl dropped-bad-auth-level, replay possile-replay-detected, input received-packets,
      output send-packets, ibytes received-bytes, obytes send-bytes, crypto crypto-failures, hist ah-output-histogram`,
  },
  {
    symbol: 'ipcompstat',
    before: 'netstat -s ipcomp-statictics.',
    prefix: 'ipcomps_',
    names: `${DROPS}, input receive-packets, input receieve-packets, output sent-packets, ibytes received-bytes, ibytes receieved-bytes,
      obytes sent-bytes, crypto crypto-failure,
      hist comp-output-histogram, threshold sent-uncompressed-small-packets, uncompr sent-uncompressed-useless-packets`,
  },
  {
    symbol: 'pfkeystat',
    before: 'netstat -s pfkey.',
    names: `out_total sent-requests, out_bytes sent-bytes, out_msgtype output-histogram, out_invlen dropped-bad-length,
      out_invver dropped-bad-version, out_invmsgtype dropped-bad-type, out_tooshort dropped-too-short, out_nomem dropped-no-memory,
      out_dupext dropped-duplicate-extension, out_invexttype dropped-bad-extension, out_invsatype dropped-bad-sa-type,
      out_invaddr dropped-bad-address-extension, in_total received-requests, in_bytes received-bytes, in_msgtype input-histogram,
      in_msgtarget received-one-socket (one), in_msgtarget received-all-sockets (all),
      in_msgtarget received-registered-sockets (registered), in_nomem discarded-no-memory`,
  },
  {
    symbol: 'sahtree',
    before: 'setkey -D ',
    names: 'allocations allocated (its lower 32 bits), bytes current',
  },
];
