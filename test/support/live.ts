/** What tests of the live page's feed share: a layout of made-up rows, and pages that keep what they are told. */
import type { LiveMessage, Looker } from '../../src/live/feed.js';
import type { LiveMessages } from '../../src/live/messages.js';
import { layOutSeries, type SeriesLayout } from '../../src/plan/series.js';

/** Each row is a family, an item and a symbol of its own. */
export function liveLayout(rows: number, cpus: number, type: 'counter' | 'gauge' = 'counter'): SeriesLayout {
  const ending = type === 'counter' ? '_total' : '';
  const entries = Array.from({ length: rows }, (_, row) => {
    const name = `x${row}`;
    const family = {
      name: name + ending,
      perCpuName: `${name}_per_cpu${ending}`,
      help: 'X.',
      type,
      cpu: 'sum',
    } as const;
    const format = type === 'counter' ? ('u64' as const) : ('i64' as const);
    const field = { family, labels: [{ name: 'row', value: String(row) }], cellOffset: 0, offset: 0, format };
    return {
      kind: 'counters' as const,
      symbol: `symbol${row}`,
      optional: false,
      symbolSize: undefined,
      itemSize: 8,
      fields: [field],
      at: { file: 'x.yaml', line: 1, column: 1 },
    };
  });
  return layOutSeries(
    entries,
    Array.from({ length: cpus }, (_, cpu) => cpu),
  );
}

/** A page that keeps the messages, parsed. */
export class Watcher implements Looker {
  isBusy = false;
  readonly messages: { readonly name: keyof LiveMessages; readonly message: unknown }[] = [];
  private waiting: (() => void)[] = [];

  readonly layout: string | undefined;

  constructor(
    layout?: string,
    readonly rows: readonly number[] = [],
  ) {
    this.layout = layout;
  }

  isReady(): boolean {
    return !this.isBusy;
  }

  send(messages: readonly LiveMessage[]): void {
    this.messages.push(...messages.map(({ name, json }) => ({ name, message: JSON.parse(json) as unknown })));
    for (const wake of this.waiting.splice(0)) wake();
  }

  all<Name extends keyof LiveMessages>(name: Name): LiveMessages[Name][] {
    return this.messages.filter((found) => found.name === name).map(({ message }) => message as LiveMessages[Name]);
  }

  /** Resolves once there are so many messages of this name. */
  async until(name: keyof LiveMessages, count: number): Promise<void> {
    // The feed's timers do not keep a process alive.
    const alive = setInterval(() => undefined, 1000);
    while (this.all(name).length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
    clearInterval(alive);
  }
}
