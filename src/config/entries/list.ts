/** Entries of the list `list`: what the elements of a list of the kernel hold (queue(3)), those of an array, or of lists in lists. */
import * as z from 'zod/mini';
import { isIdentifier, labelNameProblem, memberProblem, symbolProblem } from '../names.js';
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { formatPath, type Path, quote } from '../../yaml/diagnostics.js';
import { DEFAULT_LIST_LIMIT, MAX_LIST_LIMIT } from '../limits.js';
import type { ExpectedValue, ListRules, MemberCondition } from '../model.js';
import {
  inheritable,
  key,
  listOf,
  listOfItems,
  type Loose,
  mapping,
  name,
  ofValues,
  path as memberPath,
  published,
  subject,
  TYPED_ITEMS,
  vnetKey,
  whole,
} from '../schemaParts.js';
import type { KindOfEntry } from './kind.js';

const expected = z.union([z.int(), z.string()], { error: 'a whole number or text' });
const conditions = z.record(memberPath, expected, { error: 'a mapping from members to values' });

const schema = mapping(
  {
    ...subject,
    ...vnetKey,
    link: key(
      memberPath,
      'The member that leads to the next element (an entry of queue(3), or a pointer). Without it, the symbol is an array.',
    ),
    count: key(name, 'Of an array: the symbol that tells how many elements it has. Default: as many as its type says.'),
    inside: key(
      mapping({
        member: memberPath,
        link: memberPath,
      }),
      'What is published is in a list in each element: the member that is its head, and that which links its elements.',
    ),
    keys: key(
      z.record(name, memberPath, { error: 'a mapping from label names to members' }),
      'Labels by which elements are told apart, and the member that each is taken from: an array of characters, a pointer to a text, an integer or an enum. `outer.MEMBER` is one of the element that holds the list.',
    ),
    where: key(
      conditions,
      'Elements are published only where these members have these values: a number, the name of an enumerator, or of a symbol that they point to.',
    ),
    check: key(
      conditions,
      'What no element is believed without: a number, `self` where the member points back to the element, `outer` where it points to the one that holds its list, `vnet` to the vnet.',
    ),
    same: key(
      listOf(memberPath),
      'Members that stay as they are for as long as an element is the same, such as its generation.',
    ),
    zpcpu: key(
      memberPath,
      'The member that points to the zpcpu item whose values are published. Default: the element.',
    ),
    instead: key(
      mapping({
        unless: conditions,
        ifdata: memberPath,
      }),
      'Of network interfaces: where these members have other values, the driver counts in a way of its own. The sums are then what the kernel tells by ifmib(4) of the interface whose index is in the member `ifdata`.',
    ),
    limit: key(
      whole(1, MAX_LIST_LIMIT),
      `Elements that are published at most; the others are counted. Default: ${DEFAULT_LIST_LIMIT}.`,
    ),
    duplicates: key(
      name,
      '`sum`: elements with the same labels are added up. Any other word: the label that numbers them, from the second on. Default: none but the first is published, and the others are counted.',
    ),
    ...published,
    ...inheritable,
    members: key(
      listOfItems(ofValues),
      'Counters and integers of an element that are metrics of their own. Default: all of them.',
    ),
  },
  // As `properties` it would take the place of those above.
  { allOf: [{ properties: { members: TYPED_ITEMS } }] },
);

type UserList = Loose<z.input<typeof schema>>;

export const list: KindOfEntry = {
  description: 'What the elements of lists and arrays of the kernel hold.',
  schema,
  listKey: 'members',
  layoutKeys: [],
  nouns: { symbol: 'Value', member: 'Member' },
  hasArraysByCpu: true,
  isExplicitAlone: () => false,
  typedDefaults: (_user, defaults) => defaults,

  typedRules({ source }, path, user: UserList) {
    return { list: rulesOf(source, path, user) };
  },
};

function rulesOf(source: CheckedFile<unknown>, path: Path, user: UserList): ListRules {
  const checked = (written: string | undefined, ...at: string[]): string | undefined => {
    const problem = written === undefined ? undefined : memberProblem(written);
    if (problem !== undefined) source.report([...path, ...at], problem);
    return written;
  };
  const { count, inside, duplicates } = user;
  const countProblem = count === undefined ? undefined : symbolProblem(count);
  if (countProblem !== undefined) source.report([...path, 'count'], countProblem);
  if ('count' in user && 'link' in user) {
    source.reportKey([...path, 'count'], 'found together with `link`, expected it for an array');
  }
  const keys = Object.entries(user.keys ?? {}).flatMap(([label, from]) => {
    const problem = labelNameProblem(label);
    if (problem !== undefined) source.reportKey([...path, 'keys', label], problem);
    checkNotFixed(source, [...path, 'keys', label], label, user);
    const member = checked(from, 'keys', label);
    return member === undefined ? [] : [{ label, member }];
  });
  if (duplicates !== undefined && duplicates !== 'sum') {
    const problem = labelNameProblem(duplicates);
    if (problem !== undefined) source.report([...path, 'duplicates'], problem);
    checkNotFixed(source, [...path, 'duplicates'], duplicates, user);
  }
  const { member: insideMember, link: insideLink } = inside ?? {};
  const { unless, ifdata } = user.instead ?? {};
  return {
    link: checked(user.link, 'link'),
    count,
    inside:
      insideMember === undefined || insideLink === undefined
        ? undefined
        : {
            member: checked(insideMember, 'inside', 'member') ?? '',
            link: checked(insideLink, 'inside', 'link') ?? '',
          },
    keys,
    where: conditionsOf(source, [...path, 'where'], user.where),
    check: conditionsOf(source, [...path, 'check'], user.check),
    same: (user.same ?? []).flatMap((one, index) => {
      const problem = one === undefined ? undefined : memberProblem(one);
      if (problem !== undefined) source.report([...path, 'same', index], problem);
      return one ?? [];
    }),
    zpcpu: checked(user.zpcpu, 'zpcpu'),
    instead:
      ifdata === undefined
        ? undefined
        : {
            unless: conditionsOf(source, [...path, 'instead', 'unless'], unless),
            ifdata: checked(ifdata, 'instead', 'ifdata') ?? '',
          },
    limit: user.limit ?? DEFAULT_LIST_LIMIT,
    duplicates,
  };
}

function conditionsOf(
  source: CheckedFile<unknown>,
  path: Path,
  user: Readonly<Record<string, ExpectedValue | undefined>> = {},
): MemberCondition[] {
  return Object.entries(user).flatMap(([member, equals]) => {
    const problem = memberProblem(member);
    if (problem !== undefined) source.reportKey([...path, member], problem);
    if (typeof equals === 'string' && !isIdentifier(equals)) {
      source.report([...path, member], `found ${quote(equals)}, expected a number or a name`);
    }
    return equals === undefined ? [] : [{ member, equals }];
  });
}

/** A label has one value, and one place that gives it. */
function checkNotFixed(source: CheckedFile<unknown>, path: Path, label: string, { labels }: UserList): void {
  if (labels !== undefined && label in labels) {
    source.report(
      path,
      `found the label ${quote(label)} here and among \`labels\` (${formatPath(['labels', label])}), expected it once`,
    );
  }
}
