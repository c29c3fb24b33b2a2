/** Finds the lists and arrays of a file whose elements hold counter(9)s, by its type information, and what of them can be read now. */
import { matchesGlob } from '../config/glob.js';
import type { MetricType, TypedEntry } from '../config/model.js';
import type { PackEntry } from '../config/packConfigs.js';
import type { CtfFile } from '../ctf/ctfFile.js';
import { CtfError } from '../ctf/errors.js';
import { DPCPU_PREFIX } from '../kernel/symbols.js';
import type { Expander } from '../plan/expand.js';
import { isRead } from '../snapshots/values.js';
import { classify } from './classify.js';
import { elementMembers, type ElementMember } from './elementMembers.js';
import { judge, type Gauge } from './gauges.js';
import { entryOf, proposalFor, type ListProposal } from './listEntry.js';
import { listSymbol, type ListSymbol } from './listSymbol.js';
import type { Observed } from './observe.js';

export interface FoundList {
  readonly list: ListSymbol;
  readonly proposal: ListProposal;
}

/** An entry of the config that discovery writes. */
export interface DiscoveredList extends FoundList {
  readonly type: MetricType;
  /** Members that are gauges, all of them where the type is. */
  readonly gauges: readonly Gauge[];
  /** As in Discovered. */
  readonly metric: string | undefined;
  /** Why it is not to be published; empty where it is. */
  readonly problem: string;
  readonly elements: number;
  /** Elements of which something does not hold that must. */
  readonly doubtful: number;
  /** Values that can be read now. */
  readonly readable: number;
}

/** @param remarks is told what was passed over, and why */
export function findLists(
  file: CtfFile,
  symbols: string | undefined,
  packs: readonly PackEntry[],
  remarks: string[],
): FoundList[] {
  const finder = new Finder(file);
  const found = new Map<string, ListSymbol[]>();
  for (const { name, type } of file.objects()) {
    if (name.startsWith(DPCPU_PREFIX)) continue;
    try {
      const list = finder.look(name, type);
      if (list === undefined || (symbols !== undefined && !matchesGlob(symbols, list.symbol))) continue;
      found.set(list.symbol, [...(found.get(list.symbol) ?? []), list]);
    } catch (error) {
      if (!(error instanceof CtfError)) throw error;
      remarks.push(`${name}: ${error.message}`);
    }
  }
  return [...found].flatMap(([symbol, [list, ...others]]) => {
    if (list === undefined) return [];
    const reason =
      others.length > 0
        ? `${others.length + 1} symbols have this name, and which one is meant cannot be said`
        : /^[A-Za-z_]\w*$/.test(symbol)
          ? list.doubt
          : 'a variable inside a function';
    const proposal = reason === undefined ? proposalFor(list, finder.membersOf(list), packs) : undefined;
    if (reason !== undefined) remarks.push(`${symbol}, ${list.what}: ${reason}`);
    return proposal === undefined ? [] : [{ list, proposal }];
  });
}

/** Looks at each type once: thousands of symbols have the same. */
class Finder {
  private readonly known = new Map<number, ListSymbol | undefined>();
  private readonly members = new Map<number, readonly ElementMember[]>();

  constructor(private readonly file: CtfFile) {}

  /** Undefined for what is no list of elements that hold counters. */
  look(name: string, typeId: number): ListSymbol | undefined {
    const type = this.file.type(typeId);
    if (!this.known.has(typeId)) {
      // What holds counters itself is none.
      const isOwn = classify(this.file, name, type) !== undefined;
      const list = isOwn ? undefined : listSymbol(this.file, name, type);
      const holdsCounters = list !== undefined && this.membersOf(list).some(({ use }) => use === 'counter');
      this.known.set(typeId, holdsCounters ? list : undefined);
    }
    return this.known.get(typeId) === undefined ? undefined : listSymbol(this.file, name, type);
  }

  membersOf({ element }: ListSymbol): readonly ElementMember[] {
    let members = this.members.get(element.id);
    if (members === undefined) {
      members = elementMembers(this.file, element);
      this.members.set(element.id, members);
    }
    return members;
  }
}

/** What its metrics are called, and why it can't be so. */
export interface NamedList extends FoundList {
  readonly metric: string | undefined;
  readonly problem: string | undefined;
  /** By which it is read. */
  readonly entry: TypedEntry;
}

/** @param expander knows which names are taken */
export function nameList(found: FoundList, expander: Expander): NamedList {
  const { proposal } = found;
  let problem: string | undefined;
  for (const metric of [undefined, `list_${proposal.symbol.toLowerCase()}_*`]) {
    // Counters take more names than gauges.
    problem = expander.expand(entryOf(proposal, { type: 'counter', metric })).fault?.reason;
    // As gauges they show where they go down.
    if (problem === undefined)
      return { ...found, metric, problem, entry: entryOf(proposal, { type: 'gauge', metric }) };
  }
  return { ...found, metric: undefined, problem, entry: entryOf(proposal, { type: 'gauge' }) };
}

/** @param index of its entry in what was observed */
export function judgeList(
  { list, proposal, metric, problem }: NamedList,
  observed: Observed,
  index: number,
): DiscoveredList {
  const { snapshot, movement, rowsOf, reasons, tallies } = observed;
  const rows = rowsOf[index] ?? [];
  const gauges = new Map<string, Gauge>();
  for (const row of rows) {
    const name = snapshot.layout.rows[row]?.member ?? '';
    const { isGauge, why } = judge({ name, isStatistic: false, seen: movement.of(row) });
    if (isGauge && !gauges.has(name)) gauges.set(name, { name, why });
  }
  const elements = snapshot.layout.instances[index]?.length ?? 0;
  const readable = rows.filter((row) => isRead(snapshot, row)).length;
  const { beyondLimit = 0, doubtful = 0 } = tallies.get(index) ?? {};
  const reason = problem ?? reasons.get(proposal.symbol) ?? '';
  return {
    list,
    proposal,
    type: gauges.size > 0 && gauges.size === proposal.members?.length ? 'gauge' : 'counter',
    gauges: [...gauges.values()],
    metric,
    problem: reason === '' ? whyNot(elements, readable, beyondLimit, doubtful) : reason,
    elements,
    doubtful,
    readable,
  };
}

/** Empty where its elements can be published, all of them. */
function whyNot(elements: number, readable: number, beyondLimit: number, doubtful: number): string {
  if (beyondLimit > 0) return `it has ${elements + beyondLimit} elements; "limit" would let so many be published`;
  if (elements === 0) return doubtful > 0 ? `of ${doubtful} elements none is believed` : 'it has no elements now';
  return readable === 0 ? 'none of its values could be read' : '';
}
