import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openMinidump } from '../../../../src/kernel/core/minidump/minidump.js';
import { KernelOpenError } from '../../../../src/kernel/errors.js';
import { AMD64, fileOf, filePath, stampedPages, writeDump } from './smallDump.js';

const good = writeDump({ ...AMD64, ranges: [[0n, 0x4000n]], tables: [0n], pages: stampedPages([0x1000n]) }).bytes;

function whyNot(path: string): string {
  try {
    openMinidump(path).close();
  } catch (error) {
    assert.ok(error instanceof KernelOpenError, String(error));
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message.replaceAll(`${filePath('')}/`, '');
  }
  return 'opened';
}

const whyNotBytes = (bytes: Uint8Array, name = 'vmcore.9') => whyNot(fileOf(bytes, name));

function changed(at: number, bytes: readonly number[] | string): Buffer {
  const copy = Buffer.from(good);
  copy.set(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, at);
  return copy;
}

describe('what is no minidump is refused by what it is', () => {
  it('no file', () => {
    assert.match(whyNot(filePath('none')), /^cannot open .*none: there is no such file; savecore\(8\) puts/);
    mkdirSync(filePath('crash'));
    assert.match(whyNot(filePath('crash')), /crash: a directory; name the dump in it, such as vmcore\.0$/);
    assert.equal(
      whyNot('/dev/null'),
      '/dev/null: a device; run savecore /var/crash /dev/null and name the vmcore.N that it makes',
    );
    execFileSync('mkfifo', [filePath('fifo')]);
    assert.match(whyNot(filePath('fifo')), /fifo: neither a file nor a directory; write the dump into a file/);
    assert.match(whyNot(`${filePath('vmcore.8')}/x`), /^cannot open/);
  });

  it('minidumps of other platforms, versions and byte orders', () => {
    for (const platform of ['i386', 'riscv', 'powerpc64', 'arm', 'mips'])
      assert.equal(
        whyNotBytes(changed(0, `minidump FreeBSD/${platform}\0\0\0`)),
        `vmcore.9 is a minidump of ${platform}; only those of amd64 and arm64 are read: use kgdb(1), or libkvm on ${platform}`,
      );
    assert.match(whyNotBytes(changed(0, 'minidump Other/amd64\0')), /is a minidump, but not of FreeBSD/);
    assert.match(whyNotBytes(changed(0, 'minidump FreeBSD/\x1b[2J\0')), /is a minidump, but not of FreeBSD/);
    assert.equal(
      whyNotBytes(changed(24, [4, 0, 0, 0])),
      'vmcore.9 is a minidump of version 4; versions 1 to 3 are read: a newer kcounter_exporter may know it',
    );
    assert.match(whyNotBytes(changed(24, [0, 0, 0, 0])), /is a minidump of version 0;/);
    assert.match(whyNotBytes(changed(24, [0, 0, 0, 3])), /amd64 in big-endian byte order; only little-endian/);
    assert.match(whyNotBytes(Buffer.from('minidump FreeBSD/riscv')), /is a minidump of riscv/);
  });

  it('compressed and encrypted dumps', () => {
    assert.equal(
      whyNotBytes(gzipSync(good), 'vmcore.9.gz'),
      'vmcore.9.gz is compressed; run gunzip vmcore.9.gz and name the file that it makes',
    );
    assert.equal(
      whyNotBytes(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 4, 0]), 'vmcore.9.zst'),
      'vmcore.9.zst is compressed; run zstd -d vmcore.9.zst and name the file that it makes',
    );
    const noise = Buffer.from(good.map((byte, at) => byte ^ ((at * 151 + 77) & 0xff)));
    assert.equal(
      whyNotBytes(noise, 'vmcore_encrypted.9'),
      'vmcore_encrypted.9 is encrypted; run decryptcore -p PRIVATEKEY -k key.9 -e vmcore_encrypted.9 -c vmcore.9 beside it',
    );
    assert.equal(
      whyNotBytes(noise),
      'vmcore.9 is no crash dump of FreeBSD; name a vmcore.N (an encrypted one is made readable by decryptcore(8))',
    );
  });

  it('full dumps, kernels, textdumps, and what lies beside dumps', () => {
    const elf = Buffer.alloc(4096);
    elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 9]);
    elf.writeUInt16LE(4, 16);
    assert.match(whyNotBytes(elf), /is a core file of the ELF kind.*sysctl debug\.minidump=1/);
    elf.writeUInt16LE(2, 16);
    assert.equal(whyNotBytes(elf), 'vmcore.9 is a program or a kernel, not a dump of one; name a vmcore.N');
    assert.match(whyNotBytes(elf.subarray(0, 8)), /is a program or a kernel/);
    elf[5] = 2;
    elf.writeUInt16BE(4, 16);
    assert.match(whyNotBytes(elf), /is a core file of the ELF kind/);
    const tar = Buffer.alloc(10_240);
    tar.write('ddb.txt');
    tar.write('ustar', 257);
    assert.match(whyNotBytes(tar), /is a textdump, which has no memory in it.*textdump\(4\)/);
    assert.match(
      whyNotBytes(Buffer.from('Dump header from device: /dev/ada0p3\n  Architecture: amd64\n'), 'info.9'),
      /info\.9 tells about a dump, and is none; name the vmcore\.N beside it/,
    );
  });

  it('copies of a device', () => {
    const header = Buffer.alloc(512);
    for (const magic of ['FreeBSD Kernel Dump', 'FreeBSD Text Dump', 'Cleared Kernel Dump']) {
      header.fill(0).write(magic);
      const save = 'on FreeBSD, mdconfig -f vmcore.9 and savecore DIRECTORY /dev/mdN make a vmcore.N of it';
      assert.equal(
        whyNotBytes(Buffer.concat([header, good, header])),
        `vmcore.9 is a copy of a dump as it lies on its device; ${save}`,
      );
      assert.equal(
        whyNotBytes(Buffer.concat([Buffer.alloc(8192), header, good, header])),
        `vmcore.9 is a copy of a device with a dump at its end; ${save}`,
      );
    }
  });

  it('nothing, or not yet anything', () => {
    assert.match(whyNotBytes(Buffer.alloc(0)), /is empty; savecore\(8\) may not have had room/);
    assert.match(whyNotBytes(Buffer.alloc(100_000)), /begins with zeros; .*run savecore\(8\) again/);
    assert.match(whyNotBytes(Buffer.from('mini')), /is no crash dump of FreeBSD/);
    assert.match(whyNotBytes(Buffer.from('minidump FreeBSD/amd64')), /ends after 22 bytes, within the header/);
  });
});
