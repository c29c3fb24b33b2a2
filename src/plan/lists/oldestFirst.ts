/**
 * Elements by their age, as far as their list tells. Into a LIST, an SLIST or what begins with a bare pointer the kernel puts them at the head
 * (uma_kegs, kmemstatistics, vnet_head), since no pointer leads to the end; into a STAILQ or a TAILQ at the end.
 */
import type { ListPlan } from './listPlan.js';
import { nodeAt, type Element } from './walker.js';

/** @param elements in the order of a walk */
export function oldestFirst(elements: readonly Element[], { levels }: ListPlan): Element[] {
  const isNewestFirst = levels.map(({ sequence }) => sequence.kind === 'links' && sequence.isNewestFirst);
  return runs(elements, ({ head }) => head).flatMap((list) => inOrder(list, isNewestFirst, levels.length - 1));
}

/** @param up levels above the elements at which those that are held by the same lie together */
function inOrder(elements: readonly Element[], isNewestFirst: readonly boolean[], up: number): Element[] {
  if (elements.length === 0) return [];
  const together = runs(elements, (element) => nodeAt(element, up).address);
  if (isNewestFirst[isNewestFirst.length - 1 - up] === true) together.reverse();
  return up === 0 ? together.flat() : together.flatMap((own) => inOrder(own, isNewestFirst, up - 1));
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
