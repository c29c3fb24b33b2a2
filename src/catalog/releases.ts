/** In which releases of FreeBSD a symbol or member is known to be, by the files of config/layouts. */
import type { LayoutData } from '../layouts/layoutFiles.js';
import type { StructBody, StructLayout } from '../layouts/structLayout.js';

/** Each with the `__FreeBSD_version` that it was released with, in that order. */
const RELEASES: readonly (readonly [name: string, osreldate: number])[] = [
  ['12.1', 1_201_000],
  ['12.2', 1_202_000],
  ['12.3', 1_203_000],
  ['12.4', 1_204_000],
  ['13.0', 1_300_139],
  ['13.1', 1_301_000],
  ['13.2', 1_302_001],
  ['13.3', 1_303_001],
  ['13.4', 1_304_000],
  ['13.5', 1_305_000],
  ['14.0', 1_400_097],
  ['14.1', 1_401_000],
  ['14.2', 1_402_000],
  ['14.3', 1_403_000],
  ['15.0', 1_500_068],
  ['15.1', 1_501_000],
];

/** What the layouts tell of where a value is. */
export interface KnownPlace {
  /** Such as `12.1–15.1`, or `12.1–13.5, 15.0–15.1`; undefined where no layout knows it. */
  readonly releases: string | undefined;
  /** True where a layout has an array there. */
  readonly isArray: boolean;
}

/** @param member undefined for a symbol that is a counter by itself */
export function knownPlace(layouts: LayoutData, symbol: string, member: string | undefined): KnownPlace {
  if (member === undefined) {
    return { releases: releaseText(layouts.counters(symbol).map(({ releases }) => releases)), isArray: false };
  }
  const having = layouts.structs(symbol).flatMap((layout) => {
    const isMany = isArrayIn(layout, member);
    return isMany === undefined ? [] : [{ releases: layout.releases, isMany }];
  });
  return {
    releases: releaseText(having.map(({ releases }) => releases)),
    isArray: having.some(({ isMany }) => isMany),
  };
}

/** Undefined where the struct has no such member. */
function isArrayIn(layout: StructLayout, path: string): boolean | undefined {
  const name = path.replace(/\[\d+\]$/, '');
  const own = memberOf(layout, name);
  if (own !== undefined) return own.count !== undefined && name === path;
  const outer = layout.members.find((member) => name.startsWith(`${member.name}.`));
  const body = outer === undefined ? undefined : layout.structs.get(outer.type);
  const inner =
    outer === undefined || body === undefined ? undefined : memberOf(body, name.slice(outer.name.length + 1));
  return inner === undefined ? undefined : outer?.count !== undefined || inner.count !== undefined;
}

function memberOf({ members }: StructBody, name: string): StructBody['members'][number] | undefined {
  return members.find((member) => member.name === name);
}

function releaseText(ranges: readonly (readonly [number, number])[]): string | undefined {
  const runs: [first: string, last: string][] = [];
  let isRun = false;
  for (const [name, osreldate] of RELEASES) {
    const isIn = ranges.some(([first, last]) => first <= osreldate && osreldate <= last);
    const run = runs.at(-1);
    if (isIn && isRun && run !== undefined) run[1] = name;
    else if (isIn) runs.push([name, name]);
    isRun = isIn;
  }
  const texts = runs.map(([first, last]) => (first === last ? first : `${first}–${last}`));
  return texts.length === 0 ? undefined : texts.join(', ');
}
