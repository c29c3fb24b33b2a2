/** Checks that entries of both forms share. What is wrong goes to the file. */
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { describe, formatPath, type Path, quote } from '../../yaml/diagnostics.js';
import { MAX_FIELDS } from '../limits.js';
import type { Label, TypedEntry } from '../model.js';
import { labelNameProblem, labelValueProblem, symbolProblem } from '../names.js';

/** Bounds how many values all files together describe. */
export class FieldCount {
  private count = 0;

  get isTooLarge(): boolean {
    return this.count > MAX_FIELDS;
  }

  add(source: CheckedFile<unknown>, path: Path, count: number): void {
    const fitted = this.count <= MAX_FIELDS;
    this.count += count;
    if (fitted && this.count > MAX_FIELDS) {
      source.report(path, `found more than ${MAX_FIELDS} values in all, expected fewer`);
    }
  }
}

/** Values that an entry names twice: most likely a line that was copied and not changed. */
export class Repeats {
  private readonly first = new Map<string, Path>();

  constructor(private readonly source: CheckedFile<unknown>) {}

  /** Gives false for a repeat. */
  check(path: Path, value: string): boolean {
    const first = this.first.get(value);
    if (first === undefined) this.first.set(value, path);
    else this.source.report(path, `found ${value} a second time, expected it once (first in ${formatPath(first)})`);
    return first === undefined;
  }
}

/** Gives what `make` makes of each item of a list that must not be empty. */
export function each<T, U>(
  source: CheckedFile<unknown>,
  path: Path,
  list: readonly (T | undefined)[] | undefined,
  make: (item: T, path: Path) => readonly U[],
): U[] {
  if (list?.length === 0) source.report(path, 'found an empty list, expected at least one item');
  return (list ?? []).flatMap((item, index) => (item === undefined ? [] : make(item, [...path, index])));
}

export function checkedSymbol(
  source: CheckedFile<unknown>,
  path: Path,
  { symbol }: { readonly symbol?: string | undefined },
): string {
  const problem = symbol === undefined ? undefined : symbolProblem(symbol);
  if (problem !== undefined) source.report([...path, 'symbol'], problem);
  return symbol ?? '';
}

/** Which vnets an entry is about, as it stands in the entry or where its file was named. */
export function inVnets(
  { inAllVnets }: { readonly inAllVnets: boolean },
  { vnet }: { readonly vnet?: string | undefined },
): Pick<TypedEntry, 'inAllVnets'> {
  return vnet === 'all' || inAllVnets ? { inAllVnets: true } : {};
}

/** The label that tells an array's elements apart. `path` is that of its name, or of the array where it has a default. */
export function checkArrayLabel(
  source: CheckedFile<unknown>,
  path: Path,
  label: string,
  labels: readonly Label[],
): void {
  const problem = labelNameProblem(label);
  if (problem !== undefined) source.report(path, problem);
  if (labels.some(({ name }) => name === label)) {
    source.report(path, `found the label ${quote(label)} for the array and among \`labels\`, expected different names`);
  }
}

/** The label's values, by the index or key of each in the config. */
export function checkElementNames<K extends string | number>(
  source: CheckedFile<unknown>,
  path: Path,
  names: Iterable<readonly [K, string | undefined]>,
): void {
  const first = new Map<string, K>();
  for (const [index, name] of names) {
    if (name === undefined) continue;
    const problem = labelValueProblem(name);
    if (problem !== undefined) source.report([...path, index], problem);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else
      source.report(
        [...path, index],
        `found ${describe(name)} a second time, expected it once (first as number ${earlier})`,
      );
  }
}
