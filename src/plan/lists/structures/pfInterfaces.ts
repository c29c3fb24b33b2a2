/**
 * The interfaces as pf(4) counts their packets: `pfi_ifs`, a tree of struct pfi_kkif (<net/pfvar.h>). Groups of interfaces, of which `all` is one, are in
 * it, too, but a packet is counted for its interface only: theirs are always 0.
 */
import { memberAs, memberByLabels, planOf, shapeOf, sliceOf, treeOf, type Compile } from './structure.js';

const DIMENSIONS = { family: ['ipv4', 'ipv6'], direction: ['in', 'out'], action: ['pass', 'block'] };

export const pfInterfaces: Compile = (file, type) => {
  const { tree, element } = treeOf(file, type, '_pfik_glue._pfik_tree');
  const name = { ...sliceOf(element, 'pfik_name'), label: 'interface', as: 'characters' } as const;
  return {
    plan: planOf([tree], {
      keys: [name],
      where: [{ ...sliceOf(element, 'pfik_group'), is: 'value', value: 0n }],
      // When it came, or was set to zero.
      same: [sliceOf(element, 'pfik_tzero')],
    }),
    shape: shapeOf(element.struct, [
      memberByLabels(memberAs('packets', element, 'pfik_packets'), DIMENSIONS),
      memberByLabels(memberAs('bytes', element, 'pfik_bytes'), DIMENSIONS),
    ]),
  };
};
