/** `print`: one scrape to standard output, as a server would answer it. */
import { Option, type Command } from 'commander';
import { formats, type Format } from '../exposition/formats.js';
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

interface PrintOptions extends ConfigOptions, KernelOptions, LogOptions {
  readonly format: Format;
}

export function addPrint(program: Command): void {
  const command = program.command('print').description('print one scrape to standard output');
  addLogOptions(addKernelOptions(addConfigOptions(command)))
    .addOption(new Option('--format <format>', 'what to print').choices(formats).default('text'))
    .action(print);
}

async function print(options: PrintOptions): Promise<void> {
  const session = await openSession(options, createLogger(options.logLevel, options.logFormat));
  try {
    const publisher = publish(session);
    const { chunks } = await publisher.document(options.format);
    publisher.stop();
    for (const chunk of chunks) await write(chunk);
  } finally {
    await session.close();
  }
}

function write(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
