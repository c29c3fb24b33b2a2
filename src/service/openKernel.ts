/** Opens the kernel that a command is to read: the running one, or a simulated one; and sees to what the process is from then on. */
import { baseSystemLibraries } from '../kernel/libkvm/functions.js';
import type { RunningSource } from '../kernel/source.js';
import { openLiveKernel, type LiveKernel } from '../kernel/live/liveKernel.js';
import { closeDebugger, forbidCoreDumps, isDebuggerWanted } from '../privilege/hardening.js';
import type { Simulator } from '../simulator/simulator.js';
import type { SimulatorSpec } from '../simulator/spec.js';
import { UserError } from './userError.js';

export interface OpenKernel {
  readonly kernel: LiveKernel;
  readonly simulator: Simulator | undefined;
  readonly close: () => Promise<void>;
}

/** @param simulate which kernel to simulate; undefined for the running one. Throws errors that are written for the user. */
export async function openKernel(simulate: SimulatorSpec | undefined): Promise<OpenKernel> {
  const simulator = simulate && (await startSimulator(simulate));
  try {
    const kernel = openLiveKernel(simulator?.source ?? runningKernel());
    harden(simulator === undefined);
    const close = async (): Promise<void> => {
      kernel.close();
      await simulator?.close();
    };
    return { kernel, simulator, close };
  } catch (error) {
    await simulator?.close();
    throw error;
  }
}

/** Opens the kernel for as long as `act` takes. */
export async function withKernel(
  simulate: SimulatorSpec | undefined,
  act: (kernel: LiveKernel) => Promise<void>,
): Promise<void> {
  const { kernel, close } = await openKernel(simulate);
  try {
    await act(kernel);
  } finally {
    await close();
  }
}

/** The process has a kernel's memory open from now on. A developer may have a debugger look at a simulated one. */
function harden(isLive: boolean): void {
  if ((isLive || !isDebuggerWanted()) && closeDebugger()) {
    console.error(
      'kcounter_exporter: the debugger was closed: others could run code in a process that can read the kernel',
    );
  }
  if (isLive && !forbidCoreDumps(baseSystemLibraries.libc)) {
    console.error(
      'kcounter_exporter: core dumps could not be forbidden: one of this process would hold what it read of the kernel',
    );
  }
}

/** Loaded only where it is wanted: a kernel that runs needs none of it. */
async function startSimulator(spec: SimulatorSpec): Promise<Simulator> {
  const { Simulator } = await import('../simulator/simulator.js');
  return Simulator.start(spec);
}

function runningKernel(): RunningSource {
  if (process.platform !== 'freebsd') {
    throw new UserError(
      `this is ${process.platform}, and only FreeBSD has a kernel to read; "npm run demo" (--simulate) reads a simulated one`,
    );
  }
  return 'live';
}
