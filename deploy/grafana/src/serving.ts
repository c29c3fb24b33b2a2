/** What serves files and TLS: sendfile(2), TLS in the kernel, the cryptographic framework. */
import type { Row } from './dashboard.js';
import { graph } from './panels.js';
import { gauge, rate, ratio, sum } from './queries.js';

/** Sessions of all ciphers that one does: software, a network card, or a card that does TCP. */
function sessionsBy(who: string): string {
  return sum(...['cbc', 'gcm', 'chacha20'].map((cipher) => gauge(`ktls_${who}_${cipher}_sessions`)));
}

export const serving: Row = {
  title: 'sendfile(2) and TLS in the kernel',
  panels: [
    graph({
      title: 'Pages sent from memory',
      means: 'Of the pages that sendfile sent, how many were in memory.',
      packs: ['sendfile'],
      bad: 'A fall: files no longer fit into memory, and disks limit what is served.',
      empty: 'nothing is sent by it',
      unit: 'percentunit',
      max: 1,
      width: 8,
      queries: {
        '{{instance}}': ratio(
          rate('sendfile_cached_pages'),
          sum(rate('sendfile_cached_pages'), rate('sendfile_read_pages')),
        ),
      },
    }),
    graph({
      title: 'What sendfile waits for',
      means: 'Reads from disk, and times that it had to wait for a buffer, got none, or met a page that was busy.',
      packs: ['sendfile'],
      bad: 'Waits for buffers, or none to be had: kern.ipc.nsfbufs is too small, where the machine needs any.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} disk reads': rate('sendfile_disk_reads'),
        '{{instance}} waits for a buffer': rate('sendfile_buffer_waits'),
        '{{instance}} no buffer': rate('sendfile_buffer_failures'),
        '{{instance}} busy page': rate('sendfile_busy_aborts'),
      },
    }),
    graph({
      title: 'TLS sessions',
      means: 'TLS sessions open in the kernel, by who encrypts.',
      packs: ['ktls'],
      bad: 'Sessions in software that were on the card.',
      unit: 'short',
      width: 8,
      queries: {
        '{{instance}} software': sessionsBy('software'),
        '{{instance}} network card': sessionsBy('nic'),
        '{{instance}} card that does TCP': sessionsBy('toe'),
      },
    }),
    graph({
      title: 'TLS records that wait',
      means: 'Records that wait for a thread to encrypt them, and sockets that wait for one to decrypt.',
      packs: ['ktls'],
      bad: 'Growth: CPUs have no time to encrypt.',
      unit: 'short',
      width: 8,
      queries: {
        '{{instance}} records to send': gauge('ktls_transmit_queued_records'),
        '{{instance}} sockets to read': gauge('ktls_receive_queued_sockets'),
      },
    }),
    graph({
      title: 'TLS that fails',
      means: 'Records that were malformed or could not be encrypted or decrypted, and sessions that a card gave up.',
      packs: ['ktls'],
      bad: 'Any that last.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} malformed': rate('ktls_corrupted_records'),
        '{{instance}} cryptography failed': rate('ktls_crypto_failures'),
        '{{instance}} moved off the card': rate('ktls_nic_retransmit_fallbacks'),
        '{{instance}} dropped with the card': rate('ktls_nic_move_dropped_sessions'),
      },
    }),
    graph({
      title: 'Cryptographic framework',
      means: 'Operations that IPsec, GELI and others asked for, those that failed, and times that a driver was full.',
      packs: ['crypto'],
      bad: 'Failures; a driver that is full again and again: it is the limit.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} operations': rate('crypto_operations'),
        '{{instance}} failed': rate('crypto_operation_errors'),
        '{{instance}} driver full': rate('crypto_driver_blocks'),
      },
    }),
  ],
};
