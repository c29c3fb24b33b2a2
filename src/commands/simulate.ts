/** `simulate`: keeps a simulated kernel running, or writes a crash dump of it, and says how any program that speaks libkvm(3) can open it. */
import type { Command } from 'commander';
import { writeDump } from '../simulator/dump/writeDump.js';
import { Simulator } from '../simulator/simulator.js';
import { parseSimulatorSpec, profileNames } from '../simulator/spec.js';
import { stopSignal } from '../service/stopSignal.js';
import { UserError } from '../service/userError.js';

interface SimulateOptions {
  readonly dir: string;
  readonly profile: string;
  readonly cpus: string;
  readonly counters: string;
  readonly dump?: string;
}

export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description('keep a simulated kernel running for other programs')
    .requiredOption('--dir <dir>', 'where the image of its memory goes; made if it is not there')
    .option('--profile <profile>', profileNames.join(', '), profileNames[0])
    .option('--cpus <number>', 'how many CPUs it has', '8')
    .option('--counters <number>', 'how many made-up counters it has besides the real ones', '0')
    .option('--dump <file>', 'write a crash dump of it, named vmcore.N, with info.N beside it, and end')
    .action(simulate);
}

async function simulate({ dir, profile, cpus, counters, dump }: SimulateOptions): Promise<void> {
  const simulator = await Simulator.start(simulatorSpec(`${profile},cpus=${cpus},counters=${counters}`), { dir });
  try {
    const { library, execfile, corefile } = simulator.source;
    if (dump !== undefined) {
      const { vmcore, info } = writeDump(simulator, dump);
      console.log(`library   ${library}`);
      console.log(`execfile  ${execfile}`);
      console.log(`corefile  ${vmcore}`);
      console.log(`info      ${info}`);
      return;
    }
    console.log(`library   ${library}`);
    console.log(`execfile  ${execfile}`);
    console.log(`corefile  ${corefile}`);
    if (simulator.configFile !== undefined) console.log(`config    ${simulator.configFile}`);
    console.log('kvm_openfiles(3) of that library opens it; its counters move until this command is stopped.');
    await stopSignal();
  } finally {
    await simulator.close();
  }
}

function simulatorSpec(text: string): ReturnType<typeof parseSimulatorSpec> {
  try {
    return parseSimulatorSpec(text);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}
