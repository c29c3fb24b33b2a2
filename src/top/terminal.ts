/**
 * A terminal that is drawn on: its other screen, without a cursor, and keys one by one. Whatever ends the program, the terminal is as it was
 * before.
 */
import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { Key } from './keys.js';
import type { Size } from './view.js';

/** The other screen; no cursor; lines that do not go on in the next one. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
/** Emptied first: where the terminal has grown, some restore only as many rows as it had, and a console may have no other screen. */
const LEAVE = '\x1b[0m\x1b[2J\x1b[H\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Of a terminal that does not tell. */
const USUAL: Size = { columns: 80, rows: 24 };

export interface TerminalEvents {
  readonly onKey: (key: Key) => void;
  /** The screen is empty, or not of the same size. */
  readonly onResize: () => void;
  /** It cannot be written to: mostly it is gone. */
  readonly onError: (error: Error) => void;
}

export class Terminal {
  private isOpen = false;
  /** The lines on the screen. */
  private drawn: readonly string[] = [];

  constructor(
    private readonly events: TerminalEvents,
    private readonly input: NodeJS.ReadStream = process.stdin,
    private readonly output: NodeJS.WriteStream & { readonly fd: number } = process.stdout,
  ) {}

  get size(): Size {
    const { columns, rows } = this.output;
    // Some terminals say 0 until they know.
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
  }

  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    const { input, output } = this;
    if (input.isTTY) {
      emitKeypressEvents(input);
      input.setRawMode(true);
      input.on('keypress', this.onKeypress);
      input.resume();
    }
    output.on('resize', this.onResize);
    output.on('error', this.events.onError);
    process.on('exit', this.restore);
    // Its message would be on a screen that is left.
    process.on('uncaughtExceptionMonitor', this.restore);
    this.drawn = [];
    output.write(ENTER);
  }

  close(): void {
    if (!this.isOpen) return;
    const { input, output } = this;
    this.restore();
    process.off('exit', this.restore);
    process.off('uncaughtExceptionMonitor', this.restore);
    output.off('resize', this.onResize);
    output.off('error', this.events.onError);
    input.off('keypress', this.onKeypress);
    if (input.isTTY) input.pause();
  }

  /** Stops the program as ^Z does, and goes on when it is continued. */
  suspend(): void {
    this.close();
    process.once('SIGCONT', () => {
      this.open();
      this.events.onResize();
    });
    process.kill(process.pid, 'SIGTSTP');
  }

  /** Writes the lines that are others than before. None may be longer than the terminal is wide. */
  draw(lines: readonly string[]): void {
    if (!this.isOpen) return;
    const changed = lines.flatMap((line, index) =>
      line === this.drawn[index] ? [] : [`\x1b[${index + 1};1H\x1b[2K${line}`],
    );
    this.drawn = lines;
    if (changed.length > 0) this.output.write(changed.join(''));
  }

  /** What was on the screen is no more. */
  clear(): void {
    this.drawn = [];
    if (this.isOpen) this.output.write('\x1b[2J');
  }

  private readonly onKeypress = (sequence: string | undefined, key: Key | undefined): void => {
    this.events.onKey({ ...key, sequence: key?.sequence ?? sequence });
  };

  private readonly onResize = (): void => {
    this.clear();
    this.events.onResize();
  };

  private readonly restore = (): void => {
    if (!this.isOpen) return;
    this.isOpen = false;
    try {
      if (this.input.isTTY) this.input.setRawMode(false);
      // At once: there may be no later.
      writeSync(this.output.fd, LEAVE);
    } catch {
      // The terminal is gone.
    }
  };
}
