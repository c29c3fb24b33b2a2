/** Entries of the list `list`: what the elements of a list of the kernel hold (queue(3)), those of an array, or of lists in lists. */
import * as z from 'zod/mini';
import { isIdentifier, labelNameProblem, memberPathProblem, symbolProblem } from '../names.js';
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { type Path, quote } from '../../yaml/diagnostics.js';
import { DEFAULT_LIST_LIMIT } from '../limits.js';
import type { ExpectedValue, ListRules, MemberCondition } from '../model.js';
import {
  inheritable,
  key,
  limitKey,
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
} from '../schemaParts.js';
import type { KindOfEntry } from './kind.js';

/** Beyond that a number of JSON would be another. */
const EXPECTED = 'a whole number below 2^53, or text';
const expected = z.union([z.int({ error: EXPECTED }), z.string()], { error: EXPECTED });
/** What `outer.` in front of a member's name, and alone as a value, means. */
const OUTER = 'outer';
const NO_LIST = 'without `inside`, expected the two together';
/** With each element that goes, a sum of counters would go back. */
const NO_SUM = "found the text `sum`, expected a label that numbers them, such as `nth`: Prometheus' sum adds them up";
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
    ...limitKey,
    duplicates: key(
      name,
      'The label that numbers elements with the same labels, from the second on. Default: none but the first is published, and the others are counted.',
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
  const { count, inside, duplicates } = user;
  const names = new NameCheck(source, 'inside' in user);
  const checked = (written: string | undefined, ...at: string[]): string | undefined => {
    if (written !== undefined) names.check([...path, ...at], written);
    return written;
  };
  const countProblem = count === undefined ? undefined : symbolProblem(count);
  if (countProblem !== undefined) source.report([...path, 'count'], countProblem);
  const keys = Object.entries(user.keys ?? {}).flatMap(([label, from]) => {
    const problem = labelNameProblem(label);
    if (problem !== undefined) source.reportKey([...path, 'keys', label], problem);
    const member = checked(from, 'keys', label);
    return member === undefined ? [] : [{ label, member }];
  });
  if (duplicates !== undefined) {
    const problem = duplicates === 'sum' ? NO_SUM : labelNameProblem(duplicates);
    if (problem !== undefined) source.report([...path, 'duplicates'], problem);
  }
  checkTogether(source, path, user);
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
    where: names.conditions([...path, 'where'], user.where),
    check: names.conditions([...path, 'check'], user.check),
    same: (user.same ?? []).flatMap((one, index) => {
      if (one !== undefined) names.check([...path, 'same', index], one);
      return one ?? [];
    }),
    zpcpu: checked(user.zpcpu, 'zpcpu'),
    instead:
      ifdata === undefined
        ? undefined
        : {
            unless: names.conditions([...path, 'instead', 'unless'], unless),
            ifdata: checked(ifdata, 'instead', 'ifdata') ?? '',
          },
    limit: user.limit ?? DEFAULT_LIST_LIMIT,
    duplicates,
  };
}

/** Keys of which one makes no sense beside another. */
function checkTogether(source: CheckedFile<unknown>, path: Path, user: UserList): void {
  if ('count' in user && 'link' in user) {
    source.reportKey([...path, 'count'], 'found together with `link`, expected it for an array');
  }
  if (!('instead' in user)) return;
  // What is told is told in the place of an interface's own counters.
  if ('zpcpu' in user) source.reportKey([...path, 'instead'], 'found together with `zpcpu`, expected one of the two');
}

/** Checks what names members, and what these are held against. */
class NameCheck {
  /** @param hasOuter true where there is a list in each element */
  constructor(
    private readonly source: CheckedFile<unknown>,
    private readonly hasOuter: boolean,
  ) {}

  check(path: Path, member: string, at: 'report' | 'reportKey' = 'report'): void {
    const problem = memberPathProblem(member);
    if (problem !== undefined) this.source[at](path, problem);
    else if (!this.hasOuter && member.startsWith(`${OUTER}.`))
      this.source[at](path, `found ${quote(member)} ${NO_LIST}`);
  }

  conditions(path: Path, user: Readonly<Record<string, ExpectedValue | undefined>> = {}): MemberCondition[] {
    return Object.entries(user).flatMap(([member, equals]) => {
      this.check([...path, member], member, 'reportKey');
      if (typeof equals === 'string' && !isIdentifier(equals)) {
        this.source.report([...path, member], `found ${quote(equals)}, expected a number or a name`);
      } else if (equals === OUTER && !this.hasOuter) {
        this.source.report([...path, member], `found ${quote(OUTER)} ${NO_LIST}`);
      }
      return equals === undefined ? [] : [{ member, equals }];
    });
  }
}
