/** The command line: parses the arguments, calls one command, and makes one line and an exit code of whatever fails. */
import './startup.js';
import { Command, CommanderError } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { addCheck } from './commands/check.js';
import { addCompletion } from './commands/completion/completion.js';
import { addDescribe } from './commands/describe.js';
import { addDiff } from './commands/diff.js';
import { addDiscover } from './commands/discover.js';
import { addMetrics } from './commands/metrics.js';
import { simulateFlag } from './commands/options.js';
import { addPrint } from './commands/print.js';
import { addServe } from './commands/serve.js';
import { addSimulate } from './commands/simulate.js';
import { addTop } from './commands/top.js';
import { addVerify } from './commands/verify.js';
import { UserError } from './service/userError.js';
import { FileError } from './yaml/diagnostics.js';
import { ListenError } from './http/server/listen.js';
import { KernelOpenError, KvmError } from './kernel/errors.js';
import { OutputError } from './output/errors.js';
import { PrivilegeError } from './privilege/errors.js';
import { versionText } from './release.js';
import { SimulatorError } from './simulator/errors.js';

/** Something went wrong at run time. */
const EXIT_FAILURE = 1;
/** The command line itself is wrong. */
const EXIT_USAGE = 2;

/** What people type a file without. */
const configFlag = '--config.file';

const EXIT_CODES = '\nExit codes: 0 good, 1 something failed or was found bad, 2 the command line is wrong.';

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('kcounter_exporter')
    .description("Publishes FreeBSD's per-CPU kernel counters for Prometheus.")
    .version(versionText())
    .addHelpText('after', '\nWithout a command, the flags are those of serve. COMMAND --help lists the flags of each.')
    .addHelpText('afterAll', EXIT_CODES)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(`kcounter_exporter: ${text.replace(/^error: /, '').trimEnd()}${suggestion(text, program)}\n`);
      },
    });
  const commands = [
    addServe,
    addPrint,
    addCheck,
    addDiscover,
    addDescribe,
    addMetrics,
    addVerify,
    addTop,
    addDiff,
    addSimulate,
    addCompletion,
  ];
  for (const add of commands) add(program);
  const words = argv.map((word) => (word === simulateFlag ? `${simulateFlag}=` : word));
  // The default command would take the name of another one, misspelt, for an argument of its own.
  const [first, second] = words;
  const names = ['help', ...program.commands.map((command) => command.name())];
  const command = first === 'help' ? second : first;
  if (command !== undefined && !command.startsWith('-') && !names.includes(command)) {
    program.error(`unknown command '${command}'`);
  }
  await program.parseAsync(words, { from: 'user' });
}

function isWriteError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && error.syscall === 'write';
}

/** Whoever reads the output may have seen enough, as "head" does. */
function isBrokenPipe(error: unknown): boolean {
  return isWriteError(error) && error.code === 'EPIPE';
}

/** What an unknown flag or command was probably meant to be. Commander's own guess fails for flags with a value after "=". */
function suggestion(message: string, program: Command): string {
  const [, command] = /too many arguments for '(\w+)'/.exec(message) ?? [];
  if (command !== undefined) {
    const takesConfig = program.commands.some((one) => one.name() === command && hasFlag(one, configFlag));
    return takesConfig ? ` (${configFlag} FILE names a config)` : '';
  }
  const [, kind, unknown] = /unknown (option|command) '([^='\s]+)/.exec(message) ?? [];
  if (unknown === undefined) return '';
  const known =
    kind === 'command'
      ? program.commands.map((command) => command.name())
      : [...new Set(program.commands.flatMap(({ options }) => options.map(({ long }) => long ?? '')))];
  const nearest = closest(unknown, known);
  if (distance(unknown, nearest) <= 3) return ` (did you mean ${nearest}?)`;
  const longer = known.filter((one) => one.startsWith(unknown));
  return longer.length >= 1 && longer.length <= 3 ? ` (did you mean ${longer.join(' or ')}?)` : '';
}

function hasFlag({ options }: Command, flag: string): boolean {
  return options.some(({ long }) => long === flag);
}

let isOutputLost = false;

/** Says once why the output is not whole. That nobody wants more of it is no failure. */
function loseOutput(error: Error): void {
  if (isBrokenPipe(error)) return;
  process.exitCode = EXIT_FAILURE;
  if (!isOutputLost) console.error(`kcounter_exporter: cannot write the output: ${error.message}`);
  isOutputLost = true;
}

// Also of what the console prints, which tells nobody. Without this it would end the program on the spot.
process.stdout.on('error', loseOutput);

main(process.argv.slice(2)).catch((error: unknown) => {
  if (isWriteError(error)) {
    loseOutput(error);
    return;
  }
  process.exitCode = EXIT_FAILURE;
  if (error instanceof CommanderError) {
    // It has printed its message, or the help or version that was asked for.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  } else if (error instanceof FileError) {
    console.error(error.message);
  } else if (
    [KernelOpenError, KvmError, ListenError, OutputError, PrivilegeError, SimulatorError, UserError].some(
      (type) => error instanceof type,
    )
  ) {
    console.error(`kcounter_exporter: ${(error as Error).message}`);
  } else {
    console.error(error);
  }
});
