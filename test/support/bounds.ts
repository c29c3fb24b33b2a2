/**
 * A bound on how long a file of tests may run: then it says which test did not end, and what keeps the process, and ends with all programs that
 * it has started. Node's own --test-timeout names the file alone, and leaves to themselves what that has started: they hold the pipe to the runner.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { after, afterEach, beforeEach } from 'node:test';

export class Bounds {
  private readonly children = new Set<ChildProcess>();
  private readonly running = new Set<string>();
  private last = 'none';

  /** @param leftMs how long what is left may take to end once all tests have */
  constructor(leftMs: number) {
    subscribe('child_process', (message) => {
      const { process: child } = message as { process: ChildProcess };
      this.children.add(child);
      child.once('exit', () => this.children.delete(child));
    });
    beforeEach((test) => void this.running.add(test.name));
    afterEach((test) => {
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

  /** Keeps nothing alive by itself. */
  endAfter(milliseconds: number): void {
    setTimeout(() => {
      writeSync(2, `${this.reason(milliseconds / 1000)}\n`);
      process.exit(1);
    }, milliseconds).unref();
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
