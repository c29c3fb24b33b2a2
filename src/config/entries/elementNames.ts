/** Label values for the elements of an array member, whose length only the kernel knows. */
import type { CheckedFile } from '../../yaml/checkedFile.js';
import { describe, type Path } from '../../yaml/diagnostics.js';
import { checkElementNames } from './checks.js';
import { MAX_ARRAY_LENGTH } from '../limits.js';
import { INDEX } from '../names.js';
import type { UserItem } from '../schemaParts.js';

/** By index. Each value is there once, and none is the index of an element without a name, which has that for its value. */
export function elementNames(
  source: CheckedFile<unknown>,
  path: Path,
  names: UserItem['names'],
): ReadonlyMap<number, string> | undefined {
  if (names === undefined) return undefined;
  // A list's places are numbers, a mapping's keys are texts.
  const entries = Array.isArray(names)
    ? [...(names as readonly (string | undefined)[]).entries()]
    : Object.entries(names);
  if (entries.length === 0) source.report(path, 'found nothing in it, expected at least one name');
  checkElementNames<string | number>(source, path, entries);

  const byIndex = new Map<number, string>();
  for (const [step, name] of entries) {
    if (!INDEX.test(String(step)) || Number(step) >= MAX_ARRAY_LENGTH) {
      source.reportKey(
        [...path, step],
        `found the index ${String(step)}, expected a whole number from 0 to ${MAX_ARRAY_LENGTH - 1}`,
      );
    } else if (name !== undefined) byIndex.set(Number(step), name);
  }
  for (const [step, name] of entries) {
    if (name === undefined || name === String(step) || !INDEX.test(name) || byIndex.has(Number(name))) continue;
    source.report(
      [...path, step],
      `found ${describe(name)}, expected another: element ${name} has it for want of a name`,
    );
  }
  return byIndex;
}
