/** `print`: one scrape to standard output, as a server would answer it. */
import type { Command } from 'commander';
import { createLogger } from '../telemetry/logger.js';
import {
  addConfigOptions,
  addKernelOptions,
  addLogOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';
import { openSession, publish } from './session.js';

type PrintOptions = ConfigOptions & KernelOptions & LogOptions;

export function addPrint(program: Command): void {
  const command = program.command('print').description('print one scrape to standard output');
  addLogOptions(addKernelOptions(addConfigOptions(command))).action(print);
}

async function print(options: PrintOptions): Promise<void> {
  const session = await openSession(options, createLogger(options.logLevel, options.logFormat));
  try {
    const publisher = publish(session);
    const document = await publisher.document();
    publisher.stop();
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(document, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  } finally {
    await session.close();
  }
}
