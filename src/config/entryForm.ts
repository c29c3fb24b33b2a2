/** Which of its two forms an entry has: explicit, with the place of each value, or typed, by names that the kernel's types know. */
import type { EntryKind } from './model.js';
import type { UserCounters, UserField, UserItem, UserMember } from './schema.js';

/** Keys that say where an entry's values lie. */
export const LAYOUT_KEYS = ['size', 'offset', 'length', 'label', 'names'] as const;

/** Keys that say where a member's or field's value lies. */
export const PLACE_KEYS = ['offset', 'index', 'format'] as const;

/** @param kind of the list that the entry is in */
export function isTypedForm(kind: EntryKind, user: UserCounters | UserItem): boolean {
  if ('struct' in user) return true;
  const listKey = kind === 'counters' ? 'members' : 'fields';
  if (listKey in user) return (membersOf(user) ?? []).some((item) => item !== undefined && isNamed(item));
  if (LAYOUT_KEYS.some((key) => key in user)) return false;
  // A symbol alone. With a metric and a help, it is one counter of which no more need be known.
  return kind !== 'counters' || !('metric' in user && 'help' in user);
}

/** The list that an entry of either kind has of what is in it. */
export function membersOf(
  user: UserCounters | UserItem,
): readonly (string | UserMember | UserField | undefined)[] | undefined {
  return 'members' in user ? user.members : 'fields' in user ? user.fields : undefined;
}

function isNamed(item: string | UserMember | UserField): boolean {
  return typeof item === 'string' || 'name' in item;
}
