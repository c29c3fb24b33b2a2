/** What the name of an interrupt says, as the kernel makes it and `vmstat -ia` shows it. */
import type { Label } from '../../config/model.js';

export interface InterruptName {
  /** `interrupt`, such as `irq264`, `gic0,s9` or `timer`, and `device`, such as `mce0:rx0` or `uhci0 ehci0`, where it has handlers. */
  readonly labels: readonly Label[];
  /** The counter of interrupts that no handler owned up to. */
  readonly isStray: boolean;
  /** Of `cpu3:timer`: there is one of each CPU. */
  readonly cpu: number | undefined;
}

/** Undefined for a counter that nobody uses. */
export function interruptName(text: string): InterruptName | undefined {
  if (text === '' || text === '???') return undefined;
  const [, id, what] = /^cpu(\d{1,6}):\s*(.+)$/.exec(text) ?? [];
  if (id !== undefined && what !== undefined) {
    return { labels: [{ name: 'interrupt', value: what }], isStray: false, cpu: Number(id) };
  }
  const [, stray] = /^stray (.+)$/.exec(text) ?? [];
  return { labels: labelsOf(stray ?? text), isStray: stray !== undefined, cpu: undefined };
}

/** `irq16: uhci0 ehci0`; `irq5:` has no handler, and `irq19:-f_long_name0` only the end of the name of its one. */
function labelsOf(text: string): Label[] {
  const [, interrupt = text, devices, end] = /^([^:]+):(?: (.*)|(-.*))?$/.exec(text) ?? [];
  const own = { name: 'interrupt', value: interrupt };
  // Prometheus takes an empty value for no label.
  const device = devices ?? end ?? '';
  return device === '' ? [own] : [own, { name: 'device', value: device }];
}
