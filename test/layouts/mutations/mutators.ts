/** Ways in which a layout of config/layouts may be wrong: of the file's list for one struct, one layout is changed. */
import { WORD_BYTES } from '../../../src/kernel/address.js';
import type { LayoutMember, StructLayout } from '../../../src/layouts/structLayout.js';
import type { Random } from '../../torture/random.js';

export interface Mutated {
  /** All layouts of the struct. */
  readonly layouts: readonly StructLayout[];
  /** Which of them is to be changed. */
  readonly at: number;
  readonly random: Random;
  readonly osreldate: number;
  /** Layouts of every struct there is. */
  readonly all: readonly StructLayout[];
}

/** The layouts with one of them changed; undefined where this one cannot be wrong in that way. */
export type Mutator = (mutated: Mutated) => readonly StructLayout[] | undefined;

const MADE_UP = 'made_up';
/** A release that no layout knows. */
const UNKNOWN: StructLayout['releases'] = [1_700_000, 1_700_999];

export const mutators: Readonly<Record<string, Mutator>> = {
  'two members swapped': onMembers((members, { random }) => {
    const [first, second] = pair(members, random);
    return first === undefined || second === undefined
      ? undefined
      : members.map((one) =>
          one === first ? { ...second, offset: one.offset } : one === second ? { ...first, offset: one.offset } : one,
        );
  }),
  'a member inserted, the size kept': onLayout((layout, { random }) => {
    const at = random.below(layout.members.length);
    if (layout.form === 'object') return { ...layout, members: pushedOn(layout.members, at, MADE_UP) };
    // The padding at the end is shortened, or whatever is there.
    const members = withWord(layout, at);
    const last = members.at(-1)!;
    const kept = last.count === undefined || last.count === 1 ? [] : [{ ...last, count: last.count - 1 }];
    return { ...layout, members: [...members.slice(0, -1), ...kept] };
  }),
  'a member inserted': onLayout((layout, { random }) => ({
    ...layout,
    members: withWord(layout, random.below(layout.members.length)),
    size: layout.size + WORD_BYTES,
  })),
  'a member dropped': onLayout((layout, { random }) => without(layout, random.pick(layout.members))),
  'a member dropped, the size kept': onLayout((layout, { random }) => {
    const shorter = without(layout, random.pick(layout.members));
    const count = (layout.size - shorter.size) / WORD_BYTES;
    const end = { name: '_end', type: 'uint64_t', count, offset: shorter.size };
    return { ...layout, members: layout.form === 'words' ? [...shorter.members, end] : shorter.members };
  }),
  'a member renamed': onMembers((members, { random, all }) => {
    const renamed = random.pick(members);
    const name = random.pick([MADE_UP, random.pick(members).name, random.pick(random.pick(all).members).name]);
    return members.map((one) => (one === renamed ? { ...one, name } : one));
  }),
  'all members moved by a word': onMembers((members, { random }) =>
    random.chance(0.5)
      ? members.map((one) => ({ ...one, offset: one.offset + WORD_BYTES }))
      : pushedOn(members, 0, MADE_UP),
  ),
  'members moved by half a word': onMembers((members, { random }) => {
    const moved = random.pick([random.pick(members), undefined]);
    return members.map((one) => (moved === undefined || one === moved ? { ...one, offset: one.offset + 4 } : one));
  }),
  "an array's length changed": onLayout((layout, { random }) => {
    const arrays = layout.members.filter(({ count }) => count !== undefined);
    if (arrays.length === 0) return undefined;
    const array = random.pick(arrays);
    const count = Math.max(1, array.count! + random.pick([-1, 1, 2]));
    const isWords = layout.form === 'words';
    const moved = isWords ? (count - array.count!) * WORD_BYTES : 0;
    const members = layout.members.map((one) =>
      one === array ? { ...one, count } : one.offset > array.offset ? { ...one, offset: one.offset + moved } : one,
    );
    return { ...layout, members, size: layout.size + moved };
  }),
  'another size claimed': onLayout((layout, { random }) => ({
    ...layout,
    size: layout.size + random.pick([-8, -4, 4, 8]),
  })),
  'a known release left out': onLayout((layout) => ({ ...layout, releases: UNKNOWN })),
  'an unknown release claimed': ({ layouts, osreldate, random }) => {
    const others = layouts.filter(({ releases: [first, last] }) => osreldate < first || osreldate > last);
    if (others.length === 0) return undefined;
    const other = random.pick(others);
    const claimed: StructLayout = { ...other, releases: [osreldate - 1000, osreldate + 1000] };
    const rest = layouts.filter((one) => one !== other);
    return random.chance(0.5) ? [claimed, ...rest] : [...rest, claimed];
  },
  "another release's layout in its place": onLayout((layout, { layouts, random }) => {
    const others = layouts.filter((one) => one !== layout);
    return others.length === 0 ? undefined : { ...random.pick(others), releases: layout.releases };
  }),
  "another struct's layout in its place": onLayout((layout, { all, random }) => {
    const other = random.pick(all.filter(({ struct, form }) => struct !== layout.struct && form === layout.form));
    const { struct } = random.chance(0.5) ? other : layout;
    const { symbols, releases, arch } = layout;
    const fitted = random.chance(0.5) ? fit(other, layout.size) : other;
    return { ...fitted, struct, symbols, releases, arch };
  }),
  'another architecture claimed': onLayout((layout, { random }) => ({
    ...layout,
    arch: random.pick(['amd64', 'aarch64', 'riscv64'].filter((arch) => arch !== layout.arch)),
  })),
};

