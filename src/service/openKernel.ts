/** Opens the kernel that a command is to read: the running one, a simulated one, or a crash dump; and sees to what the process is from then on. */
import { openCoreKernel, type CoreKernel } from '../kernel/core/coreKernel.js';
import { baseSystemLibraries } from '../kernel/libkvm/functions.js';
import type { RunningSource } from '../kernel/source.js';
import { openLiveKernel, type LiveKernel } from '../kernel/live/liveKernel.js';
import { closeDebugger, forbidCoreDumps, isDebuggerWanted } from '../privilege/hardening.js';
import type { Simulator } from '../simulator/simulator.js';
import type { SimulatorSpec } from '../simulator/spec.js';
import { UserError } from './userError.js';

/** Which kernel; the running one where nothing else is said. */
export interface KernelChoice {
  /** Which kernel to simulate. */
  readonly simulate: SimulatorSpec | undefined;
  /** The path of a crash dump. */
  readonly core: string | undefined;
  /** The kernel's file where it is not the one that the kernel names, or that is found for a dump. */
  readonly kernelPath: string | undefined;
}

export type OpenedKernel = LiveKernel | CoreKernel;

export interface OpenKernel {
  readonly kernel: OpenedKernel;
  readonly simulator: Simulator | undefined;
  readonly close: () => Promise<void>;
}

/** What Node calls the machines whose dumps this machine's own libkvm opens. */
const MACHINES: Readonly<Partial<Record<NodeJS.Architecture, string>>> = { x64: 'amd64', arm64: 'aarch64' };

/** Throws errors that are written for the user. */
export async function openKernel({ simulate, core, kernelPath }: KernelChoice): Promise<OpenKernel> {
  if (core !== undefined) return openCore(core, kernelPath);
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
export async function withKernel(choice: KernelChoice, act: (kernel: OpenedKernel) => Promise<void>): Promise<void> {
  const { kernel, close } = await openKernel(choice);
  try {
    await act(kernel);
  } finally {
    await close();
  }
}

/** True for a kernel that answers, as a dump does not. */
export function isRunning(kernel: OpenedKernel): kernel is LiveKernel {
  return 'sysctls' in kernel;
}

function openCore(core: string, kernel: string | undefined): OpenKernel {
  const machineArch = MACHINES[process.arch];
  const libkvm =
    process.platform === 'freebsd' && machineArch !== undefined
      ? { libraries: baseSystemLibraries, machineArch }
      : undefined;
  const opened = openCoreKernel({ core, kernel, libkvm });
  harden(true);
  const close = (): Promise<void> => {
    opened.close();
    return Promise.resolve();
  };
  return { kernel: opened, simulator: undefined, close };
}

/** The process has a kernel's memory open from now on. A developer may have a debugger look at a simulated one. */
function harden(isReal: boolean): void {
  if ((isReal || !isDebuggerWanted()) && closeDebugger()) {
    console.error(
      'kcounter_exporter: the debugger was closed: others could run code in a process that can read the kernel',
    );
  }
  if (isReal && process.platform === 'freebsd' && !forbidCoreDumps(baseSystemLibraries.libc)) {
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
      `this is ${process.platform}, and only FreeBSD has a kernel to read; "npm run demo" (--simulate) reads a simulated one, and --kvm.core=FILE a crash dump`,
    );
  }
  return 'live';
}
