/**
 * Labels that the instances of an entry bring with them: those of jails, and those of a list's elements. A series has each label once, or
 * Prometheus takes none of all.
 */
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { type Path, quote } from '../../yaml/diagnostics.js';
import { MAX_LABELS } from '../limits.js';
import { ARRAY_LABEL, CPU_LABEL } from '../memberRules.js';
import { isTyped, type ConfigEntry } from '../model.js';
import { structures } from '../structures.js';

/** Labels that tell vnets apart. */
const VNET_LABELS = ['jail', 'jid'];

/** What is wrong goes to the file. */
export function checkInstanceLabels(source: CheckedFile<unknown>, path: Path, entry: ConfigEntry): void {
  const own = ownLabels(entry);
  const inVnets = entry.inAllVnets === true ? VNET_LABELS : [];
  const taken = inVnets.find((name) => own.has(name));
  if (taken !== undefined) {
    const found = `found the label ${quote(taken)}, which tells the jail where the entry is about all vnets`;
    source.report(path, `${found}, expected another label`);
  }
  const list = isTyped(entry) ? entry.list : undefined;
  const seen = new Set(inVnets);
  const why = (name: string): string | undefined => {
    if (seen.has(name)) return inVnets.includes(name) ? 'which tells the jail' : 'which is one of `keys`';
    return own.get(name);
  };
  for (const { label } of list?.keys ?? []) {
    const problem = why(label);
    if (problem !== undefined) source.reportKey([...path, 'keys', label], clash(label, problem));
    seen.add(label);
  }
  const structure = isTyped(entry) ? entry.structure : undefined;
  for (const label of structure === undefined ? [] : structures[structure.name].labels) {
    const problem = own.get(label);
    if (problem !== undefined) source.report(path, clash(label, `${problem} and tells the structure's elements apart`));
    seen.add(label);
  }
  const { duplicates } = list ?? {};
  if (duplicates !== undefined) {
    const problem = why(duplicates);
    if (problem !== undefined) source.report([...path, 'duplicates'], clash(duplicates, problem));
    seen.add(duplicates);
  }
  if (seen.size > MAX_LABELS)
    source.report([...path, 'keys'], `found ${seen.size} labels, expected at most ${MAX_LABELS}`);
}

function clash(label: string, problem: string): string {
  return `found the label ${quote(label)}, ${problem}, expected different names`;
}

/** The labels that series of the entry have anyway, and from where. */
function ownLabels(entry: ConfigEntry): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  const add = (name: string, from: string): void => {
    if (!own.has(name)) own.set(name, from);
  };
  const fixed = 'which is among `labels`';
  const ofArrays = 'which tells the elements of arrays apart';
  if (!isTyped(entry)) {
    for (const { labels } of entry.fields) for (const { name } of labels) add(name, fixed);
    return own;
  }
  for (const { name } of entry.labels) add(name, fixed);
  if (entry.members === undefined) add(ARRAY_LABEL, ofArrays);
  for (const { labels, label } of entry.members ?? []) {
    for (const { name } of labels) add(name, fixed);
    if (label !== CPU_LABEL) add(label, ofArrays);
  }
  return own;
}
