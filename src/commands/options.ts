/** The command line options that several commands share, under node_exporter's names. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { join } from 'node:path';
import { packageRoot } from '../packageRoot.js';
import { NamedFiles } from '../config/namedFiles.js';
import type { KernelChoice } from '../service/openKernel.js';
import type { SessionOptions } from '../service/session.js';
import { parseSimulatorSpec, type SimulatorSpec } from '../simulator/spec.js';
import { logFormats, logLevels, type LogFormat, type LogLevel } from '../telemetry/logger.js';

export interface ConfigOptions {
  readonly configFile: readonly string[];
  readonly configStrict?: boolean;
}

/** Its value is optional, but only in the same word, after "=": the next word belongs to the command. */
export const simulateFlag = '--simulate';

const DEFAULT_CONFIG: readonly string[] = [join(packageRoot, 'config', 'kcounter.yaml')];

export interface KernelOptions {
  readonly simulate?: SimulatorSpec;
  readonly kvmKernel?: string;
  /** Of the commands that read dumps, too. */
  readonly kvmCore?: string;
}

export interface LogOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export function addConfigOptions(command: Command): Command {
  return command
    .addOption(
      named('--config.file <file>', 'configFile', 'what to read from the kernel: a file or a glob; may be repeated')
        .argParser(listOf((file) => file, DEFAULT_CONFIG))
        .default(DEFAULT_CONFIG, DEFAULT_CONFIG[0]),
    )
    .addOption(named('--config.strict', 'configStrict', 'use none of several config files where one of them is bad'));
}

export function addKernelOptions(command: Command): Command {
  return command
    .addOption(
      // main.ts sees to it that the value is always there, be it empty: the next word belongs to the command, never to this option.
      named(
        `${simulateFlag} <kernel>`,
        'simulate',
        `read a simulated kernel: ${simulateFlag}[=PROFILE[,KEY=VALUE]…], such as ${simulateFlag}=arm64-14,cpus=64`,
      ).argParser(parsedBy(parseSimulatorSpec)),
    )
    .addOption(
      named(
        '--kvm.kernel <file>',
        'kvmKernel',
        "the running kernel's file, for its types (default: the sysctl kern.bootfile)",
      ),
    );
}

/** For commands that also tell what a crash dump holds. */
export function addCoreOption(command: Command): Command {
  return command.addOption(
    named(
      '--kvm.core <file>',
      'kvmCore',
      'read a crash dump, such as /var/crash/vmcore.0; its kernel is the installed one with its build id, or --kvm.kernel',
    ).conflicts('simulate'),
  );
}

export function kernelChoice({ simulate, kvmCore, kvmKernel }: KernelOptions): KernelChoice {
  return { simulate, core: kvmCore, kernelPath: kvmKernel };
}

export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      named('--log.level <level>', 'logLevel', 'least level that is logged').choices(logLevels).default('info'),
    )
    .addOption(named('--log.format <format>', 'logFormat', 'form of log lines').choices(logFormats).default('logfmt'));
}

/** An option whose name has a dot in it, which commander would keep in the property's name. */
export function named(flags: string, property: string, description: string): Option {
  const option = new Option(flags, description);
  option.attributeName = () => property;
  return option;
}

/** Turns a parser that throws plain errors into one for commander, which then names the option. */
export function parsedBy<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** As parsedBy, for an option that may be repeated: the first value takes the place of those by default. */
export function listOf<T>(
  parse: (text: string) => T,
  byDefault: readonly T[],
): (text: string, before: readonly T[]) => readonly T[] {
  const parseOne = parsedBy(parse);
  return (text, before) => (before === byDefault ? [parseOne(text)] : [...before, parseOne(text)]);
}

export function namedFiles({ configFile, configStrict }: ConfigOptions): NamedFiles {
  return new NamedFiles(configFile, configStrict === true);
}

export function sessionOptions(options: ConfigOptions & KernelOptions): SessionOptions {
  return { files: namedFiles(options), ...kernelChoice(options) };
}
