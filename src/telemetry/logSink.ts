/**
 * Where the log goes: standard error. Whoever reads it may have gone, and the disk that it lies on may be full: nothing ends for that, and
 * what could not be written is counted.
 */
import { Counter, Registry } from 'prom-client';
import type { OwnFamily } from '../exposition/ownFamilies.js';
import { familiesOf, type OtherMetrics } from './families.js';

export class LogSink implements OtherMetrics {
  private readonly registry = new Registry();
  private readonly lost = new Counter({
    name: 'kcounter_exporter_log_lines_lost_total',
    help: 'Lines of the log that could not be written, as when their reader is gone or the disk is full.',
    registers: [this.registry],
  });
  private known: Promise<readonly OwnFamily[]> | undefined;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {
    // Each failure is told to write()'s callback, too; without a listener it would end the process.
    stream.on('error', () => undefined);
  }

  /** At once and in order: the last line before an exit must not be lost. */
  write(line: string): void {
    try {
      this.stream.write(line, (error) => {
        if (error) this.lose();
      });
    } catch {
      // Files are written to in the call itself.
      this.lose();
    }
  }

  families(): Promise<readonly OwnFamily[]> {
    this.known ??= familiesOf(this.registry);
    return this.known;
  }

  private lose(): void {
    this.lost.inc();
    this.known = undefined;
  }
}

/** The process has one standard error. */
export const standardError = new LogSink();
