/** What `describe` shows of a list or an array: its elements, where a pack publishes them, else what a config could make of their members. */
import { configOfEntries } from '../config/ownEntries.js';
import type { PackConfigs, PackEntry } from '../config/packConfigs.js';
import type { ObjectTypes } from '../ctf/types.js';
import { elementMembers, type ElementMember } from '../discover/elementMembers.js';
import { entryText, proposalFor } from '../discover/listEntry.js';
import type { ListSymbol } from '../discover/listSymbol.js';
import type { OpenedKernel } from '../service/openKernel.js';
import { startScraper } from '../service/scraper.js';
import { UserError } from '../service/userError.js';
import type { Answer } from './describeAnswer.js';
import { table } from './table.js';

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

/** A list, with the file whose types tell of it. */
interface ToldList {
  readonly file: ObjectTypes;
  readonly list: ListSymbol;
  /** What packs publish of it. */
  readonly published: readonly PackEntry[];
}

export async function showList(
  answer: Answer,
  kernel: OpenedKernel,
  { file, list, published }: ToldList,
  options: DescribeListOptions,
): Promise<void> {
  const { what, doubt } = list;
  answer.tell(`${what}${doubt === undefined ? '' : `; ${doubt}`}`, { what, doubt });
  for (const one of published) await showElements(answer, kernel, one, pathOf(one), options);
  if (published.length > 0) return;
  const members = elementMembers(file, list.element);
  const lines = members.map(({ path, offset, type, use }) => [
    path,
    String(offset),
    type,
    use === undefined ? '' : USES[use],
  ]);
  answer.tell(['', ...columns(['member', 'offset', 'type', 'can be'], lines)].join('\n'), {
    members: members.map(({ path, offset, type, use }) => ({ member: path, offset, type, use })),
  });
  const proposal = list.doubt === undefined ? proposalFor(list, members, []) : undefined;
  if (proposal === undefined) return;
  const text = entryText(proposal, { type: proposal.areCounters ? 'counter' : 'gauge' }, false);
  answer.tell(`\nAn entry of a config, of which some may be left out:\n\nlist:\n  ${text}`, { entry: text });
}

/** What packs publish at this symbol: the elements of a list, or a structure, of which more is behind it than its own type tells. */
export function publishedAt(packs: PackConfigs, kind: 'list' | 'structures', symbol: string): PackEntry[] {
  return packs.entriesOf(kind).filter(({ entry }) => entry.symbol === symbol);
}

/** The structure that a config calls so, of the pack that has it. */
export function structuresNamed(packs: PackConfigs, name: string): PackEntry[] {
  return packs.entriesOf('structures').filter(({ entry }) => entry.structure?.name === name);
}

export async function showStructures(
  answer: Answer,
  kernel: OpenedKernel,
  structures: readonly PackEntry[],
  options: DescribeListOptions,
): Promise<void> {
  for (const one of structures)
    await showElements(answer, kernel, one, one.entry.structure?.name ?? one.entry.symbol, options);
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
  answer: Answer,
  kernel: OpenedKernel,
  { pack, entry }: PackEntry,
  title: string,
  options: DescribeListOptions,
): Promise<void> {
  const members = entry.members?.map((rule) => ({ ...rule, cpu: 'both' as const }));
  const config = configOfEntries([{ ...entry, cpu: 'both', members }]);
  const snapshot = await startScraper(kernel, config, { kernelPath: options.kvmKernel }).read();
  const [status] = snapshot.report.symbols;
  const withAddresses = options.addresses === true;
  answer.elements(snapshot, { title, pack, known: status?.bases ?? [] }, { withAddresses });
  if (status?.up !== true) throw new UserError(`${entry.symbol}: ${status?.reason ?? 'it cannot be read'}`);
}
