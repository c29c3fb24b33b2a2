/** What a key does to a view. */
import { clampedAbove, roomFor } from './screen.js';
import { chosen, sortOrders, type Size, type View } from './view.js';

/** As node:readline tells of it. */
export interface Key {
  /** Such as `up` or `s`; undefined for characters that have no name. */
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What is not of the view. */
export type Command = 'quit' | 'suspend' | 'redraw';

export function pressed(view: View, key: Key, size: Size): View | Command {
  if (key.ctrl === true) {
    switch (key.name) {
      case 'c':
        return 'quit';
      case 'z':
        return 'suspend';
      case 'l':
        return 'redraw';
      case 'u':
        return view.filterBefore === undefined ? view : { ...view, filter: '' };
    }
  }
  if (view.isHelp) return key.name === 'q' ? 'quit' : { ...view, isHelp: false };
  if (view.filterBefore !== undefined) return typed(view, view.filterBefore, key);
  const next = sortOrders[(sortOrders.indexOf(view.sort) + 1) % sortOrders.length] ?? view.sort;
  switch (key.name ?? key.sequence) {
    case 'q':
      return 'quit';
    case 's':
      return { ...view, sort: next, above: 0 };
    case 'r':
      return { ...view, isReversed: !view.isReversed, above: 0 };
    case 'c':
      return { ...view, withCpus: !view.withCpus };
    case 'i':
      return { ...view, withIdle: !view.withIdle };
    case 'space':
      return { ...view, isPaused: !view.isPaused };
    case 'h':
      return { ...view, isHelp: true };
    case 'up':
    case 'k':
      return moved(view, size, -1);
    case 'down':
    case 'j':
      return moved(view, size, 1);
    case 'pageup':
      return moved(view, size, -roomFor(view, size));
    case 'pagedown':
      return moved(view, size, roomFor(view, size));
    case 'home':
      return moved(view, size, -Infinity);
    case 'end':
      return moved(view, size, Infinity);
  }
  if (key.sequence === '/') return { ...view, filterBefore: view.filter, above: 0 };
  return key.sequence === '?' ? { ...view, isHelp: true } : view;
}

/** A key while a filter is typed, which takes effect at once. */
function typed(view: View, before: string, { name, sequence = '', ctrl = false, meta = false }: Key): View {
  switch (name) {
    case 'return':
    case 'enter':
      return { ...view, filterBefore: undefined };
    case 'escape':
      return { ...view, filter: before, filterBefore: undefined };
    case 'backspace':
      return { ...view, filter: view.filter.replace(/.$/u, '') };
  }
  return !ctrl && !meta && /^[^\p{C}]$/u.test(sequence) ? { ...view, filter: view.filter + sequence, above: 0 } : view;
}

function moved(view: View, size: Size, by: number): View {
  if (view.frame === undefined) return view;
  return { ...view, above: clampedAbove(view.above + by, chosen(view.frame, view).length, roomFor(view, size)) };
}
