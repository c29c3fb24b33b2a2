/**
 * The rules of pf(4) in use: each anchor has five rulesets (struct pf_kruleset of <net/pfvar.h>), and each of these two queues, of which one is in use
 * and the other is filled when a ruleset is loaded. `pf_anchors` is the tree of anchors, and the main one, `pf_main_anchor`, is in none. A change of one
 * rule counts the ticket of the queue in use up, a load that of the other, which it then has in use: what it was may come again, but not both.
 */
import { ShapeError } from '../../shapes.js';
import type { ArrayOf, Key, Links } from '../listPlan.js';
import {
  memberAs,
  memberByLabels,
  planOf,
  pointee,
  shapeOf,
  sliceOf,
  structOf,
  treeOf,
  type Compile,
} from './structure.js';

/** In the order of `PF_RULESET_SCRUB` and so on (<netpfil/pf/pf.h>). */
const RULESETS = ['scrub', 'filter', 'nat', 'binat', 'rdr'];
const LABEL_SIZE = 64;

export const pfRules: Compile = (file, type) => {
  const { tree, element: anchor } = treeOf(file, type, 'entry_global');
  const rulesets = anchor.field('ruleset.rules');
  const array = file.resolve(rulesets.type);
  const ruleset = structOf(file, array, 'ruleset.rules');
  if (array.kind !== 'array' || array.count !== RULESETS.length) {
    throw new ShapeError(`an anchor has not the ${RULESETS.length} rulesets that are known`);
  }
  const queue = pointee(ruleset, 'active.ptr');
  const rule = pointee(queue, 'tqh_first');
  const ofAnchor: ArrayOf = {
    kind: 'array',
    at: rulesets.offset,
    stride: ruleset.struct.size,
    count: array.count,
    length: undefined,
    behindPointer: false,
    ofPointers: false,
  };
  const ofRuleset: Links = {
    kind: 'links',
    through: ruleset.field('active.ptr').offset,
    first: queue.head('tqh_first').offset,
    next: rule.link('entries').offset,
    isNewestFirst: false,
  };
  const label = sliceOf(rule, 'label');
  const keys: readonly Key[] = [
    { ...sliceOf(anchor, 'path', 2), label: 'anchor', as: 'characters' },
    { up: 1, offset: 0, size: 0, label: 'ruleset', as: 'index', names: RULESETS },
    { ...sliceOf(rule, 'nr'), label: 'rule', as: 'number', format: 'u32' },
    // Up to five since 13.1.
    label.size > LABEL_SIZE
      ? { ...label, label: 'label', as: 'texts', stride: LABEL_SIZE }
      : { ...label, label: 'label', as: 'characters' },
  ];
  const directions = { direction: ['in', 'out'] };
  const members = [
    memberAs('evaluations', rule, 'evaluations'),
    memberByLabels(memberAs('packets', rule, 'packets'), directions),
    memberByLabels(memberAs('bytes', rule, 'bytes'), directions),
    memberAs('states_cur', rule, 'states_cur'),
    memberAs('states_tot', rule, 'states_tot'),
  ];
  return {
    plan: planOf([{ ...tree, beside: { symbol: 'pf_main_anchor', of: 'pf_anchors' } }, ofAnchor, ofRuleset], {
      keys,
      same: [
        sliceOf(ruleset, 'active.ptr', 1),
        sliceOf(ruleset, 'active.ticket', 1),
        sliceOf(ruleset, 'inactive.ticket', 1),
        sliceOf(rule, 'states_tot'),
      ],
      // What two rules that say the same have in common since 13.1.
      succession: { digest: rule.find('md5sum') === undefined ? undefined : sliceOf(rule, 'md5sum') },
    }),
    shape: shapeOf(rule.struct, members),
  };
};
