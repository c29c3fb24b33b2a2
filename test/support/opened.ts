/** Kernels and sessions as commands open them, simulated, but in the test's own process: one is asked several things, and nothing is loaded for each. */
import { pino } from 'pino';
import { NamedFiles } from '../../src/config/namedFiles.js';
import { text } from '../../src/exposition/formats/text.js';
import { publishOnce } from '../../src/commands/print.js';
import { openKernel, type OpenedKernel, type OpenKernel } from '../../src/service/openKernel.js';
import { openSession, type Session } from '../../src/service/session.js';
import { UserError } from '../../src/service/userError.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';

/** What a command has printed, and the message of the UserError that it ended in; main.ts prints that, too, and makes an exit code of it. */
export interface Told {
  readonly stdout: string;
  readonly error: string | undefined;
}

export async function told(act: (print: (line: string) => void) => Promise<void>): Promise<Told> {
  const lines: string[] = [];
  let error: string | undefined;
  try {
    await act((line) => lines.push(line));
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    error = thrown.message;
  }
  return { stdout: lines.map((line) => `${line}\n`).join(''), error };
}

function choiceOf(spec: string) {
  return { simulate: parseSimulatorSpec(spec), core: undefined, kernelPath: undefined };
}

/** As `--simulate=spec`, with the workload that this has. */
export function openSimulated(spec: string): Promise<OpenKernel> {
  return openKernel(choiceOf(spec));
}

export async function withOpened<T>(spec: string, act: (kernel: OpenedKernel) => Promise<T>): Promise<T> {
  const { kernel, close } = await openSimulated(spec);
  try {
    return await act(kernel);
  } finally {
    await close();
  }
}

/**
 * As `--simulate=spec --config.file=…`.
 * @param act is given what was logged, of level info and above, too
 */
export async function withSession<T>(
  spec: string,
  files: readonly string[],
  act: (session: Session, log: readonly string[]) => Promise<T>,
): Promise<T> {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) });
  const session = await openSession({ files: new NamedFiles(files, false), ...choiceOf(spec) }, log);
  try {
    return await act(session, lines);
  } finally {
    await session.close();
  }
}

/** Documents as `print` writes them, each of a read of its own. */
export function documentsOf(session: Session): { readonly next: () => Promise<string>; readonly stop: () => void } {
  const { publisher, stop } = publishOnce(session);
  const next = async (): Promise<string> => {
    const { chunks, release } = await publisher.document(text);
    const document = Buffer.concat(chunks).toString();
    release();
    return document;
  };
  return { next, stop };
}

/** What `print` writes. */
export async function printed(session: Session): Promise<string> {
  const { next, stop } = documentsOf(session);
  try {
    await session.truth?.proveAll(session.scraper, session.config);
    return await next();
  } finally {
    stop();
  }
}
