/**
 * A bound on how long a test may run: then its file says which did not end, and what keeps the process, and ends with all programs that it has
 * started. Node's own --test-timeout names the file alone, however many tests are in it and however busy the machine, and leaves to themselves what
 * that has started: they hold the pipe to the runner.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { after, afterEach, beforeEach } from 'node:test';

export class Bounds {
  private readonly children = new Set<ChildProcess>();
  private readonly running = new Set<string>();
  private last = 'none';
  private timer: NodeJS.Timeout | undefined;

  /** @param leftMs how long what is left may take to end once all tests have */
  constructor(leftMs: number) {
    subscribe('child_process', (message) => {
      const { process: child } = message as { process: ChildProcess };
      this.children.add(child);
      child.once('exit', () => this.children.delete(child));
    });
    beforeEach((test) => {
      this.timer?.refresh();
      this.running.add(test.name);
    });
    afterEach((test) => {
      this.timer?.refresh();
      this.running.delete(test.name);
      this.last = test.name;
    });
    after(() => {
      this.endAfter(leftMs);
    });
    process.once('exit', () => {
      for (const child of this.children) child.kill('SIGKILL');
    });
  }

  /** Without a test that begins or ends meanwhile. Keeps nothing alive by itself. */
  endAfter(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      writeSync(2, `${this.reason(milliseconds / 1000)}\n`);
      process.exit(1);
    }, milliseconds);
    this.timer.unref();
  }

  private reason(seconds: number): string {
    const tests = [...this.running].map((name) => `"${name}"`).join(' and ');
    const where = tests === '' ? `no test runs; the last that ended is "${this.last}"` : `still running: ${tests}`;
    const programs = [...this.children].map(({ pid, spawnargs }) => `${pid}: ${spawnargs.join(' ').slice(0, 200)}`);
    return [
      `these tests do not end (after ${seconds} s); ${where}`,
      `what keeps the process: ${process.getActiveResourcesInfo().join(', ')}`,
      ...programs.map((program) => `a program that it has started, process ${program}`),
    ].join('\n');
  }
}
