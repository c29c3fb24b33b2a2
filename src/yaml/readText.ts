/** A file's bytes as text, read within bounds whatever the path turns out to be. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { keptFile } from '../packageFiles.js';
import { MAX_FILE_BYTES, MAX_PIPE_WAIT_MS } from './limits.js';

/** A file that cannot be read as text. Line and column are known where the bytes are at fault. */
export class UnreadableFile extends Error {
  constructor(
    message: string,
    readonly line?: number,
    readonly column?: number,
  ) {
    super(message);
  }
}

/** Reads a file of UTF-8 text, without its byte order mark. Throws UnreadableFile. */
export function readText(file: string): string {
  return decode(keptFile(file) ?? readBytes(file));
}

/** Reads a file of any bytes. Throws UnreadableFile. */
export function readBytes(file: string): Buffer {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new UnreadableFile(reasonOf(error));
  }
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw new UnreadableFile('found a directory, expected a YAML file');
    if (stat.size > MAX_FILE_BYTES) throw tooLarge(`${stat.size} bytes`);
    return readToEnd(descriptor);
  } catch (error) {
    throw error instanceof UnreadableFile ? error : new UnreadableFile(reasonOf(error));
  } finally {
    closeSync(descriptor);
  }
}

/** Pipes and devices tell no size, and a file may grow while it is read; so the bytes are counted here as well. */
function readToEnd(descriptor: number): Buffer {
  const bytes = Buffer.allocUnsafe(MAX_FILE_BYTES + 1);
  const deadline = Date.now() + MAX_PIPE_WAIT_MS;
  let length = 0;
  for (;;) {
    let count: number;
    try {
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      if (Date.now() > deadline) {
        throw new UnreadableFile(`found a pipe that stays silent, expected its end within ${MAX_PIPE_WAIT_MS} ms`);
      }
      pause(5);
      continue;
    }
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > MAX_FILE_BYTES) throw tooLarge(`more than ${MAX_FILE_BYTES} bytes`);
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function tooLarge(found: string): UnreadableFile {
  return new UnreadableFile(`found ${found}, expected at most ${MAX_FILE_BYTES}`);
}

function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  let line = 1;
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
    line += 1;
  }
  // The first bytes that are no UTF-8 become the first replacement character.
  const column = bytes.toString('utf8', start).indexOf('\ufffd') + 1;
  throw new UnreadableFile('found bytes that are no UTF-8, expected text in UTF-8', line, column);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'no such file';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'found a directory, expected a YAML file';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
