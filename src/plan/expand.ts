/** Typed entries → entries with offsets, by the kernel's type information. What a kernel does not have becomes a fault of its entry. */
import { didYouMean } from '../yaml/diagnostics.js';
import type { FamilyNames } from '../config/familyNames.js';
import { MAX_FIELDS } from '../config/limits.js';
import { madeHelp } from '../config/madeHelps.js';
import { memberMetric, symbolMetric, wholeMemberMetric } from '../config/madeNames.js';
import { CPU_LABEL, selectMembers } from '../config/memberRules.js';
import {
  isTyped,
  type ConfigEntry,
  type Entry,
  type Family,
  type Field,
  type FieldValue,
  type Label,
  type MemberRule,
  type MetricType,
  type TypedEntry,
} from '../config/model.js';
import { isGlob } from '../config/glob.js';
import { extentOf, unsignedOf, type ValueFormat } from '../config/valueFormats.js';
import { CtfError, ElfError, KernelFileError } from '../ctf/errors.js';
import { WORD_BYTES } from '../kernel/address.js';
import { KvmError, NoDataError } from '../kernel/errors.js';
import { LayoutError } from '../layouts/provenLayouts.js';
import type { Found, InstanceSource } from './instances/instance.js';
import type { Place } from './kinds/kind.js';
import { kinds } from './kinds/registry.js';
import type { LayoutBasis } from './layoutBasis.js';
import { ProvenShapes } from './provenShapes.js';
import { sizeMisfit } from './resolution.js';
import { ShapeError, type Shape, type ShapeMember, type StructShape } from './shapes.js';
import type { LayoutSource } from './layoutSource.js';
import type { FollowPlan } from './instances/follow.js';
import { withCells } from './lists/levels.js';
import { compileVnets, type VnetsPlan } from './lists/vnets.js';
import { laidOutSymbol, symbolShape } from './symbolShape.js';
import type { TypeSource } from './typeSource.js';
import type { Cause, Unresolved } from './unresolved.js';

/** An entry as it is planned, and what keeps it, or part of it, from being published. */
export interface Expansion {
  readonly entry: Entry;
  readonly fault: Unresolved | undefined;
  /** Undefined where nothing is known of where its values lie. */
  readonly basis: LayoutBasis | undefined;
  /** Undefined where its instances do not come and go on their own. */
  readonly follow: FollowPlan | undefined;
}

export class Expander {
  private fieldCount = 0;
  /** True where something could not be found out that may be known later: a file could not be opened, a look-up failed. */
  incomplete = false;

  constructor(
    private readonly kernel: InstanceSource,
    private readonly types: TypeSource,
    private readonly layouts: LayoutSource,
    private readonly names: FamilyNames,
    private readonly proven = new ProvenShapes(),
  ) {}

  expand(entry: ConfigEntry): Expansion {
    try {
      if (isTyped(entry)) return this.expandTyped(entry);
      const basis = this.checkOffsets(entry);
      const found = entry.inAllVnets === true ? kinds[entry.kind].instances.find(entry, this.kernel) : undefined;
      return { entry, basis, ...this.followed(entry, found) };
    } catch (error) {
      const { reason, cause } = this.faultBy(error);
      return nothing(entry, reason, cause);
    }
  }

  /** What an error says of an entry. Throws it where it says nothing of the kernel. */
  private faultBy(error: unknown): Unresolved {
    if (error instanceof ShapeError) return { reason: error.message, cause: 'unfit' };
    if (![KvmError, KernelFileError, CtfError, ElfError].some((type) => error instanceof type)) throw error;
    const reason = (error as Error).message;
    if (error instanceof NoDataError) return { reason, cause: 'unfit' };
    if (error instanceof KvmError || error instanceof KernelFileError) this.incomplete = true;
    return { reason, cause: 'failed' };
  }

