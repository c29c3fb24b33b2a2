/** What a file is that is no minidump which can be read here, and what to do about it: one line. */
import { basename } from 'node:path';
import { begins, howToUnpack } from '../../compressedFile.js';
import { magicOf, VERSION_AT } from './header.js';

/** Bytes of a `struct kerneldumpheader`, which stands before and after a dump on its device, and after one of a running kernel. */
export const DUMP_HEADER_BYTES = 512;
const DUMP_HEADER = /^(?:FreeBSD Kernel|FreeBSD Text|Cleared Kernel) Dump\0/;

const TAR_MAGIC_AT = 257;
const ELF_MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const ELF_TYPE_AT = 16;
const ET_CORE = 4;

/**
 * @param start the first 4096 bytes of the file, or fewer where it ends before
 * @param end the last DUMP_HEADER_BYTES
 */
export function whyNoMinidump(path: string, start: Buffer, end: Buffer): string {
  if (start.length === 0)
    return 'is empty; savecore(8) may not have had room for the dump: see df and /var/log/messages';
  const magic = magicOf(start);
  if (magic.startsWith('minidump ')) return whyOtherMinidump(magic, start);
  const compressed = howToUnpack(path, start);
  if (compressed !== undefined) return compressed;
  if (begins(start, ELF_MAGIC)) return whyElf(start);
  if (start.toString('latin1', TAR_MAGIC_AT, TAR_MAGIC_AT + 5) === 'ustar')
    return 'is a textdump, which has no memory in it; with textdumps switched off, as textdump(4) says, the next panic leaves a vmcore.N';
  if (DUMP_HEADER.test(start.toString('latin1', 0, DUMP_HEADER_BYTES)))
    return `is a copy of a dump as it lies on its device; ${saveIt(path)}`;
  const name = basename(path);
  if (name.startsWith('vmcore_encrypted'))
    return `is encrypted; run decryptcore -p PRIVATEKEY -k ${name.replace('vmcore_encrypted', 'key')} -e ${name} -c ${name.replace('vmcore_encrypted', 'vmcore')} beside it`;
  if (start.toString('latin1').startsWith('Dump header from device'))
    return 'tells about a dump, and is none; name the vmcore.N beside it';
  // The dump itself lies at the end of the device.
  if (DUMP_HEADER.test(end.toString('latin1'))) return `is a copy of a device with a dump at its end; ${saveIt(path)}`;
  if (start.every((byte) => byte === 0))
    return 'begins with zeros; the dump was not saved as a whole: run savecore(8) again';
  return 'is no crash dump of FreeBSD; name a vmcore.N (an encrypted one is made readable by decryptcore(8))';
}

function whyOtherMinidump(magic: string, start: Buffer): string {
  const platform = /^minidump FreeBSD\/(\w+)$/.exec(magic)?.[1];
  if (platform === undefined)
    return 'is a minidump, but not of FreeBSD; only those of FreeBSD amd64 and arm64 are read';
  if (platform !== 'amd64' && platform !== 'arm64')
    return `is a minidump of ${platform}; only those of amd64 and arm64 are read: use kgdb(1), or libkvm on ${platform}`;
  const version = start.readUInt32LE(VERSION_AT);
  // Versions are small numbers: this one has its bytes in the other order.
  if (version > 0xffff && start.readUInt32BE(VERSION_AT) <= 0xffff)
    return `is a minidump of ${platform} in big-endian byte order; only little-endian ones are read`;
  return `is a minidump of version ${version}; versions 1 to 3 are read: a newer kcounter_exporter may know it`;
}

function whyElf(start: Buffer): string {
  const bigEndian = start[5] === 2;
  const type =
    start.length < ELF_TYPE_AT + 2
      ? undefined
      : bigEndian
        ? start.readUInt16BE(ELF_TYPE_AT)
        : start.readUInt16LE(ELF_TYPE_AT);
  return type === ET_CORE
    ? 'is a core file of the ELF kind, of all memory or of a process; only minidumps are read: with sysctl debug.minidump=1 the next panic leaves one'
    : 'is a program or a kernel, not a dump of one; name a vmcore.N';
}

function saveIt(path: string): string {
  return `on FreeBSD, mdconfig -f ${path} and savecore DIRECTORY /dev/mdN make a vmcore.N of it`;
}
