/**
 * Elements by their age, as far as their list tells. Into a LIST, an SLIST or what begins with a bare pointer the kernel puts them at the head
 * (uma_kegs, kmemstatistics, vnet_head), since no pointer leads to the end; into a STAILQ or a TAILQ at the end.
 */
import type { ListPlan } from './listPlan.js';
import type { Element } from './walker.js';

/** @param elements in the order of a walk */
export function oldestFirst(elements: readonly Element[], { sequence, inside }: ListPlan): Element[] {
  const isNewestFirst = sequence.kind === 'links' && sequence.isNewestFirst;
  return runs(elements, ({ head }) => head).flatMap((list) => {
    const outers = runs(list, ({ outer, address }) => outer?.address ?? address);
    const inOrder = inside?.sequence.isNewestFirst === true ? outers.map((own) => own.reverse()) : outers;
    return (isNewestFirst ? inOrder.reverse() : inOrder).flat();
  });
}

/** Elements that follow each other and have the same key. */
function runs(elements: readonly Element[], keyOf: (element: Element) => unknown): Element[][] {
  const found: Element[][] = [];
  let key: unknown;
  for (const element of elements) {
    const own = keyOf(element);
    const last = found.at(-1);
    if (last !== undefined && own === key) last.push(element);
    else found.push([element]);
    key = own;
  }
  return found;
}
