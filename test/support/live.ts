/** What tests of the live page's feed share: a layout of made-up rows, and pages that keep what they are told. */
import type { LiveMessage, Viewer } from '../../src/live/feed.js';
import type { LiveMessages } from '../../src/live/messages.js';
import type { SeriesLayout } from '../../src/plan/layout.js';
import { cpuIds, entryOf, familyOf, fieldOf, layoutOf } from './entries.js';

/** Each row is a family, an item and a symbol of its own. */
export function liveLayout(rows: number, cpus: number, type: 'counter' | 'gauge' = 'counter'): SeriesLayout {
  const ending = type === 'counter' ? '_total' : '';
  const format = type === 'counter' ? 'u64' : 'i64';
  const entries = Array.from({ length: rows }, (_, row) => {
    const family = familyOf(`x${row}${ending}`, { type, cpu: 'sum' });
    return entryOf(`symbol${row}`, [fieldOf(family, { labels: [{ name: 'row', value: String(row) }], format })]);
  });
  return layoutOf(entries, cpuIds(cpus));
}

/** A page that keeps the messages, parsed. */
export class Watcher implements Viewer {
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
