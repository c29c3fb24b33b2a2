/** The row that tells of pf and ipfw. Rules are never added up: one that calls an anchor counts what the anchor's rules match, too. */
import { graph, type PanelOfWidth } from './panels.js';
import { gauge, moving, rate, rateOf, top } from './queries.js';

const RULE = '{{instance}} {{anchor}} {{ruleset}} @{{rule}} {{label}}';
/** With words where the main anchor and a rule without a label have none. */
function named(rules: string): string {
  return `label_replace(label_replace(${rules}, "anchor", "main", "anchor", ""), "label", "-", "label", "")`;
}

/** Of rules that their label calls so. */
const BLOCKS = 'label=~".*(block|deny|drop).*"';

export const packetFilters: { readonly title: string; readonly panels: readonly PanelOfWidth[] } = {
  title: 'Packet filters',
  panels: [
    graph({
      title: 'Why pf drops packets',
      means:
        'Packets that pf dropped by other reasons than a rule that blocks, by reason. Only those that occur are shown.',
      packs: ['pf'],
      bad: 'memory: the table of states is full. state_mismatch: packets take another way back.',
      empty: 'pf drops nothing',
      unit: 'pps',
      width: 8,
      queries: { '{{instance}} {{reason}}': moving(rateOf(gauge('pf_decisions_total', 'reason!="match"'))) },
    }),
    graph({
      title: 'States of pf',
      means: 'States made and removed, and searches for one, of which each packet needs one.',
      packs: ['pf'],
      bad: 'More made than removed for long: the table fills up to its limit (pfctl -sm).',
      unit: 'cps',
      width: 8,
      queries: { '{{instance}} {{operation}}': rate('pf_state_operations') },
    }),
    graph({
      title: 'Limits of pf',
      means:
        'Times that a limit set in a rule was reached, and what was done about SYN floods. Only those that occur are shown.',
      packs: ['pf'],
      bad: 'states_per_rule: whom the rule is for gets no more connections.',
      empty: 'no limit is reached',
      unit: 'cps',
      width: 8,
      queries: { '{{instance}} {{limit}}': moving(rate('pf_limit_hits')) },
    }),
    graph({
      title: 'Busiest rules of pf',
      means:
        'The rules that match most, by anchor, ruleset, number and label. A rule that calls an anchor counts what the rules there match.',
      packs: ['pf_rules'],
      bad: 'One that does far more or less than usual.',
      unit: 'pps',
      width: 12,
      queries: { [`${RULE} {{direction}}`]: named(top(10, rate('pf_rule_packets'))) },
    }),
    graph({
      title: 'Rules of pf that block',
      means: 'Packets that matched rules whose label (pf.conf: label "block ...") says that they block, deny or drop.',
      packs: ['pf_rules'],
      bad: 'One that begins to match, or that matches far more than usual.',
      empty: 'no rule with such a label matches',
      unit: 'pps',
      width: 12,
      queries: { [`${RULE} {{direction}}`]: named(moving(rateOf(gauge('pf_rule_packets_total', BLOCKS)))) },
    }),
    graph({
      title: 'States by rule of pf',
      means: 'The rules by which there are most states.',
      packs: ['pf_rules'],
      bad: 'One that grows and grows, towards its own limit or that of all (pfctl -sm).',
      unit: 'short',
      width: 6,
      queries: { [RULE]: named(top(10, gauge('pf_rule_states'))) },
    }),
    graph({
      title: 'Blocked by pf, by interface',
      means: 'Packets that pf blocked on each interface and group; all of them is the interface all.',
      packs: ['pf_rules'],
      bad: 'A sudden rise: a scan, an attack, or rules that lock somebody out.',
      empty: 'pf blocks nothing',
      unit: 'pps',
      width: 6,
      queries: {
        '{{instance}} {{interface}} {{family}} {{direction}}': moving(
          rateOf(gauge('pf_interface_packets_total', 'action="block"')),
        ),
      },
    }),
    graph({
      title: 'Rules of pf that are loaded',
      means: 'How many rules the main ruleset has of each kind.',
      packs: ['pf_rules'],
      bad: 'No filter rules any more: everything passes.',
      empty: 'no rules are loaded',
      unit: 'short',
      width: 6,
      queries: {
        '{{instance}} {{ruleset}}': `count by (job, instance, ruleset) (${gauge('pf_rule_evaluations_total', 'anchor=""')})`,
      },
    }),
    graph({
      title: 'Busiest rules of ipfw',
      means: 'The rules that match most, by number, id and set.',
      packs: ['ipfw'],
      bad: 'One that does far more or less than usual.',
      unit: 'pps',
      width: 6,
      queries: { '{{instance}} {{rule}} id {{id}} set {{set}}': top(10, rate('ipfw_rule_packets')) },
    }),
  ],
};
