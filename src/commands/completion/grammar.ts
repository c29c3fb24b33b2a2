/** The command line as the completion scripts know it, taken from commander's own commands and options. */
import type { Command, Option } from 'commander';
import { simulateFlag } from '../options.js';

/** What flags are called whose value is a file, and, with a letter of their own where there are two, arguments. */
const FILE = 'file';
const FILE_ARGUMENT = /^file(?:-[a-z])?$/;

/** What completes a value: files, folders, some words, or nothing that could be known. */
export type Values = 'files' | 'folders' | readonly string[];

export interface Flag {
  /** Such as --help and -h. */
  readonly names: readonly string[];
  readonly description: string;
  /** What its value is called; undefined for a flag without one. */
  readonly value: string | undefined;
  readonly values: Values;
  /** The value, if there is one, is in the same word. */
  readonly onlyWithEquals: boolean;
}

export interface Subcommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** What its arguments can be. */
  readonly words: Values;
}

export interface Grammar {
  readonly program: string;
  readonly subcommands: readonly Subcommand[];
  /** The one that is meant where none is named; the program's own flags are among its. */
  readonly byDefault: Subcommand;
}

export function grammarOf(program: Command, byDefault: string): Grammar {
  const help = program.createHelp();
  const names = program.commands.map((command) => command.name());
  const subcommands = help.visibleCommands(program).map((command) => ({
    name: command.name(),
    description: command.description(),
    flags: help.visibleOptions(command).map(flagOf),
    words: command.name() === 'help' ? names : wordsOf(command),
  }));
  const own = subcommands.find(({ name }) => name === byDefault);
  if (own === undefined) throw new Error(`there is no command ${byDefault}`);
  const known = new Set(own.flags.flatMap((flag) => flag.names));
  const others = help.visibleOptions(program).map(flagOf);
  const flags = [...own.flags, ...others.filter((flag) => !flag.names.some((name) => known.has(name)))];
  return { program: program.name(), subcommands, byDefault: { ...own, flags } };
}

function wordsOf({ registeredArguments }: Command): Values {
  if (registeredArguments.some((argument) => FILE_ARGUMENT.test(argument.name()))) return 'files';
  return registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
}

function flagOf(option: Option): Flag {
  const [, value] = /[<[](.+)[>\]]/.exec(option.flags) ?? [];
  const files = value === FILE ? 'files' : value === 'dir' ? 'folders' : [];
  return {
    names: [option.long, option.short].filter((name) => name !== undefined),
    description: option.description,
    value,
    values: option.argChoices ?? files,
    onlyWithEquals: option.long === simulateFlag,
  };
}