  private expandTyped(entry: TypedEntry): Expansion {
    const kind = kinds[entry.kind];
    const symbol = kind.instances.find(entry, this.kernel);
    if (symbol === undefined) return nothing(entry, 'no loaded file has this symbol', 'missing');
    const rules = JSON.stringify([entry.list, entry.structure, entry.interrupts]);
    const question = `${entry.kind} ${entry.symbol} ${entry.struct ?? ''} ${rules}`;
    const { shape, basis } = this.proven.of(question, symbol.origin, () =>
      symbolShape(entry, symbol, this.types, this.layouts),
    );
    const itemSize = kind.itemSize(shape);
    const { fields: found, problems } = this.fieldsOf(entry, shape);
    const fields = kind.finish?.(found) ?? found;
    this.fieldCount += fields.length;
    if (this.fieldCount > MAX_FIELDS) throw new ShapeError(`with it, more than ${MAX_FIELDS} values would be read`);
    const { optional, at } = entry;
    const [problem] = problems;
    const { follow, fault } = this.followed(entry, symbol, withCellsOf(shape, fields));
    return {
      entry: {
        kind: entry.kind,
        symbol: entry.symbol,
        optional,
        symbolSize: kind.symbolSize(symbol),
        itemSize: kind.readsWhole ? itemSize : extentOf(fields),
        fields,
        ...(entry.inAllVnets === true ? { inAllVnets: true } : {}),
        at,
      },
      basis,
      follow,
      fault: problem === undefined ? fault : { reason: problem, cause: 'failed' },
    };
  }

  /** Where nothing tells of the vnets of jails, the one that this process is in is there all the same. */
  private followed(entry: ConfigEntry, found: Found | undefined, shape?: Shape): Pick<Expansion, 'follow' | 'fault'> {
    try {
      return { follow: this.followPlan(entry, found, shape), fault: undefined };
    } catch (error) {
      // The elements of a list may have to tell in which vnet they are.
      if (shape?.kind === 'struct' && (shape.list ?? shape.sockets) !== undefined) throw error;
      const { reason, cause } = this.faultBy(error);
      return {
        follow: undefined,
        fault: { reason: `only that of this vnet is read, not those of jails: ${reason}`, cause },
      };
    }
  }

  private followPlan(entry: ConfigEntry, found: Found | undefined, shape?: Shape): FollowPlan | undefined {
    const { list, sockets } = shape?.kind === 'struct' ? shape : {};
    const interrupts = shape?.kind === 'value' ? shape.interrupts : undefined;
    // What is in no vnet is there once, whoever asks.
    const inAllVnets = entry.inAllVnets === true && found?.vnet !== undefined;
    if (list === undefined && sockets === undefined && interrupts === undefined && !inAllVnets) return undefined;
    const asksForVnet = list?.check.some(({ is }) => is === 'vnet') ?? false;
    const vnets = inAllVnets || asksForVnet ? this.vnetsPlan() : undefined;
    return { list, ...(sockets === undefined ? {} : { sockets }), interrupts, vnets, inAllVnets };
  }

  private vnetsPlan(): VnetsPlan | undefined {
    const head = this.kernel.symbols.resolve('vnet_head');
    if (head === undefined) return undefined;
    return this.proven.of('vnets', head.origin, () => compileVnets(this.types.typesFor(head.origin)));
  }

  /**
   * Where the types can be had, what a config describes by offsets must be what they say, too: another value in the place of a counter
   * would be followed as a pointer, and what lies behind the end of an item is another counter's. Where they cannot, counters are held against
   * the sysctls that tell them. Throws ShapeError.
   */
  private checkOffsets(entry: Entry): LayoutBasis | undefined {
    const { symbol } = entry;
    const kind = kinds[entry.kind];
    const found = kind.instances.find(entry, this.kernel);
    // What is not there, or too small, is told when it is resolved.
    if (found === undefined || sizeMisfit(entry, found.size) !== undefined) return undefined;
    const { origin } = found;
    const what = entry.fields.map(({ cellOffset, offset, format }) => `${cellOffset} ${offset} ${format}`).join();
    const question = `${entry.kind} ${symbol} ${entry.itemSize} ${what}`;
    try {
      return this.proven.of(question, origin, () => {
        const file = this.types.typesFor(origin);
        const type = file.typeOfObject(origin.name);
        if (type === undefined) return this.checkCounters(entry, found);
        kind.checkOffsets(file, type, entry);
        return { source: 'offsets', proof: 'types' } as const;
      });
    } catch (error) {
      if (!(error instanceof KernelFileError)) throw error;
      const basis = this.proven.of(`${question} without types`, origin, () => this.checkCounters(entry, found));
      // What a sysctl bears out needs no types later either.
      if (basis.proof === 'none') this.incomplete = true;
      return basis;
    }
  }

