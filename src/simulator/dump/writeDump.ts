/**
 * Writes what a kernel leaves when it panics, as savecore(8) stores it: the minidump of a simulated kernel's memory as it is at that moment,
 * vmcore.N, and info.N. It shares nothing with what reads minidumps, so that one mistake does not hide the other.
 */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SimulatorError } from '../errors.js';
import { Random } from '../memory/random.js';
import { roundUp } from '../model/ctypes.js';
import { profileOf } from '../profiles.js';
import type { Simulator } from '../simulator.js';
import { addBitmapCopy, withBitmapCopy } from './bitmapCopy.js';
import { availOf, bitmapOf } from './bitmap.js';
import { dumpInfo } from './dumpInfo.js';
import { addLoadedFiles } from './loadedFiles.js';
import { machineOf, PAGE_SIZE, type Machine } from './machines.js';
import { amd64Entries, amd64Tables, arm64Tables, type PageTables } from './pageTables.js';
import { assignFrames, type Frame, type PhysicalMemory } from './physicalMemory.js';
import { StoppedKernel } from './stoppedKernel.js';

export interface DumpOptions {
  /** Addresses whose pages the dump does not have, though its page tables lead to them. */
  readonly missing?: readonly bigint[];
  /** Which part of all pages of memory it does not have either, 0 to 1. */
  readonly missingPart?: number;
  /** Of the header, where it is not that of the kernel's release. */
  readonly version?: number;
  readonly panic?: string;
  /** Bytes of memory that the machine has besides, all of it in the dump: as holes, so that the file takes no room for it. */
  readonly furtherMemory?: number;
}

export interface WrittenDump {
  readonly vmcore: string;
  readonly info: string;
  /** The addresses of the pages that it has, ascending. */
  readonly pages: readonly bigint[];
  /** The same of those that it should have and has not. */
  readonly missing: readonly bigint[];
}

const PANIC = 'page fault';
/** What struct msgbuf leaves of the 96 kB that GENERIC has for it: no whole number of pages. */
const MESSAGE_BYTES = 96 * 1024 - 72;
const HEADER_BYTES = PAGE_SIZE;
const SEED = 0xd09;

/** @param path named vmcore.N */
export function writeDump(
  { image, spec, source }: Pick<Simulator, 'image' | 'spec' | 'source'>,
  path: string,
  options: DumpOptions = {},
): WrittenDump {
  const bounds = /^vmcore\.(\d+)$/.exec(basename(path))?.[1];
  if (bounds === undefined) throw new SimulatorError(`${path} is not named vmcore.N, as savecore(8) names crash dumps`);
  const profile = profileOf(spec.profile);
  const machine = machineOf(profile);
  const time = new Date();
  const { panic = PANIC, version = machine.version, furtherMemory = 0 } = options;
  const kernel = new StoppedKernel(image, profile, `${image.path}.stopped`);
  try {
    kernel.panic(panic, time);
    addLoadedFiles(kernel, source.execfile);
    const isAmd64 = profile.machine === 'amd64';
    const pages = kernel.pages();
    const place = (all: readonly bigint[]): PhysicalMemory =>
      // The kernel's own variables are in superpages.
      assignFrames(machine, all, (chunk) => chunk === profile.addresses.kernel, isAmd64);
    const { memory, copy } = withBitmapCopy(machine, pages, place, furtherMemory);
    const { frameOf, chunks } = memory;
    const missing = chooseMissing(pages, options);
    const content = new Map<Frame, () => Buffer>();
    for (const page of pages) {
      if (!missing.has(page)) content.set(frameOf.get(page) ?? 0, () => kernel.page(page));
    }
    if (isAmd64) {
      for (const chunk of chunks) if (chunk.table !== undefined) content.set(chunk.table, () => amd64Entries(chunk));
    }
    const hasAvail = version >= machine.availSince;
    const avail = availOf(memory.banks);
    const bitBanks = hasAvail ? memory.banks : [{ start: 0, end: memory.banks.at(-1)?.end ?? 0 }];
    const bitmap = addBitmapCopy(kernel, content, frameOf, copy, avail, (frames) =>
      bitmapOf(bitBanks, frames, memory.further),
    );
    const tables = isAmd64 ? amd64Tables(machine, chunks) : arm64Tables(machine, chunks);
    const length = writeFile(path, {
      machine,
      version,
      avail: hasAvail ? avail : Buffer.alloc(0),
      bitmap,
      tables,
      content,
      holes: memory.further.end - memory.further.start,
      messages: messagesOf(panic),
    });
    const info = join(dirname(path), `info.${bounds}`);
    const facts = {
      profile,
      architectureVersion: machine.architectureVersion,
      length,
      time,
      version: kernel.text(kernel.addressOf('version'), 256),
      panic,
      bounds: Number(bounds),
    };
    writeFileSync(info, dumpInfo(facts), { mode: 0o600 });
    return { vmcore: path, info, pages: pages.filter((page) => !missing.has(page)), missing: [...missing] };
  } finally {
    kernel.close();
  }
}

