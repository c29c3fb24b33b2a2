/** In which releases the symbols that are one counter each are that: by kern/vfs_{bio,cache,subr}.c and kern/uipc_ktls.c. */
import type { Release } from '../profiles.js';

/** What was a counter in 14.0-CURRENT and is a plain number in 15. */
export const PLAIN_SINCE_15: readonly string[] = ['recycles_count', 'recycles_free_count', 'deferred_inact'];

const UNTIL_14: ReadonlySet<string> = new Set(['dothits', 'dotdothits', 'numfullpathfail1', ...PLAIN_SINCE_15]);

/** As are all of kernel TLS. */
const SINCE_13: ReadonlySet<string> = new Set([
  'numdrops',
  'symlinktoobig',
  'neg_created',
  'neg_evicted',
  'recycles_free_count',
  'deferred_inact',
]);
const SINCE_14: ReadonlySet<string> = new Set([
  'ktls_cnt_tx_pending',
  'ktls_ifnet_disable_fail',
  'ktls_ifnet_disable_ok',
  'ktls_sw_chacha20',
  'ktls_ifnet_chacha20',
  'ktls_toe_chacha20',
]);
const SINCE_15: ReadonlySet<string> = new Set(['direct_recycles_free_count', 'vnode_skipped_requeues']);

/** @param name a symbol that is a single counter in some release */
export function isSingleCounter(name: string, release: Release): boolean {
  return firstOf(name) <= release && (release <= 14 || !UNTIL_14.has(name));
}

function firstOf(name: string): Release {
  if (SINCE_15.has(name)) return 15;
  if (SINCE_14.has(name)) return 14;
  return SINCE_13.has(name) || name.startsWith('ktls_') ? 13 : 12;
}
