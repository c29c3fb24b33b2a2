/** What a data symbol's type says of it as a list of queue(3), as one by pointers, or as an array of structs: what its elements are, and how they are linked. */
import { leaves, type CtfField } from '../ctf/members.js';
import { typeText } from '../ctf/typeText.js';
import { isStruct, type CtfStruct, type CtfType, type ObjectTypes } from '../ctf/types.js';
import { VNET_PREFIX } from '../kernel/symbols.js';

/** By the member of a head that leads to the first element: what <sys/queue.h> and <sys/ck.h> call the list, and how an element's own is named. */
const QUEUES: ReadonlyMap<string, { readonly name: string; readonly next: string }> = new Map([
  ['slh_first', { name: 'SLIST', next: 'sle_next' }],
  ['stqh_first', { name: 'STAILQ', next: 'stqe_next' }],
  ['lh_first', { name: 'LIST', next: 'le_next' }],
  ['tqh_first', { name: 'TAILQ', next: 'tqe_next' }],
  ['cslh_first', { name: 'CK_SLIST', next: 'csle_next' }],
  ['cstqh_first', { name: 'CK_STAILQ', next: 'cstqe_next' }],
  ['clh_first', { name: 'CK_LIST', next: 'cle_next' }],
]);
/** Elements of an array beyond which it is a table of something, most of which is empty. */
const MAX_ARRAY = 1000;
/** A pointer to another of its kind that is the next one, and not a parent, say. */
const NEXT = /next$|link$/i;
/** Of several links that one which is by its name that of the list of all. */
const MAIN_LINK = /_(link|list|next|entry|entries)$/;

export interface ListSymbol {
  /** As a config names it: without vnet_entry_. */
  readonly symbol: string;
  /** The type as C spells it. */
  readonly type: string;
  readonly element: CtfStruct;
  /** For people: what it is, after its name. */
  readonly what: string;
  /** As in ListRules. */
  readonly link: string | undefined;
  /** Why it is not known, or not wise, to walk it; undefined where it can be. */
  readonly doubt: string | undefined;
}

/** Undefined for what is no list. Throws CtfError where its type is damaged. */
export function listSymbol(file: ObjectTypes, name: string, type: CtfType): ListSymbol | undefined {
  const symbol = name.startsWith(VNET_PREFIX) ? name.slice(VNET_PREFIX.length) : name;
  const resolved = file.resolve(type);
  const found =
    resolved.kind === 'array'
      ? arrayOf(file, resolved.element, resolved.count)
      : (queueOf(file, resolved) ?? pointersOf(file, resolved));
  return found === undefined ? undefined : { symbol, type: typeText(file, type), ...found };
}

type Found = Omit<ListSymbol, 'symbol' | 'type'>;

function queueOf(file: ObjectTypes, type: CtfType): Found | undefined {
  const head = headOf(file, type);
  if (head === undefined) return undefined;
  const { name, next, element } = head;
  const links = selfPointers(file, element).filter(({ path }) => path.endsWith(`.${next}`));
  const paths = links.map(({ path }) => path.slice(0, -next.length - 1));
  const link = onlyOne(paths);
  const what = `a ${name} of ${structText(element)}`;
  if (link !== undefined) return { element, link, what: `${what}, linked by ${link}`, doubt: undefined };
  const doubt =
    paths.length === 0 ? `no ${name} entry is in its elements` : `which of ${paths.join(', ')} links it cannot be said`;
  return { element, link, what, doubt };
}

/** Where a type is a head of queue(3), which kind of list it leads to, and of what. */
function headOf(
  file: ObjectTypes,
  type: CtfType,
): { readonly name: string; readonly next: string; readonly element: CtfStruct } | undefined {
  if (!isStruct(type)) return undefined;
  const [first] = leaves(file, type);
  const queue = first?.offset === 0 ? QUEUES.get(first.path) : undefined;
  const element = queue === undefined || first === undefined ? undefined : structBehind(file, first.type);
  return queue === undefined || element === undefined ? undefined : { ...queue, element };
}

/** Of a pointer to a struct that has one to the next. */
function pointersOf(file: ObjectTypes, type: CtfType): Found | undefined {
  const element = structBehind(file, type);
  if (element === undefined) return undefined;
  const nexts = selfPointers(file, element).filter(
    ({ path }) => NEXT.test(path) && ![...QUEUES.values()].some(({ next }) => path.endsWith(`.${next}`)),
  );
  const paths = nexts.map(({ path }) => path);
  const link = onlyOne(paths);
  const what = `a list of ${structText(element)}`;
  if (link !== undefined)
    return { element, link, what: `${what}, each with a pointer to the next, ${link}`, doubt: undefined };
  if (paths.length === 0) return undefined;
  return { element, link, what, doubt: `which of ${paths.join(', ')} leads to the next cannot be said` };
}

function arrayOf(file: ObjectTypes, elementType: number, count: number): Found | undefined {
  const resolved = file.resolve(elementType);
  const ofPointers = resolved.kind === 'pointer';
  const element = ofPointers ? structBehind(file, resolved) : isStruct(resolved) ? resolved : undefined;
  if (element === undefined) return undefined;
  const head = headOf(file, element);
  const what = `an array of ${count} ${ofPointers ? 'pointers to ' : ''}${structText(element)}`;
  const base = { element: head?.element ?? element, link: undefined };
  if (head !== undefined) {
    return {
      ...base,
      what: `${what}, each the head of a ${head.name} of ${structText(head.element)}`,
      doubt: 'it is a hash table, or another array of lists',
    };
  }
  return { ...base, what, doubt: count > MAX_ARRAY ? `it has ${count} elements` : undefined };
}

function onlyOne(paths: readonly string[]): string | undefined {
  if (paths.length < 2) return paths[0];
  const [main, ...others] = paths.filter((path) => MAIN_LINK.test(path));
  return others.length === 0 ? main : undefined;
}

/** The leaves of a struct that point to one of its kind. */
function selfPointers(file: ObjectTypes, struct: CtfStruct): CtfField[] {
  return [...leaves(file, struct)].filter(({ type }) => {
    const target = structBehind(file, type);
    return target !== undefined && (target.id === struct.id || (struct.name !== '' && target.name === struct.name));
  });
}

/** The struct that a pointer leads to, where it is defined. */
function structBehind(file: ObjectTypes, type: CtfType): CtfStruct | undefined {
  const pointer = file.resolve(type);
  const target = pointer.kind === 'pointer' ? file.resolve(pointer.target) : undefined;
  if (target?.kind === 'forward') return file.findStruct(target.name);
  return target !== undefined && isStruct(target) ? target : undefined;
}

function structText({ kind, name, size }: CtfStruct): string {
  return `${kind} ${name === '' ? '{…}' : name} (${size} bytes)`;
}