  private checkCounters(entry: Entry, found: Found): LayoutBasis {
    const offsets = kinds[entry.kind].isCounter ? entry.fields.map(({ cellOffset }) => cellOffset) : [];
    try {
      return { source: 'offsets', proof: this.layouts.check(laidOutSymbol(entry, found), offsets) };
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      throw new ShapeError(error.message);
    }
  }

  private fieldsOf(entry: TypedEntry, shape: Shape): { fields: Field[]; problems: string[] } {
    if (shape.kind === 'value') return this.valueFields(entry, shape.member);
    if (entry.metric !== undefined && !entry.metric.includes('*')) {
      throw new ShapeError(`it is ${shape.name}, so that "metric" must have a "*" for the names of its members`);
    }
    // Without rules, members that are only there to fill the struct are left out.
    const candidates = shape.members.filter(({ path }) => entry.members !== undefined || !path.startsWith('_'));
    const byPath = new Map(candidates.map((member) => [member.path, member]));
    for (const { pattern } of entry.members ?? []) {
      const element = elementNamed(pattern, byPath);
      if (element !== undefined) byPath.set(pattern, element);
    }
    const { chosen, unmatched } = selectMembers(entry, [...byPath.keys()]);
    const problems = unmatched.map(({ pattern }) => missingMember(pattern, shape));
    /** Rules of which nothing came yet, and the first member that gave nothing. */
    const empty = new Map<MemberRule, ShapeMember>();
    const fruitful = new Set<MemberRule>();
    const fields = chosen.flatMap(({ member, rule }) => {
      const found = byPath.get(member);
      if (found === undefined) return [];
      if (isEndless(found) && rule.label !== CPU_LABEL) {
        if (!empty.has(rule)) empty.set(rule, found);
        return [];
      }
      fruitful.add(rule);
      const made = this.memberFields(entry, found, rule, shape);
      if (typeof made !== 'string') return made;
      problems.push(`${member}: ${made}`);
      return [];
    });
    for (const [rule, member] of empty) {
      if (entry.members !== undefined && !fruitful.has(rule)) problems.push(endlessText(member, rule));
    }
    return { fields, problems };
  }

  private valueFields(entry: TypedEntry, member: ShapeMember): { fields: Field[]; problems: string[] } {
    if (entry.members !== undefined) throw new ShapeError('it is no struct, so that it has no members');
    if (entry.metric?.includes('*') === true) {
      throw new ShapeError('it is no struct, so that "metric" must be a name without "*"');
    }
    const { type, unit, cpu, peak, at, labels } = entry;
    const help = entry.help ?? madeHelp(entry);
    const mode = member.access === undefined ? cpu : 'sum';
    const family = this.names.takeFamily({ metric: symbolMetric(entry), help, type, unit, cpu: mode, peak, at });
    if (typeof family === 'string') return { fields: [], problems: [family] };
    return { fields: elements(entry, family, member, labels, 'index', undefined), problems: [] };
  }

