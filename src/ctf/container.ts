/**
 * Opens a CTF container, version 2 or 3, compressed or not: its header is checked and its body is inflated, into the four parts that the
 * other files of this folder read (ctf(5), <sys/ctf.h>).
 */
import { inflateSync } from 'node:zlib';
import { CtfError } from './errors.js';
import { StringTable } from './stringTable.js';

/** A range of the body, in bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface CtfContainer {
  readonly version: 2 | 3;
  /** All that follows the header, inflated; little-endian, like the ELF file around it. */
  readonly body: DataView;
  /** Type ids of the data symbols, in the order of `.symtab`. */
  readonly objects: Range;
  readonly types: Range;
  readonly strings: StringTable;
}

const HEADER_SIZE = 36;
const MAGIC = 0xcff1;
const FLAG_COMPRESSED = 1;
/** Bytes. A whole kernel's has under 4 MiB. */
const MAX_BODY_SIZE = 64 << 20;
/** DEFLATE cannot compress better than about 1032:1, so a header that promises more is not believed. */
const MAX_COMPRESSION = 1040;

/** Throws CtfError for another version or byte order, a child container, and anything damaged. */
export function openContainer(bytes: Uint8Array): CtfContainer {
  if (bytes.length < HEADER_SIZE) throw new CtfError('the CTF data ends within its header');
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_SIZE);
  const magic = header.getUint16(0, true);
  if (magic === 0xf1cf) throw new CtfError('the CTF data is big-endian; only little-endian is read');
  if (magic !== MAGIC) throw new CtfError('not CTF data');
  const version = header.getUint8(2);
  if (version !== 2 && version !== 3) throw new CtfError(`CTF version ${version} is not read, only 2 and 3`);

  const field = (at: number): number => header.getUint32(at, true);
  const parentName = field(8);
  const [objects, functions, types, strings] = [field(16), field(20), field(24), field(28)];
  const end = strings + field(32);
  if (field(12) > objects || objects > functions || functions > types || types > strings) {
    throw new CtfError('the parts of the CTF data are not in order');
  }
  if (objects % 2 !== 0 || types % 4 !== 0) throw new CtfError('the parts of the CTF data are not aligned');

  const stored = bytes.subarray(HEADER_SIZE);
  const body = (header.getUint8(3) & FLAG_COMPRESSED) !== 0 ? inflate(stored, end) : stored;
  if (body.length < end) throw new CtfError(`the CTF data has ${body.length} bytes, but its header says ${end}`);

  const table = new StringTable(body.subarray(strings, end), 'the CTF strings', (reason) => new CtfError(reason));
  if (parentName !== 0 && table.text(parentName) !== '') {
    throw new CtfError(`the CTF data is only a part of that of "${table.text(parentName)}", which is not read`);
  }
  return {
    version,
    body: new DataView(body.buffer, body.byteOffset, body.byteLength),
    objects: { start: objects, end: functions },
    types: { start: types, end: strings },
    strings: table,
  };
}

function inflate(stored: Uint8Array, size: number): Uint8Array {
  if (size > MAX_BODY_SIZE) throw new CtfError(`the CTF data would have ${size} bytes, more than any kernel's`);
  if (size > stored.length * MAX_COMPRESSION) {
    throw new CtfError(`${stored.length} bytes of compressed CTF data cannot hold the ${size} that the header says`);
  }
  try {
    // One chunk with a byte to spare: no copy to join chunks, and zlib need not ask for a second one to see the end.
    return inflateSync(stored, { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(size + 1, 64) });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new CtfError(`the CTF data inflates to more than the ${size} bytes it says`);
    throw new CtfError(`the CTF data cannot be inflated (${code ?? String(error)})`);
  }
}
