/** A comparison for programs: one object, with all that there is. Values are texts, since not every reader of JSON has 64-bit numbers. */
import type { Label } from '../config/model.js';
import type { About } from './about.js';
import type { Change, Comparison, Moved, OneSided, Told } from './compare.js';
import { decimalText, type Decimal } from './decimal.js';
import type { Sides } from './report.js';

export function comparisonJson(comparison: Comparison, sides: Sides): string {
  const { aboutA, aboutB, seconds, otherBoot, moved, incomparable, unmoved, leftOut } = comparison;
  return `${JSON.stringify({
    a: side(sides.a, aboutA),
    b: side(sides.b, aboutB),
    seconds: seconds ?? null,
    other_boot: otherBoot ?? null,
    moved: moved.flat().map(movedJson),
    went_back: comparison.wentBack.map(told),
    not_subtracted: comparison.otherBeginning.map(told),
    cpu_ids: comparison.cpuIds.map(told),
    only_a: comparison.onlyA.map(oneSided),
    only_b: comparison.onlyB.map(oneSided),
    not_compared: incomparable.map((one) => ({ ...named(one), reason: one.why })),
    unmoved,
    left_out: leftOut,
  })}\n`;
}

function side(name: string, { kernel, bootTime, takenAt }: About): unknown {
  return { source: name, kernel: kernel ?? null, boot_time: text(bootTime), read_at: text(takenAt) };
}

function movedJson(row: Moved): unknown {
  const { kind, rate, cpus } = row;
  return {
    ...named(row),
    type: kind,
    ...unitOf(row),
    ...changed(row),
    ...(kind === 'counter' ? { rate: rate === undefined ? null : Number(rate.toPrecision(9)) } : {}),
    cpus: cpus.map((part) => ({ cpu: part.cpu, ...changed(part) })),
  };
}

function told(row: Told): unknown {
  return { ...named(row), ...unitOf(row), a: text(row.a), b: text(row.b) };
}

function oneSided(row: OneSided): unknown {
  return { ...named(row), ...unitOf(row), value: text(row.value) };
}

function changed({ a, b, change }: Change): object {
  return { a: text(a), b: text(b), change: text(change) };
}

function named({ name, labels }: { readonly name: string; readonly labels: readonly Label[] }): object {
  return { name, labels: Object.fromEntries(labels.map((label) => [label.name, label.value])) };
}

function unitOf({ unit }: { readonly unit: string | undefined }): object {
  return unit === undefined ? {} : { unit };
}

function text(value: Decimal | undefined): string | null {
  return value === undefined ? null : decimalText(value);
}
