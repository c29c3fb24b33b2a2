/**
 * The tables of pf(4): `pfr_ktables`, a tree of struct pfr_ktable (<net/pfvar.h>). Since 13.1 a table's counters are set to zero by keeping what they
 * have counted by then beside them, in struct pfr_kstate_counter.
 */
import { isStruct } from '../../../ctf/types.js';
import { isCounter, ShapeError, structName, type ShapeMember } from '../../shapes.js';
import { Members } from '../members.js';
import { memberAs, memberByLabels, planOf, shapeOf, sliceOf, treeOf, type Compile } from './structure.js';

/** PFR_TFLAG_ACTIVE. A table in an anchor, or one that a rule only names, has another of its name stand for it, or itself not be there: pfctl shows neither. */
const ACTIVE = 0x4n;

/** `xpass`: passed by a rule with another table (PFR_OP_XPASS). */
const DIMENSIONS = { direction: ['in', 'out'], action: ['block', 'pass', 'xpass'] };

export const pfTables: Compile = (file, type) => {
  const { tree, element } = treeOf(file, type, 'pfrkt_tree');
  // Of 12, whose struct is also that of the programs.
  const stats = element.find('pfrkt_ts.pfrts_cnt') === undefined ? 'pfrkt_kts.pfrkts' : 'pfrkt_ts.pfrts';
  const of = stats.slice(0, stats.indexOf('.'));
  const member = (name: string): ShapeMember => pairOrMember(name, element, `${stats}_${name}`);
  return {
    plan: planOf([tree], {
      keys: [
        { ...sliceOf(element, `${of}.pfrts_t.pfrt_anchor`), label: 'anchor', as: 'characters' },
        { ...sliceOf(element, `${of}.pfrts_t.pfrt_name`), label: 'table', as: 'characters' },
      ],
      where: [{ ...sliceOf(element, `${of}.pfrts_t.pfrt_flags`), is: 'value', value: ACTIVE, mask: ACTIVE }],
      // When it came, or was set to zero.
      same: [sliceOf(element, `${stats}_tzero`)],
    }),
    shape: shapeOf(element.struct, [
      memberByLabels(member('packets'), DIMENSIONS),
      memberByLabels(member('bytes'), DIMENSIONS),
      member('match'),
      member('nomatch'),
      memberAs('addresses', element, `${stats}_cnt`),
    ]),
  };
};

/** A counter of which something is taken off, an array of such, or what it is in other releases. */
function pairOrMember(name: string, element: Members, path: string): ShapeMember {
  const { file } = element;
  const array = element.find(path);
  const single = element.find(`${path}.pkc_pcpu`);
  if (single !== undefined) {
    const zero = element.field(`${path}.pkc_zero`);
    const { offset } = single;
    return { path: name, offset, format: undefined, count: undefined, stride: 8, minus: zero.offset - offset };
  }
  const struct = array === undefined ? undefined : file.innermost(array.type);
  if (array?.size === undefined || struct === undefined || !isStruct(struct)) return memberAs(name, element, path);
  const pair = new Members(file, struct);
  const [counter, zero] = [pair.field('pkc_pcpu'), pair.field('pkc_zero')];
  if (!isCounter(file, counter.type)) throw new ShapeError(`pkc_pcpu of ${structName(struct)} is no counter`);
  return {
    path: name,
    offset: array.offset + counter.offset,
    format: undefined,
    count: array.size / struct.size,
    stride: struct.size,
    minus: zero.offset - counter.offset,
  };
}
