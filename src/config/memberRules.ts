/** Which rule of a typed entry holds for which member of its struct. */
import { isGlob, matchesGlob } from './glob.js';
import type { MemberRule, TypedEntry } from './model.js';

/** The label that tells the elements of an array apart where no other is given. */
export const ARRAY_LABEL = 'index';

/** The label of the parts on each CPU, and of arrays that hold them. */
export const CPU_LABEL = 'cpu';

export interface MemberSelection {
  /** In the order of the struct. */
  readonly chosen: readonly { readonly member: string; readonly rule: MemberRule }[];
  /** Rules that no member matches, although they are not optional. */
  readonly unmatched: readonly MemberRule[];
}

/**
 * A rule that names a member goes before globs, and of several globs the first one that matches. A glob whose members all have rules of
 * their own is not unmatched. An entry without rules takes every member.
 *
 * @param members the names of the struct's counters (or values), those in inner structs as `outer.inner`
 */
export function selectMembers(entry: TypedEntry, members: readonly string[]): MemberSelection {
  const rules = entry.members ?? [everyMember(entry)];
  const named = new Map(rules.filter(({ pattern }) => !isGlob(pattern)).map((rule) => [rule.pattern, rule]));
  const globs = rules.filter(({ pattern }) => isGlob(pattern));
  const matched = new Set<MemberRule>();
  const chosen = members.flatMap((member) => {
    const matching = globs.filter(({ pattern }) => matchesGlob(pattern, member));
    const rule = named.get(member) ?? matching[0];
    for (const one of matching) matched.add(one);
    if (rule === undefined) return [];
    matched.add(rule);
    return [{ member, rule }];
  });
  return { chosen, unmatched: rules.filter((rule) => !rule.optional && !matched.has(rule)) };
}

/** What an entry without `members` says of each member. */
function everyMember({ type, unit, cpu, peak, labels, at }: TypedEntry): MemberRule {
  return {
    pattern: '*',
    metric: undefined,
    help: undefined,
    type,
    ...(unit === undefined ? {} : { unit }),
    cpu,
    ...(peak === undefined ? {} : { peak }),
    labels,
    label: ARRAY_LABEL,
    names: undefined,
    optional: false,
    at,
  };
}
