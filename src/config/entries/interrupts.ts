/** The list `interrupts`: what `vmstat -ia` tells of each source of interrupts, and where each goes. No symbol has to be named for it. */
import * as z from 'zod/mini';
import { quote } from '../../yaml/diagnostics.js';
import { interruptLabels, interruptValues, type InterruptValue } from '../model.js';
import { cpu, inheritable, key, type Loose, mapping, oneOf, published } from '../schemaParts.js';
import type { KindOfEntry } from './kind.js';

/** Where the kernel keeps each of the values. That of the sources is amd64's, which no other architecture has. */
const SYMBOLS: Readonly<Record<InterruptValue, string>> = {
  count: 'intrcnt',
  stray: 'intrcnt',
  cpu: 'interrupt_sources',
};

const schema = mapping(
  {
    value: key(
      oneOf(interruptValues),
      'count (default): the interrupts of each source, those of a timer or an IPI on each CPU. stray: those that no handler owned up to, which `count` has, too. cpu: the id of the CPU that a source with handlers goes to, bound or not, by its I/O APIC or MSI on amd64.',
    ),
    ...published,
    unit: inheritable.unit,
    cpu: z.optional(cpu),
    peak: inheritable.peak,
    labels: inheritable.labels,
  },
  { required: ['metric'] },
);

type UserInterrupts = Loose<z.input<typeof schema>>;

export const interrupts: KindOfEntry = {
  description: 'Interrupts, as `vmstat -ia` tells them: a series for each source, labelled `interrupt` and `device`.',
  schema,
  symbol: SYMBOLS.count,
  listKey: 'members',
  layoutKeys: [],
  nouns: { symbol: 'Interrupts of', member: 'Member' },
  isExplicitAlone: () => false,
  typedDefaults: (user: UserInterrupts, defaults) => ({
    ...defaults,
    type: user.value === 'cpu' ? 'gauge' : 'counter',
  }),

  typedRules({ source }, path, user: UserInterrupts) {
    const { value = 'count', labels = {} } = user;
    if (!('metric' in user)) source.report([...path, 'metric'], 'is missing, expected text');
    for (const label of interruptLabels) {
      if (!(label in labels)) continue;
      const found = `found the label ${quote(label)}, which every interrupt has of its own`;
      source.report([...path, 'labels', label], `${found}, expected another label`);
    }
    // Another architecture has no such symbol, and that is no fault.
    return { symbol: SYMBOLS[value], optional: value === 'cpu', interrupts: value };
  },
};
