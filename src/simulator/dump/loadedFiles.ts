/**
 * What the kernel's linker keeps of the files that it loaded, which an image has no room for: their names and, read from the files
 * themselves, their symbol tables, in which those of amd64's modules have become addresses.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { offsetOf, type StructType } from '../model/ctypes.js';
import { elfFile, elfFileOf } from '../model/kernelTypes.js';
import type { LoadedFile } from '../image.js';
import type { StoppedKernel } from './stoppedKernel.js';

const SHT_SYMTAB = 2;
/** Bytes of a section header, and of a symbol. */
const SECTION_SIZE = 64;
const SYMBOL_SIZE = 24;

/** @param bootfile the kernel's own file, which those of modules lie beside */
export function addLoadedFiles(kernel: StoppedKernel, bootfile: string): void {
  const { profile } = kernel;
  const isAmd64 = profile.machine === 'amd64';
  for (const file of kernel.image.loadedFiles()) {
    const isKernel = file.name === 'kernel';
    const isObject = isAmd64 && !isKernel;
    const type = isKernel ? elfFile(profile.release) : elfFileOf(profile);
    const path = isKernel ? bootfile : join(dirname(bootfile), file.name);
    const { symbols, strings } = symbolTables(readFileSync(path));
    // Elsewhere they count from where the file is.
    if (isObject) for (const [at, name] of named(symbols, strings)) relocate(kernel, symbols, at, name);
    describe(kernel, file, type, path, isObject ? 'elf64_obj' : 'elf64', {
      ddbsymtab: kernel.add(symbols),
      ddbsymcnt: BigInt(symbols.length / SYMBOL_SIZE),
      ddbstrtab: kernel.add(strings),
      ddbstrcnt: BigInt(strings.length),
    });
  }
}

function describe(
  kernel: StoppedKernel,
  { object, size }: LoadedFile,
  type: StructType,
  path: string,
  linkerClass: string,
  tables: Readonly<Record<string, bigint>>,
): void {
  const text = (value: string): bigint => kernel.add(Buffer.from(`${value}\0`, 'latin1'));
  const words: Readonly<Record<string, bigint>> = {
    'lf.ops': pointerTo(kernel, pointerTo(kernel, text(linkerClass))),
    'lf.filename': text(path.slice(dirname(path).length + 1)),
    'lf.pathname': text(path),
    'lf.size': BigInt(size),
    ...tables,
  };
  for (const [member, value] of Object.entries(words)) kernel.storeWord(object + BigInt(offsetOf(type, member)), value);
  const counts = Buffer.alloc(12);
  // One reference, loaded by kldload(8), and linked.
  for (let nth = 0; nth < 3; nth++) counts.writeInt32LE(1, 4 * nth);
  kernel.image.write(object + BigInt(offsetOf(type, 'lf.refs')), counts);
}

/** A word of its own that holds an address. */
function pointerTo(kernel: StoppedKernel, address: bigint): bigint {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(address);
  return kernel.add(bytes);
}

function symbolTables(elf: Buffer): { symbols: Buffer; strings: Buffer } {
  const sectionsAt = Number(elf.readBigUInt64LE(0x28));
  const header = (nth: number): Buffer =>
    elf.subarray(sectionsAt + nth * SECTION_SIZE, sectionsAt + (nth + 1) * SECTION_SIZE);
  const contents = (section: Buffer): Buffer => {
    const offset = Number(section.readBigUInt64LE(24));
    return Buffer.from(elf.subarray(offset, offset + Number(section.readBigUInt64LE(32))));
  };
  for (let nth = 0; nth < elf.readUInt16LE(0x3c); nth++) {
    const section = header(nth);
    if (section.readUInt32LE(4) !== SHT_SYMTAB) continue;
    return { symbols: contents(section), strings: contents(header(section.readUInt32LE(40))) };
  }
  throw new Error('the file has no symbols');
}

/** Where each symbol with a name is in the table. */
function* named(symbols: Buffer, strings: Buffer): Generator<[at: number, name: string]> {
  for (let at = SYMBOL_SIZE; at < symbols.length; at += SYMBOL_SIZE) {
    const start = symbols.readUInt32LE(at);
    const name = strings.toString('latin1', start, strings.indexOf(0, start));
    if (name !== '') yield [at, name];
  }
}

function relocate(kernel: StoppedKernel, symbols: Buffer, at: number, name: string): void {
  // A test may have hidden it.
  symbols.writeBigUInt64LE(kernel.image.symbol(name)?.address ?? 0n, at + 8);
}
