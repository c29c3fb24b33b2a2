/** A side of a comparison: from where it is, to the scrape that it says. */
import { createReadStream } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import type { Config } from '../config/model.js';
import { parseScrape } from '../diff/parser.js';
import type { Scrape } from '../diff/scrape.js';
import { openmetrics } from '../exposition/formats/openmetrics.js';
import { begins, GZIP, howToUnpack, ZSTD } from '../kernel/compressedFile.js';
import { openSession, type SessionOptions } from '../service/session.js';
import { publish } from '../service/publication.js';
import { UserError } from '../service/userError.js';
import type { Logger } from '../telemetry/logger.js';

/** A kernel, as it would be printed now; a file, or standard input, as it was printed then. */
export type Side =
  { readonly kind: 'kernel'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

/** What the running kernel is called on the command line. */
export const LIVE = 'live';
export const STANDARD_INPUT = '-';

/** 257,000 series take 20 MB; a text of V8 has at most 512. */
const MOST_BYTES = 0x1800_0000;
/** Of a minidump, what follows is the machine. */
const DUMP = Buffer.from('minidump FreeBSD/');

export function sideOf(word: string | undefined, { simulate, core }: SessionOptions): Side {
  if (word !== undefined && word !== LIVE) return { kind: 'file', path: word };
  return { kind: 'kernel', name: core ?? (simulate === undefined ? 'the running kernel' : 'a simulated kernel') };
}

export function nameOf(side: Side): string {
  if (side.kind === 'kernel') return side.name;
  return side.path === STANDARD_INPUT ? 'standard input' : side.path;
}

/** True for what is read now, with whatever config: a kernel, or a crash dump. */
export async function isReadNow(side: Side): Promise<boolean> {
  if (side.kind === 'kernel') return true;
  return side.path !== STANDARD_INPUT && isDump(await bytesOf(side.path, nameOf(side), DUMP.length));
}

/**
 * The document of a side, read back. Throws errors that are written for the user.
 * @param change what becomes of the config of what is read now
 */
export async function documentOf(
  side: Side,
  options: SessionOptions,
  log: Logger,
  change: (config: Config) => Config,
): Promise<Scrape> {
  const name = nameOf(side);
  if (side.kind === 'kernel') return parseScrape(decoded(await printed(options, log, change), name), name);
  const bytes = await bytesOf(side.path, name);
  if (isDump(bytes)) {
    if (side.path === STANDARD_INPUT)
      throw new UserError('a crash dump cannot be read from standard input: name its file');
    // Of which the file's first bytes are known: it is opened by its path.
    const dump = { ...options, simulate: undefined, core: side.path };
    return parseScrape(decoded(await printed(dump, log, change), name), name);
  }
  const advice = isPacked(bytes) ? howToUnpack(name, bytes) : undefined;
  if (advice !== undefined) throw new UserError(`${name} ${advice}`);
  return parseScrape(decoded(unpacked(bytes, name), name), name);
}

/** What `print` would write of the kernel. OpenMetrics tells units. */
async function printed(options: SessionOptions, log: Logger, change: (config: Config) => Config): Promise<Buffer> {
  const session = await openSession(options, log);
  const { kernel, truth } = session;
  const changed = change(session.config);
  const config = { ...changed, scrapeIntervalMs: undefined };
  // What is read the same needs no other scraper.
  const scraper = changed === session.config ? session.scraper : session.scraperOf(config, session.scraper);
  const { publisher, stop } = publish({ kernel, scraper, config, kept: { textfile: undefined }, truth });
  try {
    await truth?.proveAll(scraper, config);
    const { chunks, release } = await publisher.document(openmetrics);
    const all = Buffer.concat(chunks);
    release();
    return all;
  } finally {
    stop();
    await session.close();
  }
}

/** What a file begins with is enough of a dump, which may have many gigabytes. */
async function bytesOf(path: string, name: string, wanted = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const stream: AsyncIterable<Buffer> = path === STANDARD_INPUT ? process.stdin : createReadStream(path);
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_BYTES || length >= wanted || (chunks.length === 1 && (isDump(chunk) || isPacked(chunk)))) break;
    }
  } catch (error) {
    throw new UserError(`cannot read ${name}: ${(error as Error).message}`);
  }
  if (length > MOST_BYTES) throw tooLarge(name);
  return Buffer.concat(chunks);
}

function unpacked(bytes: Buffer, name: string): Buffer {
  if (!begins(bytes, GZIP)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name);
    throw new UserError(`cannot unpack ${name}: ${message}`);
  }
}

function decoded(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UserError(`${name} is no text, expected a scrape as print or /metrics gave it`);
  }
}

function isDump(bytes: Buffer): boolean {
  return begins(bytes, DUMP);
}

/** True for what a person has to unpack first: a dump is opened by its path, and only gzip is unpacked here. */
function isPacked(bytes: Buffer): boolean {
  return begins(bytes, ZSTD) || (begins(bytes, GZIP) && isDump(startOf(bytes)));
}

/** What the first bytes of a gzip file unpack to. */
function startOf(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes.subarray(0, 512), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

function tooLarge(name: string): UserError {
  return new UserError(`${name} is no scrape: it has more than ${MOST_BYTES >> 20} MB`);
}
