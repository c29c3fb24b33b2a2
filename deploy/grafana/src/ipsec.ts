/** IPsec: what goes through it, what it loses and why. */
import type { Row } from './dashboard.js';
import { graph } from './panels.js';
import { gauge, rate, sum, top } from './queries.js';

/** Of both protocols that protect packets. */
function ofBoth(counter: string): string {
  return sum(rate(`ipsec_esp_${counter}`), rate(`ipsec_ah_${counter}`));
}

/** Of both versions of IP. */
function ofBothVersions(counter: string): string {
  return sum(rate(`ipsec4_${counter}`), rate(`ipsec6_${counter}`));
}

export const ipsec: Row = {
  title: 'IPsec',
  panels: [
    graph({
      title: 'IPsec packets',
      means: 'Packets received and sent under the protection of ESP or AH.',
      packs: ['ipsec'],
      bad: 'None in one direction while there are some in the other.',
      unit: 'pps',
      width: 8,
      queries: {
        '{{instance}} received': ofBoth('received_packets'),
        '{{instance}} sent': ofBoth('sent_packets'),
      },
    }),
    graph({
      title: 'IPsec packets thrown away',
      means: 'Packets that IPsec did not let in or out, by cause.',
      packs: ['ipsec'],
      bad: 'Bad authentication: keys differ, or somebody forges. No association: a tunnel is down. Many replays: the window is too small for how packets overtake each other.',
      unit: 'pps',
      width: 16,
      queries: {
        '{{instance}} bad authentication': ofBoth('bad_authentication'),
        '{{instance}} replayed': ofBoth('replays'),
        '{{instance}} no association for what came': ofBoth('no_association'),
        '{{instance}} no association to send by': ofBothVersions('output_no_association'),
        '{{instance}} cryptography failed': ofBoth('crypto_failures'),
        '{{instance}} against the policy': ofBothVersions('input_policy_violations'),
      },
    }),
    graph({
      title: 'Traffic by security association',
      means:
        'Bytes through each association, by its SPI and addresses; the ten with most. With each rekeying one comes and another goes.',
      packs: ['ipsec_sa'],
      bad: 'None in one direction of a tunnel that is in use.',
      empty: 'there are none',
      unit: 'binBps',
      width: 16,
      queries: { '{{instance}} {{spi}} {{source}} to {{destination}} ({{protocol}})': top(10, rate('ipsec_sa_bytes')) },
    }),
    graph({
      title: 'Sequence numbers used up',
      means:
        'What each association has had of the 2^32 packets after which, but with extended sequence numbers, all is dropped; the ten with most.',
      packs: ['ipsec_sa'],
      bad: 'Above 90%: nobody makes a new association in time.',
      empty: 'there are none',
      unit: 'percentunit',
      limits: { bad: 0.9 },
      width: 8,
      queries: {
        '{{instance}} {{spi}} {{source}} to {{destination}} ({{protocol}})': top(
          10,
          `${gauge('ipsec_sa_packets_total', 'protocol=~"esp|ah"')} / 2 ^ 32`,
        ),
      },
    }),
  ],
};