  /** The fields of one member, or what is wrong with it. */
  private memberFields(entry: TypedEntry, member: ShapeMember, rule: MemberRule, shape: StructShape): Field[] | string {
    const { type, unit, cpu, peak, at, labels, label, names } = rule;
    if (names !== undefined && member.elementLabels !== undefined) return 'its elements have labels of their own';
    const isByCpu = label === CPU_LABEL;
    if (rule.plus === member.path) return 'it would be added to itself';
    const plus = this.plusOf(entry, rule, shape, isByCpu || member.count === undefined);
    if (typeof plus === 'string') return plus;
    const missing = isByCpu ? this.missingElements(member) : undefined;
    if (missing !== undefined) return missing;
    const highest = names === undefined ? -1 : Math.max(...names.keys());
    // An optional member may have fewer elements in another release.
    if (highest >= 0 && highest >= (member.count ?? 0) && !rule.optional) {
      return member.count === undefined
        ? 'it is no array, so that its elements have no names'
        : `it has ${member.count} elements, but the config names number ${highest}`;
    }
    // The kernel counts in signed integers, too. That one only grows is for the config to say, of that member and not of all that a glob matches.
    const mayCount = member.format?.startsWith('u') ?? true;
    if (type === 'counter' && !mayCount && (member.format === 'ptr' || isGlob(rule.pattern))) {
      return `it is ${member.format}, which may go down, so that it is no counter`;
    }
    const help = rule.help ?? madeHelp(entry, member.path, shape.name.replace(/^\w+ /, ''));
    const isOfNoCpu =
      (member.access?.way === 'itself' && !isByCpu) || plus?.access?.way === 'itself' || member.minus !== undefined;
    const mode = isOfNoCpu ? 'sum' : cpu;
    const metric = (entry.wholeNames === true ? wholeMemberMetric : memberMetric)(entry, rule, member.path);
    const family = this.names.takeFamily({ metric, help, type, unit, cpu: mode, peak, at });
    if (typeof family === 'string') return family;
    if (isByCpu) return [arrayByCpu(entry, family, member, labels)];
    const fields = elements(entry, family, member, labels, label, names);
    return plus === undefined ? fields : fields.map((field) => ({ ...field, plus }));
  }

  /** What the config adds to a member; a text where it cannot be added. */
  private plusOf(
    { kind }: TypedEntry,
    { plus, type }: MemberRule,
    { members, name }: StructShape,
    isOne: boolean,
  ): Field['plus'] | string {
    if (plus === undefined) return undefined;
    const found = members.find(({ path }) => path === plus);
    if (found === undefined) return `${name} has no member ${plus}, which is to be added`;
    if (!isOne) return 'it is an array, to which nothing can be added';
    const isByCpu = found.count !== undefined;
    const missing = isByCpu ? this.missingElements(found) : undefined;
    if (missing !== undefined) return `${plus}: ${missing}`;
    return { ...kinds[kind].place(found.offset, found, isByCpu), format: formatOf(found, type) };
  }

  /** An array by CPU id has an element for each. One without a length ends the struct, and is as long as it must be. */
  private missingElements({ count }: ShapeMember): string | undefined {
    const ids = this.kernel.facts.maxId + 1;
    if (count === undefined) return 'it is no array by CPU';
    return count === 0 || count >= ids ? undefined : `it has ${count} elements, but there are ${ids} CPU ids`;
  }
}

/**
 * The element of an array that `member[3]`, or of one of structs `array[3].member`, stands for, as a member of its own; undefined where there is
 * none. Of an array that has no length only the first is known to be there.
 */
function elementNamed(pattern: string, members: ReadonlyMap<string, ShapeMember>): ShapeMember | undefined {
  const { path, index } = splitElement(pattern) ?? { path: undefined, index: 0 };
  const array = path === undefined ? undefined : members.get(path);
  if (array?.count === undefined || index >= Math.max(1, array.count)) return undefined;
  return { ...array, path: pattern, offset: array.offset + index * array.stride, count: undefined };
}

function splitElement(pattern: string): { readonly path: string; readonly index: number } | undefined {
  const [, before, index, after] = /^(.*)\[(\d+)\](.*)$/.exec(pattern) ?? [];
  return before === undefined ? undefined : { path: `${before}${after ?? ''}`, index: Number(index) };
}

/** True for a member at the end of its struct that is as long as it is allocated, which no type tells. */
function isEndless({ count }: ShapeMember): boolean {
  return count === 0;
}