function chooseMissing(pages: readonly bigint[], { missing = [], missingPart = 0 }: DumpOptions): Set<bigint> {
  const listed = new Set(missing.map((address) => address - (address % BigInt(PAGE_SIZE))));
  const random = new Random(SEED);
  return new Set(pages.filter((page) => random.between(0, 1) < missingPart || listed.has(page)));
}

function messagesOf(panic: string): Buffer {
  const bytes = Buffer.alloc(MESSAGE_BYTES);
  bytes.write(`panic: ${panic}\ncpuid = 0\nUptime: 47d5h20m34s\nDumping 113 out of 8139 MB:\n`, 'latin1');
  return bytes;
}

interface Parts {
  readonly machine: Machine;
  readonly version: number;
  readonly avail: Buffer;
  readonly bitmap: Buffer;
  readonly tables: PageTables;
  readonly content: ReadonlyMap<Frame, () => Buffer>;
  /** Pages behind all others that are zeros. */
  readonly holes: number;
  readonly messages: Buffer;
}

/** Returns the file's length. Pages of zeros in its tables are holes, as savecore(8) makes them. */
function writeFile(path: string, parts: Parts): number {
  const { machine, version, avail, bitmap, tables, content, holes, messages } = parts;
  const frames = [...content.keys()].sort((a, b) => a - b);
  const header = Buffer.alloc(HEADER_BYTES);
  writeHeader(header, machine, version, {
    messages: messages.length,
    bitmap: bitmap.length,
    tables: tables.size,
    avail: avail.length,
  });

  const fd = create(path);
  try {
    let at = 0;
    for (const part of [header, messages, avail, bitmap]) {
      writeSync(fd, part, 0, part.length, at);
      at += roundUp(part.length, PAGE_SIZE);
    }
    for (const [offset, page] of tables.written) writeSync(fd, page, 0, page.length, at + offset);
    at += tables.size;
    for (const frame of frames) {
      const page = content.get(frame)?.();
      if (page !== undefined) writeSync(fd, page, 0, page.length, at);
      at += PAGE_SIZE;
    }
    at += holes * PAGE_SIZE;
    ftruncateSync(fd, at);
    return at;
  } finally {
    closeSync(fd);
  }
}

function create(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw new SimulatorError(`the crash dump cannot be written: ${(error as Error).message}`);
  }
}

/** struct minidumphdr, in which arm64 tells one address more, and later what page size it has: 0 stands for 4096. */
function writeHeader(
  into: Buffer,
  machine: Machine,
  version: number,
  sizes: { readonly messages: number; readonly bitmap: number; readonly tables: number; readonly avail: number },
): void {
  into.write(machine.magic, 'latin1');
  for (const [nth, value] of [version, sizes.messages, sizes.bitmap, sizes.tables].entries()) {
    into.writeUInt32LE(value, 24 + 4 * nth);
  }
  const { kernBase, dmapPhysical, dmapBase, dmapEnd } = machine;
  const addresses = machine.magic.endsWith('arm64')
    ? [kernBase, dmapPhysical, dmapBase, dmapEnd]
    : [kernBase, dmapBase, dmapEnd];
  for (const [nth, value] of addresses.entries()) into.writeBigUInt64LE(value, 40 + 8 * nth);
  if (version >= machine.availSince) into.writeUInt32LE(sizes.avail, 40 + 8 * addresses.length);
}