/** Changes the layout of which it is the turn. */
function onLayout(change: (layout: StructLayout, mutated: Mutated) => StructLayout | undefined): Mutator {
  return (mutated) => {
    const layout = mutated.layouts[mutated.at]!;
    const changed = change(layout, mutated);
    return changed === undefined ? undefined : mutated.layouts.map((one) => (one === layout ? changed : one));
  };
}

/** Changes the members of a layout, or of a struct that its members are of, and no size. */
function onMembers(
  change: (members: readonly LayoutMember[], mutated: Mutated) => readonly LayoutMember[] | undefined,
): Mutator {
  return onLayout((layout, mutated) => {
    const inner = mutated.random.pick([undefined, ...layout.structs.keys()]);
    const body = inner === undefined ? layout : layout.structs.get(inner)!;
    const members = change(body.members, mutated);
    if (members === undefined) return undefined;
    if (inner === undefined) return { ...layout, members };
    return { ...layout, structs: new Map([...layout.structs, [inner, { ...body, members }]]) };
  });
}

/** Two different members, each of which fits where the other lies. */
function pair(members: readonly LayoutMember[], random: Random): (LayoutMember | undefined)[] {
  const first = random.pick(members);
  const alike = members.filter((one) => one !== first && one.type === first.type && one.count === first.count);
  return alike.length === 0 ? [] : [first, random.pick(alike)];
}

/** A new name for the member at `at`; each one after it that is of its form gets the name of the one before, and the last name is lost. */
function pushedOn(members: readonly LayoutMember[], at: number, name: string): readonly LayoutMember[] {
  const { type, count } = members[at]!;
  let pushed = name;
  return members.map((one, index) => {
    if (index < at || one.type !== type || one.count !== count) return one;
    const renamed = { ...one, name: pushed };
    pushed = one.name;
    return renamed;
  });
}

/** The members with one more before that at `at`, which moves those after it. */
function withWord({ form, members }: StructLayout, at: number): LayoutMember[] {
  const { offset } = members[at]!;
  const inserted = { name: MADE_UP, type: form === 'words' ? 'uint64_t' : 'counter_u64_t', count: undefined, offset };
  const moved = members.slice(at).map((one) => ({ ...one, offset: one.offset + WORD_BYTES }));
  return [...members.slice(0, at), inserted, ...moved];
}

/** The layout without a member: those after it move up. */
function without(layout: StructLayout, dropped: LayoutMember): StructLayout {
  const next = layout.members.find(({ offset }) => offset > dropped.offset)?.offset ?? layout.size;
  const by = next - dropped.offset;
  const members = layout.members
    .filter((one) => one !== dropped)
    .map((one) => (one.offset > dropped.offset ? { ...one, offset: one.offset - by } : one));
  return { ...layout, members, size: layout.size - by };
}

/** The layout as long as another: cut, or filled up with words. */
function fit(layout: StructLayout, size: number): StructLayout {
  const kept = layout.members.filter(({ offset, count = 1 }) => offset + count * WORD_BYTES <= size);
  const end = Math.max(0, ...kept.map(({ offset, count = 1 }) => offset + count * WORD_BYTES));
  if (layout.form === 'object' || end >= size) return { ...layout, members: kept, size };
  const filling = { name: 'filling', type: 'uint64_t', count: (size - end) / WORD_BYTES, offset: end };
  return { ...layout, members: [...kept, filling], size };
}