/** What is wrong with a rule of which nothing can come because of this member, and how to mend it. */
function endlessText({ path, array = path }: ShapeMember, { at: { file, line, column } }: MemberRule): string {
  const first = `${array}[0]${path.slice(array.length)}`;
  return `${file}:${line}:${column}: the type of ${array} does not tell how long that array is: name its first element, \`${first}\`, or say \`label: ${CPU_LABEL}\` where it has one for each CPU`;
}

function formatOf({ format }: ShapeMember, type: MetricType): ValueFormat {
  return type === 'counter' ? unsignedOf(format ?? 'u64') : (format ?? 'i64');
}

/** The field of an array whose elements are the CPUs' parts. */
function arrayByCpu({ kind }: TypedEntry, family: Family, member: ShapeMember, labels: readonly Label[]): Field {
  const place = kinds[kind].place(member.offset, member, true);
  return { family, labels, ...place, format: formatOf(member, family.type), member: member.path };
}

/** One field for a value, one for each element of an array. */
function elements(
  { kind }: TypedEntry,
  family: Family,
  shaped: ShapeMember,
  labels: readonly Label[],
  label: string,
  names: ReadonlyMap<number, string> | undefined,
): Field[] {
  const { path, offset, count, stride } = shaped;
  const place = (index: number): Place => kinds[kind].place(offset + index * stride, shaped, false);
  const field = (index: number, own: readonly Label[]): Field => ({
    family,
    labels: [...labels, ...own],
    ...place(index),
    format: formatOf(shaped, family.type),
    ...(path === '' ? {} : { member: path }),
    ...(shaped.minus === undefined ? {} : { minus: takenOff(kind, offset + index * stride + shaped.minus) }),
  });
  if (count === undefined) return [field(0, [])];
  return Array.from({ length: count }, (_, index) =>
    field(index, shaped.elementLabels?.[index] ?? [{ name: label, value: names?.get(index) ?? String(index) }]),
  );
}

/** A plain word of 64 bits. */
function takenOff(kind: TypedEntry['kind'], offset: number): FieldValue {
  const member: ShapeMember = {
    path: '',
    offset,
    format: 'u64',
    count: undefined,
    stride: WORD_BYTES,
    access: { way: 'itself' },
  };
  return { ...kinds[kind].place(offset, member, false), format: 'u64' };
}

function missingMember(pattern: string, { name, members, unfit }: StructShape): string {
  const reason = unfit.find(({ path }) => path === pattern)?.why;
  if (reason !== undefined) return `${pattern} of ${name} ${reason}`;
  const { path, index } = splitElement(pattern) ?? { path: undefined, index: 0 };
  const count = members.find((member) => member.path === path)?.count;
  if (count === 0)
    return `${pattern} of ${name}: its type does not tell how long the array is, of which only the first element, 0, may be named`;
  if (count !== undefined)
    return `${pattern} of ${name}: there are ${count} elements, and none has the number ${index}`;
  return `${name} has no member ${pattern}${didYouMean(
    pattern,
    members.map(({ path }) => path),
  )}`;
}

/** The same shape, whose walk reads the pointers that these fields need. */
function withCellsOf(shape: Shape, fields: readonly Field[]): Shape {
  if (shape.kind !== 'struct' || shape.list === undefined) return shape;
  const all = fields.flatMap(({ plus, ...own }) => (plus === undefined ? [own] : [own, plus]));
  const behindPointers = all.filter(({ access }) => access === undefined || access.way === 'pointer');
  const offsets = [...new Set(behindPointers.map(({ cellOffset }) => cellOffset))];
  return { ...shape, list: withCells(shape.list, offsets) };
}

/** An entry of which nothing can be published. */
function nothing({ kind, symbol, optional, at }: ConfigEntry, reason: string, cause: Cause): Expansion {
  return {
    entry: { kind, symbol, optional, symbolSize: undefined, itemSize: 0, fields: [], at },
    fault: { reason, cause },
    basis: undefined,
    follow: undefined,
  };
}
