/** What `describe` shows of interrupts: no type says how their counters and names go together, which the list `interrupts` of a config knows. */
import type { PackConfigs } from '../config/packConfigs.js';
import type { OpenedKernel } from '../service/openKernel.js';
import type { Answer } from './describeAnswer.js';
import { showElements, type DescribeListOptions } from './describeList.js';

/** The list, and the symbols behind it. */
const LIST = 'interrupts';
const NAMES: ReadonlySet<string> = new Set([LIST, 'intrcnt', 'intrnames', 'interrupt_sources']);

export function isOfInterrupts(name: string): boolean {
  return NAMES.has(name);
}

export async function showInterrupts(
  answer: Answer,
  kernel: OpenedKernel,
  packs: PackConfigs,
  name: string,
  options: DescribeListOptions,
): Promise<void> {
  answer.tell(`${name}: of the kernel's interrupts, which the list "${LIST}:" of a config publishes, each by its name`);
  const all = packs.entriesOf('interrupts');
  const own = all.filter(({ entry }) => entry.symbol === name);
  const there = all.filter(({ entry }) => kernel.symbols.lookUp(entry.symbol) !== undefined);
  for (const one of own.length === 0 ? there : own)
    await showElements(answer, kernel, one, one.entry.metric ?? name, options);
}
