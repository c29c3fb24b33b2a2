/** Metrics about the process and its event loop, under the names that every Prometheus client has for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';
import type { OwnFamily } from '../exposition/ownFamilies.js';
import { familiesOf, type OtherMetrics } from './families.js';

/** Milliseconds between looks at the event loop: each wakes the process, and a shorter hold than this is mostly missed. */
const RESOLUTION = 100;
/** Milliseconds for which what was measured is shown. */
const LASTS = 1000;
/** Where Linux shows the files that are open. */
const OPEN_FILES = '/proc/self/fd';

/** Where Linux shows, as proc(5) says, what the process has mapped. */
const STATUS = '/proc/self/status';

/** This and the next one are published where the system tells them. */
export const OPEN_FILES_METRIC = {
  name: 'process_open_fds',
  help: 'Files, sockets and pipes that the process has open.',
} as const;

export const VIRTUAL_MEMORY_METRIC = {
  name: 'process_virtual_memory_bytes',
  help: 'Memory that the process has mapped, used or not.',
} as const;

export class ProcessMetrics implements OtherMetrics {
  private readonly registry = new Registry();
  private readonly cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Time that the process has used the CPU, in user mode and in the kernel.',
    registers: [this.registry],
  });
  private readonly memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process that is not paged out.',
    registers: [this.registry],
  });
  private readonly lag = new Gauge({
    name: 'kcounter_exporter_event_loop_lag_seconds',
    help: 'The longest time that the event loop was held since the last scrape, whoever made it.',
    registers: [this.registry],
  });
  private readonly openFiles: Gauge | undefined;
  private readonly virtualMemory: Gauge | undefined;
  private readonly delay: IntervalHistogram;
  private cpuShown = 0;
  private measured: { readonly at: number; readonly families: Promise<readonly OwnFamily[]> } | undefined;

  /**
   * @param maxOpenFiles that the process may have; undefined where there is no limit, or none that is told
   * @param mapped bytes that the process has mapped; undefined where the system does not tell
   */
  constructor(
    maxOpenFiles: number | undefined,
    private readonly mapped: () => number | undefined = mappedOnLinux,
  ) {
    new Gauge({
      name: 'process_start_time_seconds',
      help: 'When the process was started.',
      registers: [this.registry],
    }).set(Date.now() / 1000 - process.uptime());
    if (countOpenFiles() !== undefined) {
      this.openFiles = new Gauge({ ...OPEN_FILES_METRIC, registers: [this.registry] });
    }
    if (maxOpenFiles !== undefined) {
      new Gauge({
        name: 'process_max_fds',
        help: 'Files, sockets and pipes that the process may have open.',
        registers: [this.registry],
      }).set(maxOpenFiles);
    }
    if (this.mappedNow() !== undefined) {
      this.virtualMemory = new Gauge({ ...VIRTUAL_MEMORY_METRIC, registers: [this.registry] });
    }
    this.delay = monitorEventLoopDelay({ resolution: RESOLUTION });
    this.delay.enable();
  }

  /** Nothing is measured any more. */
  stop(): void {
    this.delay.disable();
  }

  /** The same for a second: what the system is asked for costs more than all the rest of a small document. */
  families(): Promise<readonly OwnFamily[]> {
    const now = performance.now();
    if (this.measured === undefined || now - this.measured.at >= LASTS) {
      this.measured = { at: now, families: this.measure() };
    }
    return this.measured.families;
  }

  private mappedNow(): number | undefined {
    try {
      return this.mapped();
    } catch {
      // What else is told of the process is none the worse for it.
      return undefined;
    }
  }

  private measure(): Promise<readonly OwnFamily[]> {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const cpu = (userCPUTime + systemCPUTime) / 1e6;
    this.cpu.inc(cpu - this.cpuShown);
    this.cpuShown = cpu;
    this.memory.set(process.memoryUsage.rss());
    // What is recorded is the time from one look to the next, which is the resolution where nothing holds the loop.
    this.lag.set(Math.max(0, this.delay.max / 1e9 - RESOLUTION / 1000));
    this.delay.reset();
    // Where the last one is open by now, even this cannot be told.
    this.openFiles?.set(countOpenFiles() ?? NaN);
    this.virtualMemory?.set(this.mappedNow() ?? NaN);
    return familiesOf(this.registry);
  }
}

/** Undefined where the system does not tell. */
function countOpenFiles(): number | undefined {
  try {
    // Without the one by which the folder is read.
    return readdirSync(OPEN_FILES).length - 1;
  } catch {
    return undefined;
  }
}

/** Bytes, as Linux tells them; undefined elsewhere. */
export function mappedOnLinux(): number | undefined {
  try {
    const [, kilobytes] = /^VmSize:\s*(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
