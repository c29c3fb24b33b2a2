/** A simulated kernel and the crash dumps that were written of it, in a folder of their own, read by the simulated libkvm. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindRunning } from '../../../src/kernel/live/runningFunctions.js';
import { writeDump, type DumpOptions, type WrittenDump } from '../../../src/simulator/dump/writeDump.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../../src/simulator/spec.js';
import { Libkvm, openHandle } from '../libkvm.js';
import { booted } from '../../support/booted.js';

export class Dumped {
  private nth = 0;

  private constructor(
    readonly simulator: Simulator,
    readonly folder: string,
  ) {}

  static async start(spec: string): Promise<Dumped> {
    const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload: 'none', boot: booted });
    return new Dumped(simulator, mkdtempSync(join(tmpdir(), 'kcounter-dump-')));
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true });
    await this.simulator.close();
  }

  write(options: DumpOptions = {}): WrittenDump {
    return writeDump(this.simulator, join(this.folder, `vmcore.${this.nth++}`), options);
  }

  /** A handle on the dump, whose library has forgotten all other kernels. */
  open(vmcore: string): Libkvm {
    const { library, execfile } = this.simulator.source;
    return Libkvm.openFiles(library, vmcore, execfile);
  }

  /** Why it cannot be opened. */
  refusal(vmcore: string, execfile: string | null = this.simulator.source.execfile): string {
    const { library } = this.simulator.source;
    const { handle, error } = openHandle(bindRunning({ libkvm: library, libc: library }), vmcore, execfile);
    assert.equal(handle, null, `${vmcore} was opened`);
    return error;
  }
}
