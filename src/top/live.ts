/** `top` on a terminal: draws what each read gives, and does what keys say. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pressed, type Key } from './keys.js';
import type { Painter } from './painter.js';
import { screen } from './screen.js';
import type { Frame } from './series.js';
import type { Terminal, TerminalEvents } from './terminal.js';
import type { View } from './view.js';

export interface LiveParts {
  /** Reads the kernel. */
  readonly next: () => Promise<Frame>;
  readonly terminalFor: (
    events: TerminalEvents,
  ) => Pick<Terminal, 'open' | 'close' | 'suspend' | 'draw' | 'clear' | 'size'>;
  readonly painter: Painter;
  /** What is shown at first. */
  readonly view: View;
  /** How many reads are shown, beyond the first, which has no rates; undefined for as many as there are until somebody quits. */
  readonly reads: number | undefined;
}

export class Live {
  private view: View;
  private readonly terminal: ReturnType<LiveParts['terminalFor']>;
  private readonly over = new AbortController();
  private failure: Error | undefined;

  constructor(private readonly parts: LiveParts) {
    this.view = parts.view;
    this.terminal = parts.terminalFor({
      onKey: (key) => {
        this.press(key);
      },
      onResize: () => {
        this.draw();
      },
      onError: (error) => {
        this.failure = error;
        this.stop();
      },
    });
  }

  /** Resolves when it is stopped or all is shown. Rejects where the kernel cannot be read, or the terminal not be written to. */
  async run(): Promise<void> {
    const { next, reads = Infinity } = this.parts;
    const { terminal, over } = this;
    terminal.open();
    try {
      this.draw();
      for (let read = 0; !over.signal.aborted; read++) {
        const began = performance.now();
        const frame = await next();
        if (!this.view.isPaused) {
          this.view = { ...this.view, frame };
          this.draw();
        }
        if (read >= reads) break;
        await rest(this.view.about.intervalMs, performance.now() - began, over.signal);
      }
    } finally {
      terminal.close();
    }
    if (this.failure !== undefined) throw this.failure;
  }

  stop(): void {
    this.over.abort();
  }

  private press(key: Key): void {
    const result = pressed(this.view, key, this.terminal.size);
    switch (result) {
      case 'quit':
        this.stop();
        return;
      case 'suspend':
        this.terminal.suspend();
        return;
      case 'redraw':
        this.terminal.clear();
        break;
      default:
        this.view = result;
    }
    this.draw();
  }

  private draw(): void {
    if (!this.over.signal.aborted) this.terminal.draw(screen(this.view, this.terminal.size, this.parts.painter));
  }
}

/** Until the next read is due. After one that took long it waits for as long again, so that the kernel gets a rest. */
export async function rest(intervalMs: number, took: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(intervalMs - took, took), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
