/** What `describe` shows of a list or an array: its elements, where a pack publishes them, else what a config could make of their members. */
import { configOfEntries } from '../config/ownEntries.js';
import { entriesOfPacks, type PackEntry } from '../config/packEntries.js';
import type { ObjectTypes } from '../ctf/types.js';
import { elementMembers, type ElementMember } from '../discover/elementMembers.js';
import { entryText, proposalFor } from '../discover/listEntry.js';
import type { ListSymbol } from '../discover/listSymbol.js';
import type { OpenedKernel } from '../service/openKernel.js';
import { basisText } from '../plan/layoutBasis.js';
import { startScraper } from '../service/scraper.js';
import { UserError } from '../service/userError.js';
import { table } from './table.js';
import { elementTable } from './valueTable.js';

export interface DescribeListOptions {
  readonly kvmKernel?: string;
  readonly addresses?: boolean;
}

const USES: Readonly<Record<NonNullable<ElementMember['use']>, string>> = {
  label: 'a label',
  counter: 'a counter(9)',
  zpcpu: 'the way to a zpcpu item',
  integer: 'an integer',
};

export async function showList(
  kernel: OpenedKernel,
  file: ObjectTypes,
  list: ListSymbol,
  options: DescribeListOptions,
): Promise<void> {
  console.log(`${list.what}${list.doubt === undefined ? '' : `; ${list.doubt}`}`);
  const own = entriesOfPacks('list').filter(({ entry }) => entry.symbol === list.symbol);
  for (const one of own) await showElements(kernel, one, pathOf(one), options);
  if (own.length > 0) return;
  const members = elementMembers(file, list.element);
  const lines = members.map(({ path, offset, type, use }) => [
    path,
    String(offset),
    type,
    use === undefined ? '' : USES[use],
  ]);
  console.log(['', ...columns(['member', 'offset', 'type', 'can be'], lines)].join('\n'));
  const proposal = list.doubt === undefined ? proposalFor(list, members, []) : undefined;
  if (proposal === undefined) return;
  const text = entryText(proposal, { type: proposal.areCounters ? 'counter' : 'gauge' }, false);
  console.log(`\nAn entry of a config, of which some may be left out:\n\nlist:\n  ${text}`);
}

/** The structures that packs have and that begin at this symbol: more is behind it than its own type tells. */
export function structuresAt(symbol: string): PackEntry[] {
  return entriesOfPacks('structures').filter(({ entry }) => entry.symbol === symbol);
}

/** True where a pack publishes the elements of the list at this symbol. */
export function isListOfPack(symbol: string): boolean {
  return entriesOfPacks('list').some(({ entry }) => entry.symbol === symbol);
}

export async function showStructures(
  kernel: OpenedKernel,
  structures: readonly PackEntry[],
  options: DescribeListOptions,
): Promise<void> {
  for (const one of structures) await showElements(kernel, one, one.entry.structure?.name ?? one.entry.symbol, options);
}

/** The offsets alone are numbers. */
function columns(head: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const width = Math.max(...[head, ...lines].map(([, offset = '']) => offset.length));
  const aligned = [head, ...lines].map(([member = '', offset = '', ...rest]) => [
    member,
    offset.padStart(width),
    ...rest,
  ]);
  return table(aligned[0] ?? [], aligned.slice(1), head.length);
}

function pathOf({ entry }: PackEntry): string {
  return [entry.symbol, ...(entry.list?.inside === undefined ? [] : [entry.list.inside.member])].join(', ');
}

/** @param title what they are */
export async function showElements(
  kernel: OpenedKernel,
  { pack, entry }: PackEntry,
  title: string,
  options: DescribeListOptions,
): Promise<void> {
  const members = entry.members?.map((rule) => ({ ...rule, cpu: 'both' as const }));
  const config = configOfEntries([{ ...entry, cpu: 'both', members }]);
  const snapshot = await startScraper(kernel, config, { kernelPath: options.kvmKernel }).read();
  const [status] = snapshot.report.symbols;
  console.log(`\n${title}, as the pack ${pack} publishes it:`);
  for (const basis of status?.bases ?? []) console.log(`known ${basisText(basis)}`);
  console.log('');
  if (snapshot.layout.rows.length > 0)
    console.log(elementTable(snapshot, { withAddresses: options.addresses === true }).join('\n'));
  else console.log('no elements');
  if (status?.up !== true) throw new UserError(`${entry.symbol}: ${status?.reason ?? 'it cannot be read'}`);
}
